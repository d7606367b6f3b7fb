"""Pixels in memory, in a mapped file, or decoded for each batch: always the same."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from kenali.images import decode, preprocess
from kenali.photos import scan
from kenali.training import pixels
from kenali.training.choices import StaticCopies
from kenali.training.pixels import pixel_set
from kenali.types import PhotoSet, Preprocessing
from tests.conftest import draw_set

SMALL = Preprocessing((24, 24))
ORDER = np.array([3, 0, 5, 5])


@pytest.fixture(scope="module")
def photoset(tmp_path_factory: pytest.TempPathFactory) -> PhotoSet:
    return scan(draw_set(tmp_path_factory.mktemp("pixels") / "photos", {"a": 4, "b": 3})).photoset


@pytest.mark.parametrize("way", ["memory", "mapped", "decoded"])
def test_every_way_gives_the_photos_in_order(
    way: str, photoset: PhotoSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "decoded":
        monkeypatch.setattr(pixels, "_DISK_SHARE", 0.0)
    given = pixel_set(
        photoset.photos, photoset.source, SMALL, tmp_path / "work", in_memory=pixels.IN_MEMORY if way == "memory" else 0
    )
    expected = [preprocess(decode(photoset.source.read(photo.path)).image, SMALL) for photo in photoset.photos]
    assert given.pixels.shape == (7, 24, 24, 3)
    assert (given.pixels[ORDER] == np.stack(expected)[ORDER]).all()
    assert given.labels.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert len(list((tmp_path / "work").glob("*.npy")) if way == "mapped" else [1]) == 1
    some = given.take(np.array([6, 1]))
    assert some.labels.tolist() == [1, 0]
    assert (some.pixels[np.array([1])] == np.stack(expected)[[1]]).all()


def test_a_mapped_file_is_found_again_by_a_resumed_run(
    photoset: PhotoSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pixel_set(photoset.photos, photoset.source, SMALL, tmp_path, in_memory=0)

    def forbidden(*_: object, **__: object) -> None:
        pytest.fail("a photo was decoded again")

    monkeypatch.setattr(pixels, "decode", forbidden)
    again = pixel_set(photoset.photos, photoset.source, SMALL, tmp_path, in_memory=0)
    assert (again.pixels[ORDER] == first.pixels[ORDER]).all()
    elsewhere = pickle.dumps(again)  # what a process on another machine is sent
    assert len(elsewhere) < 2_000
    assert (pickle.loads(elsewhere).pixels[ORDER] == first.pixels[ORDER]).all()


def test_copies_follow_their_photo(photoset: PhotoSet, tmp_path: Path) -> None:
    twice = pixel_set(photoset.photos, photoset.source, SMALL, tmp_path, copies=StaticCopies(copies=1, upside_down=True))
    assert twice.labels.tolist() == [0] * 8 + [1] * 6
    even, odd = twice.pixels[np.arange(0, 14, 2)], twice.pixels[np.arange(1, 14, 2)]
    assert (odd == even[:, ::-1]).mean() > 0.9
