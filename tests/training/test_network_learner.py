"""A study's network from photos to a bundle, killed on the way and resumed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import kenali
from kenali.training.size import parameters_of_recipe

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def two_classes(demo_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two") / "photos"
    for name in ("brick", "gravel"):
        shutil.copytree(demo_photos / "train" / name, folder / name)
    return folder


@pytest.mark.parametrize(("name", "parameters"), [("tyres", 108_657), ("xray-small", 1_059_106)])
def test_the_graph_answers_as_the_network_does(name: str, parameters: int, two_classes: Path, tmp_path: Path) -> None:
    recipe = kenali.load_recipe(name, epochs=2)
    assert parameters_of_recipe(recipe) == parameters
    result = kenali.train(two_classes, tmp_path / "bundle", recipe=recipe)
    assert result.document["parameters"] == parameters
    assert kenali.load_recipe(tmp_path / "bundle" / "recipe.toml") == recipe
    assert not (tmp_path / "bundle.training").exists()
    classifier = kenali.load(result.bundle)
    assert classifier.verify() < 1e-4
    rows = (result.bundle / "report" / "predictions.csv").read_text(encoding="utf-8").splitlines()[1:]
    paths = [two_classes / row.split(",")[0] for row in rows]
    told = np.array([[float(share) for share in row.split(",")[5:]] for row in rows])
    assert np.abs(classifier.predict(paths).probs - told).max() < 1e-4


def test_a_killed_process_goes_on_to_the_same_model(two_classes: Path, tmp_path: Path) -> None:
    def start(out: Path) -> subprocess.Popen[bytes]:
        program = "from kenali.cli import main; main()"
        options = ["--recipe", "xray-small", "--epochs", "6", "-o", str(out)]
        return subprocess.Popen([sys.executable, "-c", program, "train", str(two_classes), *options], env=os.environ)

    assert start(tmp_path / "whole").wait(120) == 0
    process = start(tmp_path / "killed")
    deadline = time.monotonic() + 60
    while not (tmp_path / "killed.training" / "state.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait(60)
    assert (tmp_path / "killed.training" / "state.json").exists()
    assert not (tmp_path / "killed").exists()
    assert start(tmp_path / "killed").wait(120) == 0
    assert (tmp_path / "killed" / "model.onnx").read_bytes() == (tmp_path / "whole" / "model.onnx").read_bytes()


def test_a_network_needs_photos_of_every_class(two_classes: Path, tmp_path: Path) -> None:
    split = tmp_path / "split.csv"
    rows = [f"brick/{path.name},train" for path in (two_classes / "brick").iterdir()]
    rows += [f"gravel/{path.name},test" for path in (two_classes / "gravel").iterdir()]
    split.write_text("path,split\n" + "\n".join(rows), encoding="utf-8")
    with pytest.raises(kenali.KenaliError, match="no photo of 'gravel'"):
        kenali.train(two_classes, tmp_path / "bundle", recipe=kenali.load_recipe("xray-small"), split_file=split)
