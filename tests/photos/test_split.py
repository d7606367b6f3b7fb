"""Splits: nothing leaks, every class is where it can be, shares are kept, and files read back."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kenali.errors import KenaliError
from kenali.photos import folds, load_split, save_split, split
from kenali.photos.folder import FolderSource
from kenali.types import PARTS, Part, Photo, PhotoSet

SOURCE = FolderSource(Path("nowhere"))


def photoset(photos: list[Photo]) -> PhotoSet:
    k = max((photo.label for photo in photos), default=0) + 1
    return PhotoSet(tuple(photos), tuple(f"class {label}" for label in range(k)), SOURCE)


def photo(path: str, label: int = 0, group: str | None = None, part: Part | None = None) -> Photo:
    return Photo(path, label, "0" * 64, (9, 9), group or path, part)


def singles(*counts: int) -> list[Photo]:
    """`counts[label]` photos of each class, each in a group of its own."""
    return [photo(f"{label}/{n:04}.jpg", label) for label, count in enumerate(counts) for n in range(count)]


@st.composite
def grouped_photos(draw: st.DrawFn) -> list[Photo]:
    """Photos of up to four classes; each class has groups of its own, and some groups reach over two classes."""
    photos = []
    for group in range(draw(st.integers(1, 25))):
        labels = draw(st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True))
        for n in range(draw(st.integers(1, 5))):
            label = labels[n % len(labels)]
            photos.append(photo(f"{label}/{group}-{n}.jpg", label, f"g{group}"))
    return photos


@given(grouped_photos(), st.tuples(st.floats(0.1, 1), st.floats(0, 1), st.floats(0, 1)), st.integers(0, 9))
def test_no_group_stands_in_two_parts(photos: list[Photo], ratios: tuple[float, float, float], seed: int) -> None:
    parts = split(photoset(photos), ratios=ratios, seed=seed)
    assert sorted(p.path for _, p in parts.items()) == sorted(p.path for p in photos)
    owners: dict[str, set[str]] = {}
    for part, one in parts.items():
        owners.setdefault(one.group, set()).add(part)
    assert all(len(owner) == 1 for owner in owners.values())


@given(st.lists(st.lists(st.integers(1, 6), min_size=2, max_size=8), min_size=2, max_size=5), st.integers(0, 9))
def test_every_class_with_two_groups_reaches_train_and_test(sizes: list[list[int]], seed: int) -> None:
    photos = [
        photo(f"{label}/{group}-{n}.jpg", label, f"{label}-{group}")
        for label, groups in enumerate(sizes)
        for group, size in enumerate(groups)
        for n in range(size)
    ]
    parts = split(photoset(photos), seed=seed)
    assert {p.label for p in parts.train} == {p.label for p in parts.test} == set(range(len(sizes)))


@given(
    st.lists(st.integers(10, 80), min_size=1, max_size=4),
    st.sampled_from([(0.8, 0.0, 0.2), (0.7, 0.15, 0.15), (6.0, 2.0, 2.0), (0.5, 0.0, 0.5)]),
    st.integers(0, 9),
)
def test_shares_are_kept_to_one_photo_a_class(counts: list[int], ratios: tuple[float, float, float], seed: int) -> None:
    parts = split(photoset(singles(*counts)), ratios=ratios, seed=seed)
    got = Counter((part, p.label) for part, p in parts.items())
    for label, count in enumerate(counts):
        for part, ratio in zip(PARTS, ratios, strict=True):
            assert abs(got[part, label] - count * ratio / sum(ratios)) <= 1


@given(grouped_photos(), st.integers(0, 9))
def test_the_order_of_the_photos_does_not_matter(photos: list[Photo], seed: int) -> None:
    shuffled = random.Random(seed).sample(photos, len(photos))
    one, other = split(photoset(photos), seed=seed), split(photoset(shuffled), seed=seed)
    assert {p.path: part for part, p in one.items()} == {p.path: part for part, p in other.items()}


def test_a_class_of_few_photos_reaches_train_first_and_test_as_well() -> None:
    for count in (1, 2, 3):
        parts = split(photoset(singles(count, 40)), ratios=(0.7, 0.0, 0.3))
        got = Counter(part for part, p in parts.items() if p.label == 0)
        assert got == [{"train": 1}, {"train": 1, "test": 1}, {"train": 2, "test": 1}][count - 1]


def test_seeds_differ() -> None:
    photos = photoset(singles(50, 50))
    assert split(photos, seed=1) == split(photos, seed=1) != split(photos, seed=2)


def test_fixed_parts_stay_and_the_rest_is_divided() -> None:
    fixed = [photo(f"t{n}.jpg", part="test") for n in range(4)] + [photo("r.jpg", part="train")]
    parts = split(photoset([*fixed, *singles(20)]), ratios=(0.7, 0.1, 0.2))
    assert {p.path for p in parts.test} == {"t0.jpg", "t1.jpg", "t2.jpg", "t3.jpg"}
    assert "r.jpg" in {p.path for p in parts.train}
    assert (len(parts.train), len(parts.val)) == (18, 3)


def test_a_free_photo_goes_with_the_fixed_part_of_its_group() -> None:
    photos = [photo("a.jpg", group="g", part="test"), photo("b.jpg", group="g"), *singles(3)]
    assert {p.path for p in split(photoset(photos)).test} == {"a.jpg", "b.jpg"}


@pytest.mark.parametrize(
    "ratios", [(0, 0, 1), (-1, 1, 1), (0.8, -0.1, 0.3), (float("nan"), 0, 1), (float("inf"), 0, 1), (1, 1), ()], ids=str
)
def test_impossible_ratios_are_refused(ratios: tuple[float, float, float]) -> None:
    with pytest.raises(KenaliError, match="three shares"):
        split(photoset(singles(3)), ratios=ratios)


def test_a_set_without_training_photos_is_refused() -> None:
    for photos in ([], [photo("a.jpg", part="test"), photo("b.jpg", part="val")]):
        with pytest.raises(KenaliError, match="no photo is left to train on"):
            split(photoset(photos))


@given(grouped_photos(), st.integers(2, 6))
def test_folds_keep_groups_whole(photos: list[Photo], k: int) -> None:
    fold = folds(photos, k)
    assert len(fold) == len(photos)
    assert all(0 <= f < k for f in fold)
    assert len({(p.group, f) for p, f in zip(photos, fold.tolist(), strict=True)}) == len({p.group for p in photos})


def test_a_split_reads_back_whatever_its_photos_are_called(tmp_path: Path) -> None:
    names = [" blanks ", "new\nline", "carriage\rreturn", 'a "quoted", name', "é;\t", "plain"]
    photos = photoset([photo(f"{name}.jpg{tail}") for name in names for tail in ("", " ")])
    parts = split(photos, ratios=(0.5, 0.2, 0.3))
    save_split(tmp_path / "split.csv", parts, photos.class_names)
    again = load_split(tmp_path / "split.csv", photos)
    assert {(part, p.path) for part, p in again.items()} == {(part, p.path) for part, p in parts.items()}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a.jpg,exam", "none of train, val, test"),
        ("b.jpg,train", "not among the 3 used photos"),
        ("a.jpg,test", "no photo to train on"),
        ("a.jpg,train\na.jpg,test", "twice"),
        ("g1.jpg,train\ng2.jpg,test", "would leak"),
    ],
)
def test_a_split_that_does_not_fit_is_refused(tmp_path: Path, rows: str, message: str) -> None:
    (tmp_path / "split.csv").write_text(f"path,split\n{rows}\n")
    photos = photoset([photo("a.jpg"), photo("g1.jpg", group="g"), photo("g2.jpg", group="g")])
    with pytest.raises(KenaliError, match=message):
        load_split(tmp_path / "split.csv", photos)


def test_photos_that_the_split_does_not_name_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("Image;Part\n a.jpg;train\nsub\\b.jpg;test\n")
    photos = photoset([photo("a.jpg"), photo("sub/b.jpg"), photo("c.jpg")])
    parts = load_split(tmp_path / "split.csv", photos)
    assert [(part, p.path) for part, p in parts.items()] == [("train", "a.jpg"), ("test", "sub/b.jpg")]
