"""Training: recipes, embeddings, heads, and the fast path that joins them. Needs the extra `train`."""

from __future__ import annotations

import importlib.util

from kenali.errors import MissingExtra

for _package in ("threadpoolctl", "onnx", "jinja2"):
    if importlib.util.find_spec(_package) is None:
        raise MissingExtra("training", "train", ModuleNotFoundError(f"No module named {_package!r}"))
