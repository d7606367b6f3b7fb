"""A network from photos to a bundle, killed on the way and resumed."""

from __future__ import annotations

import os
import random
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


def test_twenty_kills_at_random_moments_change_nothing(two_classes: Path, tmp_path: Path) -> None:
    """SIGKILL while importing, decoding, training or writing a checkpoint; the model is bit for bit the same."""

    def start(out: Path) -> subprocess.Popen[bytes]:
        program = "from kenali.cli import main; main()"
        options = ["--recipe", "xray-small", "--epochs", "150", "-o", str(out)]
        command = [sys.executable, "-c", program, "train", str(two_classes), *options]
        return subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)

    began = time.monotonic()
    assert start(tmp_path / "whole").wait(300) == 0
    whole_s = time.monotonic() - began
    expected = (tmp_path / "whole" / "model.onnx").read_bytes()
    moments = random.Random(0)
    kills, runs = 0, 0
    while kills < 20:
        out = tmp_path / f"killed {runs}"
        while kills < 20:
            process = start(out)
            try:
                process.wait(moments.uniform(0.1, 0.7) * whole_s)
                break  # it was done before its turn to die
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(60)
                kills += 1
                assert not out.exists()
        if not out.exists():
            assert start(out).wait(300) == 0
        assert (out / "model.onnx").read_bytes() == expected
        runs += 1


def test_a_network_needs_photos_of_every_class(two_classes: Path, tmp_path: Path) -> None:
    split = tmp_path / "split.csv"
    rows = [f"brick/{path.name},train" for path in (two_classes / "brick").iterdir()]
    rows += [f"gravel/{path.name},test" for path in (two_classes / "gravel").iterdir()]
    split.write_text("path,split\n" + "\n".join(rows), encoding="utf-8")
    with pytest.raises(kenali.KenaliError, match="no photo of 'gravel'"):
        kenali.train(two_classes, tmp_path / "bundle", recipe=kenali.load_recipe("xray-small"), split_file=split)
