"""reference.json: small, whole, and refused where it does not fit its bundle."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kenali.bundle.reference import MEASURES, MOST_ROWS, REFERENCE_NAME, Sample, read_reference, sample_of, write_reference
from kenali.errors import BundleError


def sample(n: int) -> Sample:
    generator = np.random.default_rng(0)
    rows = [
        {"label": n % 3, "format": "JPEG", **dict(zip(MEASURES, generator.random(len(MEASURES)), strict=True))}
        for n in range(n)
    ]
    return sample_of(rows, "test")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = sample(40)
    write_reference(tmp_path, written)
    read = read_reference(tmp_path, 3)
    assert read is not None
    assert (read.labels.tolist(), read.formats, read.origin) == (written.labels.tolist(), written.formats, "test")
    for name in MEASURES:
        assert read.measures[name] == pytest.approx(written.measures[name], rel=1e-3)


def test_photos_of_one_camera_have_one_size_on_both_sides(tmp_path: Path) -> None:
    row = {"label": 0, "size": (3024 * 4032) ** 0.5, "shape": 4 / 3}
    write_reference(tmp_path, sample_of([row] * 2, "test"))
    read = read_reference(tmp_path, 1)
    assert read is not None
    for name in ("size", "shape"):
        assert set(read.measures[name].tolist()) == set(sample_of([row], "photos").measures[name].tolist())


def test_it_stays_small(tmp_path: Path) -> None:
    write_reference(tmp_path, sample(3 * MOST_ROWS))
    read = read_reference(tmp_path, 3)
    assert read is not None
    assert len(read) == MOST_ROWS
    assert (tmp_path / REFERENCE_NAME).stat().st_size < 100_000


def test_what_is_not_known_of_all_photos_is_left_out() -> None:
    found = sample_of(
        [{"label": 0, "confidence": 0.5, "novelty": None}, {"label": 1, "confidence": 0.6, "novelty": 0.1}], "test"
    )
    assert list(found.measures) == ["confidence"]
    assert found.formats == ()


def test_an_older_bundle_has_none(tmp_path: Path) -> None:
    assert read_reference(tmp_path, 3) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": [7, 0]}, "outside the bundle's classes"),
        ({"labels": [0]}, "differ in length"),
        ({"formats": ["JPEG"]}, "differ in length"),
        ({"labels": None}, "cannot be read"),
        ({"measures": {"confidence": [0.5, "NaN"]}}, "is no number"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    document = sample(2).as_json() | change
    (tmp_path / REFERENCE_NAME).write_text(json.dumps(document))
    with pytest.raises(BundleError, match=sentence):
        read_reference(tmp_path, 3)
