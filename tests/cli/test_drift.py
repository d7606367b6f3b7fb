"""`kenali drift` as a user meets it: new photos, a server's notes, older bundles, one-sentence errors."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kenali.bundle.manifest import MANIFEST_NAME
from kenali.bundle.reference import write_reference
from kenali.bundle.store import bundle_id, open_bundle, seal
from kenali.evaluation.drift_run import answered
from kenali.predict import Classifier
from tests.cli.test_commands import kenali
from tests.tiny import write_tiny_bundle


def draw(folder: Path, levels: range) -> Path:
    """Noisy photos, each mostly of one of three colours, of this brightness; flat, without folders a class."""
    generator = np.random.default_rng(levels.start)
    folder.mkdir(parents=True)
    for number, level in enumerate(levels):
        pixels = generator.integers(0, 40, (40, 48, 3))
        pixels[..., number % 3] += level
        buffer = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
        (folder / f"{number:03}.png").write_bytes(buffer.getvalue())
    return folder


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny bundle, judged on sixty bright photos."""
    folder = tmp_path_factory.mktemp("drift")
    bundle = write_tiny_bundle(folder / "bundle", doubting=True)
    sample = answered(Classifier.load(bundle), draw(folder / "own", range(150, 210)), None, lambda *_: None).sample
    manifest = open_bundle(bundle).manifest
    (bundle / MANIFEST_NAME).unlink()
    write_reference(bundle, sample)
    seal(bundle, manifest)
    return bundle


def test_darker_photos_are_told_and_shown(bundle: Path, tmp_path: Path) -> None:
    new = draw(tmp_path / "new", range(60, 110))
    done = kenali("drift", bundle, new, "-o", tmp_path / "page", "--lang", "id")
    assert done.returncode == 0, done.stderr
    assert "lebih gelap" in done.stdout
    document = json.loads(kenali("drift", bundle, new, "--json").stdout)
    assert document == json.loads((tmp_path / "page" / "drift.json").read_text(encoding="utf-8"))
    assert (document["photos"], document["reference_photos"], document["reference"]) == (50, 60, "photos")
    assert "brightness" in {change["measure"] for change in document["changes"] if change["changed"]}
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert page.count('<img src="data:image/jpeg;base64,') == 12


def test_photos_of_the_same_kind_are_quiet(bundle: Path, tmp_path: Path) -> None:
    done = kenali("drift", bundle, draw(tmp_path / "new", range(151, 209)))
    assert done.stdout.startswith("No change found in 58 new photos")


def test_other_photos_may_take_the_place_of_the_bundle_s_own(bundle: Path, tmp_path: Path) -> None:
    old, new = draw(tmp_path / "old", range(60, 110)), draw(tmp_path / "new", range(61, 109))
    assert "No change found" in kenali("drift", bundle, new, "--reference", old).stdout


def test_an_older_bundle_is_compared_by_its_answers(tmp_path: Path) -> None:
    bundle = write_tiny_bundle(tmp_path / "bundle", doubting=True)
    new = draw(tmp_path / "new", range(60, 110))
    done = kenali("drift", bundle, new)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "holds no photos to compare with: train it again" in done.stderr
    manifest = open_bundle(bundle).manifest
    (bundle / MANIFEST_NAME).unlink()
    (bundle / "report").mkdir()
    rows = "".join(f"{n}.jpg,red,red,1,0.9,0.9,0.05,0.05,0.1,\n" for n in range(30))
    header = "path,true,predicted,correct,confidence,p:red,p:green,p:blue,novelty,unknown\n"
    (bundle / "report" / "predictions.csv").write_text(header + rows)
    seal(bundle, manifest)
    document = json.loads(kenali("drift", bundle, new, "--json").stdout)
    assert document["answers_only"]
    assert {change["measure"] for change in document["changes"]} == {"unknown", "confidence", "novelty"}
    assert "older version" in kenali("drift", bundle, new).stdout


def test_a_server_s_notes_are_read(bundle: Path, tmp_path: Path) -> None:
    notes = tmp_path / "observed" / "rocks"
    notes.mkdir(parents=True)
    row = {"time": 1e9, "bundle": bundle_id(bundle), "label": "red", "reason": None, "novelty": 0.1, "format": "PNG"}
    looks = {"brightness": 0.1, "contrast": 0.1, "sharpness": 0.1, "colour": 0.1, "warmth": 0.0, "size": 44.0, "shape": 1.2}
    lines = [json.dumps({**row, **looks, "confidence": 0.5 + n / 100}) for n in range(40)]
    (notes / "2026-01-01.jsonl").write_text("\n".join(lines))
    document = json.loads(kenali("drift", bundle, "--observed", tmp_path / "observed", "--json").stdout)
    assert (document["photos"], document["verdict"]) == (40, "answers")
    done = kenali("drift", bundle, "--observed", tmp_path / "observed", "--days", "30")
    assert "too few to compare: 0" in done.stderr


def test_usage_that_makes_no_sense_exits_with_2(bundle: Path, tmp_path: Path) -> None:
    for arguments in ((), (tmp_path, "--days", "3")):
        assert kenali("drift", bundle, *arguments).returncode == 2
    assert "there is no folder of observations" in kenali("drift", bundle, "--observed", tmp_path / "nothing").stderr
