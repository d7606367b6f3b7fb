"""Bundles are whole, checked, portable, and never take the place of something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kenali.bundle import open_bundle, writable_bundle
from kenali.bundle.golden import draw, replay
from kenali.bundle.graph import attach_head, count_parameters
from kenali.errors import BundleError
from kenali.network import Network
from tests.tiny import CLASS_NAMES, PREPROCESSING, tiny_model, write_tiny_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_tiny_bundle(tmp_path / "bundle")


def test_round_trip(bundle: Path) -> None:
    opened = open_bundle(bundle)
    assert opened.manifest.class_names == CLASS_NAMES
    assert opened.manifest.preprocessing == PREPROCESSING
    assert sorted(opened.manifest.files) == ["golden/00.png", "golden/01.png", "golden/golden.json", "model.onnx"]


@pytest.mark.parametrize("name", ["model.onnx", "golden/00.png"])
def test_an_altered_file_does_not_load(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes((bundle / name).read_bytes() + b"x")
    with pytest.raises(BundleError, match="checksum"):
        open_bundle(bundle)


def test_a_missing_file_does_not_load(bundle: Path) -> None:
    (bundle / "model.onnx").unlink()
    with pytest.raises(BundleError, match="lacks"):
        open_bundle(bundle)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 2}, "format 2"),
        ({"class_names": ["a", "a"]}, "differ"),
        ({"class_names": []}, "class_names"),
        ({"calibration": {"temperature": 0}}, "temperature"),
        ({"files": {"../x": {"sha256": "0" * 64, "size": 1}}}, "outside"),
        ({"files": {}}, "no model"),
    ],
)
def test_a_damaged_manifest_gets_a_sentence(bundle: Path, change: dict[str, object], sentence: str) -> None:
    file = bundle / "kenali.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(BundleError, match=sentence):
        open_bundle(bundle)


def test_unknown_keys_of_later_versions_are_ignored(bundle: Path) -> None:
    file = bundle / "kenali.json"
    document = json.loads(file.read_text(encoding="utf-8")) | {"later": {"a": 1}}
    file.write_text(json.dumps(document), encoding="utf-8")
    assert open_bundle(bundle).manifest.name == "bundle"


def test_no_bundle_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no bundle"):
        open_bundle(tmp_path / "nothing")
    with pytest.raises(BundleError, match="is no bundle"):
        open_bundle(tmp_path)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(BundleError, match="no Kenali bundle"), writable_bundle(tmp_path / "thesis"):
        pytest.fail("the folder must not be offered")
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_an_interrupted_replacement_keeps_the_earlier_bundle(bundle: Path) -> None:
    with pytest.raises(KeyboardInterrupt), writable_bundle(bundle) as folder:
        (folder / "model.onnx").write_bytes(b"half")
        raise KeyboardInterrupt
    assert open_bundle(bundle).manifest.class_names == CLASS_NAMES
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]


def test_golden_photos_replay_and_notice_another_model(bundle: Path) -> None:
    assert replay(bundle, Network(bundle / "model.onnx"), PREPROCESSING) < 1e-5
    import numpy as np

    from tests.tiny import tiny_backbone

    other = attach_head(tiny_backbone(), -8 * np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
    assert replay(bundle, Network(other), PREPROCESSING) > 0.1


def test_drawn_golden_photos_are_always_the_same() -> None:
    assert draw(3) == draw(3)
    assert len(set(draw(3))) == 3


def test_parameters_are_counted() -> None:
    assert count_parameters(tiny_model()) == 3 * 3 + 3
