"""Imports point one way; the light half stays light; public names are what they seem."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import kenali

SOURCE = Path(kenali.__file__).parent
LAYERS = [
    {"doubt", "errors", "types"},
    {"addresses", "allocator", "files", "locked", "parallel", "receipt", "sqlite"},
    {"appearance", "cache", "database", "encoding", "images", "network"},
    {"photos", "inputs", "models", "bundle"},
    {"predict", "explain", "faces"},
    {"bulk"},
    {"evaluation"},
    {"export"},
    {"stream"},
    {"serve"},
    {"training"},
    {"study"},
    {"tuning"},
    {"scale"},
    {"client"},
    {"demo", "cli"},
    {"__main__"},
]
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def imported(path: Path) -> set[str]:
    """Top-level parts of kenali that a module imports anywhere in its text."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("kenali."):
            names.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("kenali.")}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_imports_only_point_down(path: Path) -> None:
    own = path.relative_to(SOURCE).with_suffix("").parts[0]
    above = {name for name in imported(path) if LAYER_OF[name] > LAYER_OF[own]}
    assert not above


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def loaded_by(program: str) -> set[str]:
    code = f"{program}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    return set(done.stdout.split())


def test_importing_kenali_and_asking_for_help_stay_light() -> None:
    program = "import kenali, kenali.cli\nfrom typer.testing import CliRunner\nCliRunner().invoke(kenali.cli.app, ['--help'])"
    assert not loaded_by(program) & {"numpy", "onnxruntime", "PIL.Image", "torch", "scipy", "pydantic"}


def test_training_on_the_fast_path_imports_no_torch() -> None:
    """Torch is needed once, to convert the backbone; never again."""
    assert not loaded_by("import kenali.training.run") & {"torch", "timm", "scipy", "sklearn", "matplotlib", "pandas"}


def test_serving_imports_nothing_of_training() -> None:
    heavy = {"torch", "timm", "scipy", "sklearn", "onnx", "matplotlib", "pandas", "kenali.training"}
    assert not loaded_by("import kenali.serve.worker") & heavy
    assert not loaded_by("import kenali.serve.decode_worker") & (heavy | {"onnxruntime", "pydantic", "fastapi", "asyncio"})


def test_without_the_extra_training_says_how_to_get_it() -> None:
    program = """
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "threadpoolctl" else found(name, *rest)
import kenali
try:
    kenali.train
except kenali.KenaliError as error:
    assert 'pip install "kenali[train]"' in str(error), error
else:
    raise SystemExit("no error")
"""
    assert "kenali.errors" in loaded_by(program)


def test_public_names_are_sorted_and_exist() -> None:
    assert kenali.__all__ == sorted(kenali.__all__)
    assert set(kenali.__all__) == set(kenali._HOME)
    for name in kenali.__all__:
        assert getattr(kenali, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        kenali.nothing  # noqa: B018


def test_every_public_function_and_class_is_documented() -> None:
    for name in kenali.__all__:
        assert getattr(kenali, name).__doc__, name


def test_moving_frames_imports_no_model() -> None:
    """What moves frames stays small: of the services of a stream, workers alone load models."""
    assert not loaded_by("import kenali.stream.all_in_one") & {"onnxruntime", "pydantic", "sqlalchemy", "norfair", "torch"}
