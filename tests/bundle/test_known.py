"""`prototypes.json` says whose features the prototypes are, and nothing else of the photos."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kenali.bundle.known import known_photos, read_known, write_known
from kenali.errors import BundleError


def test_round_trip_without_the_names_of_groups(tmp_path: Path) -> None:
    features = np.array([[3, 4], [0, 2], [1, 0]], np.float32)
    write_known(tmp_path, known_photos(features, np.array([0, 1, 1]), ["patient 7", "patient 9", "patient 7"]))
    known = read_known(tmp_path, 2)
    assert known
    assert len(known) == 3
    assert known.labels.tolist() == [0, 1, 1]
    assert known.groups.tolist() == [0, 1, 0]
    assert known.lengths.tolist() == [5, 2, 1]
    assert "patient" not in (tmp_path / "prototypes.json").read_text(encoding="utf-8")


def test_bundles_of_before_have_none(tmp_path: Path) -> None:
    assert read_known(tmp_path, 2) is None


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"labels": [0, 2], "groups": [0, 1], "lengths": [1, 1]},
        {"labels": [0, 1], "groups": [0], "lengths": [1, 1]},
        {"labels": ["a"], "groups": [0], "lengths": [1]},
    ],
)
def test_what_does_not_fit_gets_a_sentence(tmp_path: Path, document: object) -> None:
    (tmp_path / "prototypes.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BundleError, match=r"prototypes\.json"):
        read_known(tmp_path, 2)
