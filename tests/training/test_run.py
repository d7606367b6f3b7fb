"""The fast path from photos to a bundle: what it scores, writes, repeats, and leaves behind when interrupted."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kenali
import kenali.training.embed
from kenali.bundle.reference import MEASURES, read_reference
from kenali.cache import cache_folder
from kenali.evaluation.drift_run import drift_of_photos
from kenali.photos import load_split, scan
from kenali.training.choices import FrozenRecipe
from kenali.training.recipe import load_recipe

FAST = load_recipe("auto", budget=0)

EXPECTED_FILES = {
    "golden/golden.json",
    "ledger.csv",
    "model.onnx",
    "receipt.json",
    "recipe.toml",
    "reference.json",
    "report/index.html",
    "report/metrics.json",
    "report/predictions.csv",
    "split.csv",
}


def test_it_recognises_the_other_side_of_each_photograph(trained: kenali.TrainResult) -> None:
    assert trained.metrics is not None
    assert trained.metrics.accuracy.n == 48
    assert trained.metrics.accuracy.value > 0.9
    assert trained.cross_validation is not None
    assert trained.cross_validation.accuracy.n == 144


def test_a_stranger_is_unknown_and_the_owners_photos_are_not(trained: kenali.TrainResult, demo_photos: Path) -> None:
    classifier = kenali.load(trained.bundle)
    manifest = classifier.manifest
    assert manifest.outputs == ("logits", "maps", "novelty")
    assert (manifest.calibration.method, manifest.thresholds.reject, manifest.thresholds.held_out) == ("temperature", 0.05, 144)
    own = classifier.predict(sorted((demo_photos / "test").rglob("*.*")))
    assert own.unknown.mean() < 0.2
    assert trained.document["rejection"]["rejected"]["value"] == pytest.approx(own.unknown.mean())
    noise = np.random.default_rng(0).integers(0, 256, (2, 300, 300, 3), dtype=np.uint8)
    assert classifier.predict([noise[0], np.full_like(noise[1], 255)]).reasons == ("novel", "novel")
    assert trained.document["calibration"]["temperature"] == manifest.calibration.temperature


def test_the_bundle_is_whole_and_repeats_its_answers(trained: kenali.TrainResult) -> None:
    classifier = kenali.load(trained.bundle)
    files = set(classifier.manifest.files)
    assert files >= EXPECTED_FILES
    assert sum(name.endswith(".png") for name in files) == 8
    assert classifier.verify() < 1e-5
    assert classifier.manifest.outputs == classifier.network.outputs
    assert "maps" in classifier.manifest.outputs
    assert classifier.manifest.parameters == trained.document["parameters"] > 3_000_000
    assert load_recipe(trained.bundle / "recipe.toml") == load_recipe("auto", budget=0)


def test_the_maps_of_a_real_bundle_are_exact(trained: kenali.TrainResult) -> None:
    import onnx

    graph = onnx.load(trained.bundle / "model.onnx").graph
    bias = onnx.numpy_helper.to_array(next(one for one in graph.initializer if one.name == "head.bias"))
    pixels = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    given = kenali.load(trained.bundle).network(pixels)
    assert given["maps"].shape == (1, 3, 7, 7)
    assert np.allclose(given["maps"].mean(axis=(2, 3)) + bias, given["logits"], atol=1e-4)


def test_the_report_shows_where_the_model_looks(trained: kenali.TrainResult) -> None:
    looks = trained.document["looks"]
    assert looks["method"] == "maps"
    assert looks["right"]["whole"]["n"] == 24
    assert looks["right"]["whole"]["value"] > 0.9
    assert 0 < looks["heat"]["corners"]["share"] < looks["heat"]["ring"]["share"] < 1
    page = (trained.bundle / "report" / "index.html").read_text(encoding="utf-8")
    assert page.count('alt="grass"') == 1


def test_the_report_document_is_the_one_that_programs_get(trained: kenali.TrainResult) -> None:
    written = json.loads((trained.bundle / "report" / "metrics.json").read_text(encoding="utf-8"))
    assert written | {"bundle": ""} == trained.document | {"bundle": ""}
    assert written["bundle"] == "bundle"
    for key in ("accuracy", "balanced_accuracy", "macro_f1", "ece", "per_class", "confusion_matrix", "class_names"):
        assert written[key], key
    assert set(written["seconds"]) == {"scan", "embed", "fit", "shortcuts", "evaluate"}
    assert {one["kind"] for one in written["shortcuts"]} >= {"size", "format", "border"}
    assert trained.cross_validation is not None
    assert {one["model"] for one in written["shortcuts"]} == {trained.cross_validation.balanced_accuracy}
    assert "shortcut" not in {alarm["kind"] for alarm in written["alarms"]}  # the textures fill their photos


def test_the_bundle_names_no_path_user_or_host(trained: kenali.TrainResult, demo_photos: Path) -> None:
    host = platform.node()
    secrets = {str(trained.bundle.parent), str(demo_photos.parent), str(Path.home()), host if len(host) > 6 else ""}
    for path in trained.bundle.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        for secret in secrets - {"", "/"}:
            assert secret.encode() not in data, f"{secret} in {path}"


def test_predictions_agree_with_the_report(trained: kenali.TrainResult, demo_photos: Path) -> None:
    """The head fitted in NumPy and the graph under ONNX Runtime are the same model."""
    evaluation = kenali.evaluate(trained.bundle, demo_photos / "test")
    assert trained.metrics is not None
    assert evaluation.metrics.confusion_matrix == trained.metrics.confusion_matrix
    assert evaluation.metrics.ece == pytest.approx(trained.metrics.ece, abs=1e-4)


def test_photos_that_it_learned_from_raise_an_alarm(trained: kenali.TrainResult, demo_photos: Path, tmp_path: Path) -> None:
    """Known by content, under whatever name."""
    assert "leak" not in {alarm.kind for alarm in kenali.evaluate(trained.bundle, demo_photos / "test").alarms}
    (tmp_path / "photos" / "brick").mkdir(parents=True)
    for number, part in enumerate(("train", "train", "test")):
        photo = sorted((demo_photos / part / "brick").iterdir())[number]
        shutil.copy(photo, tmp_path / "photos" / "brick" / f"new-{number}.jpg")
    first = kenali.evaluate(trained.bundle, tmp_path / "photos", tmp_path / "report").alarms[0]
    assert (first.kind, first.evidence) == ("leak", ("brick/new-0.jpg", "brick/new-1.jpg"))
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "Test photos leak into training" in page
    assert "2 of these photos are among those that the bundle learned from" in page


def comparable(bundle: Path) -> dict[str, Any]:
    """Every file of a bundle but for its timestamp, its timings, and the checksums of the files that hold them."""
    contents: dict[str, Any] = {
        path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()
    }
    manifest = json.loads(contents.pop("kenali.json"))
    manifest["provenance"].pop("created")
    metrics = json.loads(contents.pop("report/metrics.json"))
    metrics.pop("seconds")
    contents.pop("report/index.html")
    for name in ("report/metrics.json", "report/index.html"):
        manifest["files"].pop(name)
    return contents | {"manifest": manifest, "metrics": metrics}


def test_the_same_photos_and_seed_give_the_same_bytes(
    trained: kenali.TrainResult, demo_photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(cache_folder() / "backbones", tmp_path / "cache" / "backbones")
    monkeypatch.setenv("KENALI_CACHE", str(tmp_path / "cache"))
    again = kenali.train(demo_photos, tmp_path / "bundle", recipe=FAST)
    assert comparable(again.bundle) == comparable(trained.bundle)


def test_a_second_run_decodes_and_embeds_nothing_again(
    trained: kenali.TrainResult, demo_photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        pytest.fail("a photo was decoded or embedded again")

    monkeypatch.setattr(sys.modules["kenali.photos.scan"], "decode", forbidden)
    monkeypatch.setattr(kenali.training.embed.Embedder, "_ask", forbidden)
    monkeypatch.setattr(kenali.training.embed, "decode", forbidden)
    again = kenali.train(demo_photos, tmp_path / "bundle", recipe=FAST)
    assert comparable(again.bundle) == comparable(trained.bundle)


def test_a_saved_split_is_used_again(trained: kenali.TrainResult, demo_photos: Path, tmp_path: Path) -> None:
    again = kenali.train(demo_photos, tmp_path / "bundle", recipe=FAST, split_file=trained.bundle / "split.csv")
    assert (again.bundle / "split.csv").read_bytes() == (trained.bundle / "split.csv").read_bytes()
    parts = load_split(trained.bundle / "split.csv", scan(demo_photos).photoset)
    assert (len(parts.train), len(parts.val), len(parts.test)) == (144, 0, 48)


def test_without_a_test_part_cross_validation_speaks(demo_photos: Path, tmp_path: Path) -> None:
    result = kenali.train(demo_photos / "train", tmp_path / "bundle", recipe=FrozenRecipe(ratios=(1, 0, 0), golden=0))
    assert result.metrics is None
    assert result.document["accuracy"] is None
    assert result.document["cross_validation"]["accuracy"]["n"] == 144
    assert kenali.load(result.bundle).manifest.golden.photographed is False


def test_two_photos_a_class_are_enough_to_start(demo_photos: Path, tmp_path: Path) -> None:
    for name in ("brick", "grass"):
        for photo in sorted((demo_photos / "train" / name).iterdir())[:2]:
            (tmp_path / "few" / name).mkdir(parents=True, exist_ok=True)
            shutil.copy(photo, tmp_path / "few" / name)
    result = kenali.train(tmp_path / "few", tmp_path / "bundle")
    assert result.cross_validation is None
    assert {"small", "few-per-class"} <= {alarm.kind for alarm in result.alarms}


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda _: None, "no folder or file"),
        (lambda path: path.mkdir(), "no usable photo"),
        (lambda path: (path / "brick").mkdir(parents=True), "no usable photo"),
    ],
)
def test_photos_that_teach_nothing_get_a_sentence(build: Any, sentence: str, tmp_path: Path) -> None:
    build(tmp_path / "photos")
    with pytest.raises(kenali.KenaliError, match=sentence):
        kenali.train(tmp_path / "photos", tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_bundle_among_the_photos_is_refused(demo_photos: Path) -> None:
    with pytest.raises(kenali.KenaliError, match="among the photos"):
        kenali.train(demo_photos, demo_photos / "bundle")
    assert not (demo_photos / "bundle").exists()


def test_one_class_gets_a_sentence(demo_photos: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_photos / "train" / "brick", tmp_path / "photos" / "brick")
    with pytest.raises(kenali.KenaliError, match="only one class, 'brick'"):
        kenali.train(tmp_path / "photos", tmp_path / "bundle")


def start_training(photos: Path, bundle: Path, cache: Path) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-c",
        "from kenali.cli import main; main()",
        "train",
        str(photos),
        "-o",
        str(bundle),
        "--budget",
        "0",
    ]
    environment = os.environ | {"KENALI_CACHE": str(cache)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_on_one_folder_do_not_disturb_each_other(
    trained: kenali.TrainResult, demo_photos: Path, tmp_path: Path
) -> None:
    shutil.copytree(cache_folder() / "backbones", tmp_path / "cache" / "backbones")
    running = [start_training(demo_photos, tmp_path / name, tmp_path / "cache") for name in ("a", "b")]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    for name in ("a", "b"):
        expected = comparable(trained.bundle)
        expected["manifest"]["name"] = name
        expected["metrics"]["bundle"] = name
        assert comparable(tmp_path / name) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process on Windows")
@pytest.mark.parametrize("delay_s", [0.15, 0.4, 0.8, 1.3, 1.8])
def test_ctrl_c_leaves_no_half_bundle_and_a_cache_to_resume_from(
    delay_s: float, trained: kenali.TrainResult, demo_photos: Path, tmp_path: Path
) -> None:
    shutil.copytree(cache_folder() / "backbones", tmp_path / "cache" / "backbones")
    process = start_training(demo_photos, tmp_path / "out" / "bundle", tmp_path / "cache")
    time.sleep(delay_s)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    left = list((tmp_path / "out").iterdir()) if (tmp_path / "out").exists() else []
    assert left == ([tmp_path / "out" / "bundle"] if process.returncode == 0 else [])
    if left:
        assert kenali.load(left[0]).verify() < 1e-5
    resumed = start_training(demo_photos, tmp_path / "out" / "bundle", tmp_path / "cache")
    _, errors = resumed.communicate(timeout=120)
    assert resumed.returncode == 0, errors
    assert comparable(tmp_path / "out" / "bundle") == comparable(trained.bundle)


@pytest.mark.parametrize(
    ("name", "bound"), [("minerals", 0.75), ("minerals_minet7", 0.52), ("tyres", 0.92), ("gender", 0.91), ("xray", 0.98)]
)
def test_the_shared_sets_reach_a_linear_probe(shared_data: Path, tmp_path: Path, name: str, bound: float) -> None:
    """Five-fold accuracy on real photos, averaged over five draws of the folds."""
    scores = []
    for seed in range(5):
        recipe = FrozenRecipe(ratios=(1, 0, 0), seed=seed, golden=0)
        result = kenali.train(shared_data / name, tmp_path / "bundle", recipe=recipe)
        assert result.cross_validation is not None
        scores.append(result.cross_validation.accuracy.value)
    assert sum(scores) / len(scores) >= bound


def test_the_bundle_knows_its_own_kind_of_photos(trained: kenali.TrainResult, demo_photos: Path) -> None:
    reference = read_reference(trained.bundle, len(trained.document["class_names"]))
    assert reference is not None
    assert list(reference.measures) == list(MEASURES)
    assert len(reference) > 100
    found = drift_of_photos(trained.bundle, demo_photos)
    assert found.left_out["learned"] == 144
    assert found.drift.n + found.left_out["alike"] == 48
    assert found.drift.verdict == "none"
