"""The page learns a class, under Node, and what it saves is a bundle like any other."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kenali.bundle import open_bundle
from kenali.bundle.graph import count_parameters
from kenali.bundle.known import read_known
from kenali.export.graph_model import write_for_page
from kenali.export.run import prepared
from kenali.export.values import Precision
from kenali.network import softmax
from kenali.photos.split import learned_from
from kenali.predict import Classifier
from tests.export.small import photo, seen, write_small_bundle

WEB = Path(__file__).parents[2] / "web"
OLD = ("red", "green", "blue")
LEARNED = [("yellow", seed) for seed in range(100, 108)] + [("red", seed) for seed in range(100, 102)]
ASKED = [(colour, seed) for colour in (*OLD, "yellow") for seed in range(200, 205)]


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("node") is None or not (WEB / "node_modules" / "esbuild").is_dir():
        pytest.skip("Node and web/node_modules are not here")
    out = tmp_path_factory.mktemp("node") / "learn_in_node.cjs"
    subprocess.run(["node", "tools/bundle_for_node.mjs", "tools/learn_in_node.ts", out], cwd=WEB, check=True)
    return out


def job(folder: Path, precision: Precision, known: bool = True) -> dict[str, Any]:
    """An export in `folder` and what to do with it."""
    bundle = write_small_bundle(folder / "colours", OLD, 10, known)
    write_for_page(prepared(open_bundle(bundle), precision), folder / "web")

    def shown(colour: str, seed: int) -> dict[str, str]:
        file = folder / f"{colour}-{seed}.pixels"
        file.write_bytes(seen(photo(colour, seed)).tobytes())
        return {"className": colour, "pixels": str(file), "sha256": hashlib.sha256(photo(colour, seed)).hexdigest()}

    photos, asked = ([shown(*one) for one in listed] for listed in (LEARNED, ASKED))
    return {"model": str(folder / "web" / "model"), "photos": photos, "asked": asked, "zip": str(folder / "learned.zip")}


def run(script: Path, folder: Path, jobs: list[dict[str, Any]]) -> Any:
    (folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    done = subprocess.run(["node", script, folder / "jobs.json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_learned_bundle_opens_replays_and_predicts(script: Path, tmp_path: Path) -> None:
    precisions: tuple[Precision, ...] = ("float32", "float16", "int8")
    results = run(script, tmp_path, [job(tmp_path / precision, precision) for precision in precisions])
    for precision, result in zip(precisions, results, strict=True):
        saved = tmp_path / precision / "learned.zip"
        classifier = Classifier.load(saved)
        manifest = classifier.manifest
        assert manifest.name == "colours-learned"
        assert classifier.class_names == (*OLD, "yellow")
        assert manifest.golden.count == 8
        assert not manifest.golden.photographed
        assert classifier.verify() < 1e-4
        original = open_bundle(tmp_path / precision / "colours")
        assert manifest.parameters == count_parameters(original.model.read_bytes()) + 41
        assert manifest.provenance["weights"] == precision
        assert manifest.provenance["added"] == {"yellow": 8, "red": 2}

        assert result["learned"]["calibrated"]
        assert result["learned"]["judged"] == 40
        assert manifest.thresholds.held_out == 40
        assert manifest.sets
        answers = [next(classifier.outcomes([_input(photo(*one))])) for one in ASKED]
        for outcome, given in zip(answers, result["answers"], strict=True):
            probs = softmax(np.array(given["logits"], np.float32), result["reading"]["calibration"]["temperature"])
            assert outcome.probs is not None
            np.testing.assert_allclose(outcome.probs, probs, atol=1e-4)
            assert outcome.novelty == pytest.approx(given["novelty"], abs=1e-4)
        named = [classifier.class_names[int(np.argmax(outcome.probs))] for outcome in answers if outcome.probs is not None]
        right = [said == colour for said, (colour, _) in zip(named, ASKED, strict=True)]
        assert sum(right[-5:]) >= 4
        assert sum(right) >= 17

        known = read_known(classifier.path, 4)
        assert known
        assert np.bincount(known.labels).tolist() == [12, 10, 10, 8]
        before = read_known(original.path, 3)
        assert before
        np.testing.assert_allclose(known.lengths[:30], before.lengths, rtol=1e-4)
        with (classifier.path / "split.csv").open(encoding="utf-8", newline="") as file:
            assert [row["label"] for row in csv.DictReader(file)] == [colour for colour, _ in LEARNED]
        assert hashlib.sha256(photo(*LEARNED[0])).hexdigest() in learned_from(classifier.path / "split.csv")


def test_a_learned_bundle_can_be_exported_and_learn_again(script: Path, tmp_path: Path) -> None:
    first = job(tmp_path / "first", "int8")
    run(script, tmp_path, [first])
    learned = open_bundle(Path(first["zip"]))
    write_for_page(prepared(learned, "int8"), tmp_path / "again")
    again = {**first, "model": str(tmp_path / "again" / "model"), "zip": str(tmp_path / "again.zip")}
    (result,) = run(script, tmp_path, [again])
    assert result["learned"]["judged"] == 50
    classifier = Classifier.load(again["zip"])
    assert classifier.verify() < 1e-4
    assert classifier.class_names == (*OLD, "yellow")


def test_a_bundle_without_what_learning_needs_says_so(script: Path, tmp_path: Path) -> None:
    old = job(tmp_path, "float32", known=False)
    assert json.loads((tmp_path / "web" / "model" / "kenali.json").read_text(encoding="utf-8"))["learning"] is None
    (tmp_path / "jobs.json").write_text(json.dumps([old]), encoding="utf-8")
    done = subprocess.run(["node", script, tmp_path / "jobs.json"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "cannot learn in the page" in done.stderr


def _input(data: bytes) -> Any:
    from kenali.inputs import PhotoInput

    return PhotoInput("drawn", lambda: data)
