"""A network from photos to a bundle, killed on the way and resumed."""

from __future__ import annotations

import os
import random
import re
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
    told = np.array([[float(share) for share in row.split(",")[5:-2]] for row in rows])
    assert np.abs(classifier.predict(paths).probs - told).max() < 1e-4


@pytest.mark.parametrize("name", ["minerals", "gender", "fine-tune"])
def test_pretrained_networks_run_from_photos_to_a_bundle(name: str, two_classes: Path, tmp_path: Path) -> None:
    recipe = kenali.load_recipe(name, epochs=1)
    assert parameters_of_recipe(recipe) == 3_373_570
    result = kenali.train(two_classes, tmp_path / "bundle", recipe=recipe)
    assert result.metrics is not None
    assert result.metrics.accuracy.value > 0.9
    assert kenali.load(result.bundle).verify() < 1e-4
    assert (result.bundle / "report" / "history.csv").read_text(encoding="utf-8").count("\n") == 2


def test_weights_from_a_file_leave_no_path_in_the_bundle(two_classes: Path, tmp_path: Path) -> None:
    import torch
    from torchvision.models import mobilenet_v3_small

    torch.save(mobilenet_v3_small().state_dict(), tmp_path / "mine.pt")
    recipe = kenali.load_recipe("fine-tune", network="mobilenet_v3_small", weights=str(tmp_path / "mine.pt"), epochs=1)
    result = kenali.train(two_classes, tmp_path / "bundle", recipe=recipe)
    assert 'weights = "mine.pt"' in (result.bundle / "recipe.toml").read_text(encoding="utf-8")
    for path in result.bundle.rglob("*"):
        assert path.is_dir() or str(tmp_path).encode() not in path.read_bytes(), path


def test_the_studys_learning_rate_diverges_with_a_sentence(two_classes: Path, tmp_path: Path) -> None:
    program = "from kenali.cli import main; main()"
    unclipped = kenali.load_recipe("gender").to_toml().replace("clip_norm = 1.0", "clip_norm = 0.0")
    (tmp_path / "study.toml").write_text(unclipped, encoding="utf-8")
    options = ["--recipe", str(tmp_path / "study.toml"), "--learning-rate", "0.1", "-o", str(tmp_path / "bundle")]
    command = [sys.executable, "-c", program, "train", str(two_classes), *options]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(r"diverged in epoch \d+, step \d+: the loss is .*try --learning-rate 0.01", done.stderr)
    assert not (tmp_path / "bundle").exists()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [5, pytest.param(20, marks=pytest.mark.lengthy)])
def test_kills_at_random_moments_change_nothing(kills: int, two_classes: Path, tmp_path: Path) -> None:
    """SIGKILL while importing, decoding, training or writing a checkpoint; the model is bit for bit the same."""

    def start(out: Path) -> subprocess.Popen[bytes]:
        program = "from kenali.cli import main; main()"
        options = ["--recipe", "xray-small", "--epochs", "30", "-o", str(out)]
        command = [sys.executable, "-c", program, "train", str(two_classes), *options]
        return subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)

    began = time.monotonic()
    assert start(tmp_path / "whole").wait(300) == 0
    whole_s = time.monotonic() - began
    expected = (tmp_path / "whole" / "model.onnx").read_bytes()
    moments = random.Random(kills)
    killed, runs = 0, 0
    while killed < kills:
        out = tmp_path / f"killed {runs}"
        while killed < kills and not out.exists():
            process = start(out)
            try:
                assert process.wait(moments.uniform(0.1, 0.7) * whole_s) == 0
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(60)
                killed += 1  # even in the moment between the bundle's last rename and the process's end
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
