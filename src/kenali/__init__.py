"""Kenali: from a folder of photos per class to a classifier you can trust.

    import kenali

    kenali.train("photos", "bundle")
    classifier = kenali.load("bundle")
    print(classifier.predict("new.jpg").top_k(3))

Names are imported when first used, so that `import kenali` and `kenali --help` stay light.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Since 1.29 ONNX Runtime tells its makers about every model that it loads, unless this is set before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from kenali.client import AsyncClient, Client, ServerProblem
    from kenali.errors import BundleError, KenaliError, PhotoError
    from kenali.evaluation.compare import compare
    from kenali.evaluation.comparison import Comparison
    from kenali.evaluation.run import Evaluation, evaluate
    from kenali.photos import Scan, organize, scan, split
    from kenali.predict import Classifier, load
    from kenali.training.choices import AutoRecipe, FrozenRecipe, NetworkRecipe, Recipe
    from kenali.training.course import TrainResult
    from kenali.training.recipe import load_recipe
    from kenali.training.run import train
    from kenali.types import Ledger, Metrics, Photo, PhotoSet, Predictions, Preprocessing, Split

_HOME = {
    "AsyncClient": "client",
    "AutoRecipe": "training.choices",
    "BundleError": "errors",
    "Classifier": "predict",
    "Client": "client",
    "Comparison": "evaluation.comparison",
    "Evaluation": "evaluation.run",
    "FrozenRecipe": "training.choices",
    "KenaliError": "errors",
    "Ledger": "types",
    "Metrics": "types",
    "NetworkRecipe": "training.choices",
    "Photo": "types",
    "PhotoError": "errors",
    "PhotoSet": "types",
    "Predictions": "types",
    "Preprocessing": "types",
    "Recipe": "training.choices",
    "Scan": "photos",
    "ServerProblem": "client",
    "Split": "types",
    "TrainResult": "training.course",
    "compare": "evaluation.compare",
    "evaluate": "evaluation.run",
    "load": "predict",
    "load_recipe": "training.recipe",
    "organize": "photos",
    "scan": "photos",
    "split": "photos",
    "train": "training.run",
}

__all__ = [
    "AsyncClient",
    "AutoRecipe",
    "BundleError",
    "Classifier",
    "Client",
    "Comparison",
    "Evaluation",
    "FrozenRecipe",
    "KenaliError",
    "Ledger",
    "Metrics",
    "NetworkRecipe",
    "Photo",
    "PhotoError",
    "PhotoSet",
    "Predictions",
    "Preprocessing",
    "Recipe",
    "Scan",
    "ServerProblem",
    "Split",
    "TrainResult",
    "compare",
    "evaluate",
    "load",
    "load_recipe",
    "organize",
    "scan",
    "split",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kenali' has no attribute {name!r}")
    return getattr(importlib.import_module(f"kenali.{_HOME[name]}"), name)
