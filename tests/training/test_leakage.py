"""What a careless split would have claimed, on features where only copies can be recognised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import kenali
from kenali.images import decode
from kenali.photos import Scan, scan
from kenali.photos.audit import examine
from kenali.training.choices import FrozenRecipe
from kenali.training.leakage import could_leak, measure_leakage
from kenali.types import FloatArray, Ledger, Photo, PhotoSet
from tests.conftest import draw_set, encoded, picture

STRENGTH = 1.0
FACTS = examine(decode(encoded(picture(0))))


class NoSource:
    def read(self, path: str) -> bytes:
        raise AssertionError("features are given")


def photo(i: int, copy: str, group: str, part: str | None = None) -> Photo:
    return Photo(f"{i:03}{copy}.jpg", i % 2, "0" * 64, (9, 9), group, part)  # type: ignore[arg-type]


def scanned(photos: Sequence[Photo], spare: Sequence[Photo] = ()) -> Scan:
    return Scan(PhotoSet(tuple(photos), ("a", "b"), NoSource()), Ledger(()), {}, dict.fromkeys(spare, FACTS))


def scenes(photos: Sequence[Photo], noise: float = 0.05) -> FloatArray:
    """Features that say which scene (the first three letters of the path) a photo shows, and nothing of its class."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(200, 64))
    return np.stack([base[int(one.path[:3])] + noise * rng.normal(size=64) for one in photos]).astype(np.float32)


@pytest.mark.parametrize("set_aside", [True, False])
def test_copies_flatter_a_careless_split(set_aside: bool) -> None:
    """Whether copies were set aside or are look-alikes in a group, a careless tool would have kept and scattered them."""
    first = [photo(i, "", f"{i:03}.jpg") for i in range(60)]
    second = [photo(i, "x", f"{i:03}.jpg") for i in range(60)]
    given = scanned(first, second) if set_aside else scanned(first + second)
    found = measure_leakage(given, FrozenRecipe(), STRENGTH, scenes)
    assert found is not None
    assert found.naive.value > 0.85
    assert found.safe.value < 0.7
    assert found.flattery.value == pytest.approx(found.naive.value - found.safe.value)
    assert 0 < found.flattery.low < found.flattery.value < found.flattery.high
    assert found.tested == 24
    assert found.leaked / found.tested > 0.6
    assert {pair.test[:3] for pair in found.pairs} == {pair.train[:3] for pair in found.pairs}
    assert all(pair.similarity > 0.9 for pair in found.pairs)
    assert found.as_json()["pairs"] == len(found.pairs) >= 12


def test_without_leaks_both_splits_agree() -> None:
    photos = [photo(i, "", f"{i:03}.jpg") for i in range(120)]
    found = measure_leakage(scanned(photos), FrozenRecipe(), STRENGTH, scenes)
    assert found is not None
    assert found.flattery.low <= 0 <= found.flattery.high
    assert found.pairs == ()


def test_parts_that_the_owner_fixed_stay() -> None:
    """Test photos that stand in the training folder too: Kenali set these copies aside, a careless tool would not have."""
    train = [photo(i, "", f"{i:03}.jpg", "train") for i in range(40, 100)]
    test = [photo(i, "", f"{i:03}.jpg", "test") for i in range(40)]
    copies = [photo(i, "x", f"{i:03}.jpg", "train") for i in range(40)]
    found = measure_leakage(scanned(train + test, copies), FrozenRecipe(), STRENGTH, scenes)
    assert found is not None
    assert (found.draws, found.tested, found.leaked) == (1, 40, 40)
    assert found.naive.value > 0.9
    assert found.safe.value < 0.75


def test_a_recipe_without_a_test_part_is_judged_on_a_fifth() -> None:
    photos = [photo(i, copy, f"{i:03}.jpg") for i in range(50) for copy in ("", "x")]
    found = measure_leakage(scanned(photos), FrozenRecipe(ratios=(1, 0, 0)), STRENGTH, scenes)
    assert found is not None
    assert found.tested == 20


def test_a_class_that_a_draw_cannot_learn_says_nothing() -> None:
    photos = [photo(i, copy, "one" if i % 2 else f"{i}") for i in range(8) for copy in ("", "x")]
    assert measure_leakage(scanned(photos[:3]), FrozenRecipe(), STRENGTH, scenes) is None


def test_only_groups_and_copies_can_leak(tmp_path: Path) -> None:
    folder = draw_set(tmp_path / "photos", {"cat": 3, "dog": 3})
    assert not could_leak(scan(folder))
    assert could_leak(scan(folder, group_by="(cat)"))
    (folder / "cat" / "small.jpg").write_bytes(encoded(picture(10_000).resize((80, 80))))
    found = scan(folder)
    assert could_leak(found)
    (spare,) = found.spare
    assert (spare.path, spare.group) == ("cat/small.jpg", "cat/000.jpg")
    assert found.spare[spare].size_px == (80, 80)


def test_the_report_shows_the_pairs(demo_photos: Path, tmp_path: Path) -> None:
    """Patches of one row of the photograph declared as a group."""
    result = kenali.train(demo_photos / "train", tmp_path / "bundle", recipe=FrozenRecipe(golden=0), group_by=r"(\w+ \(\d)")
    leakage = result.document["leakage"]
    assert leakage["draws"] == 5
    assert leakage["pairs"] > 5
    assert leakage["naive"]["n"] > leakage["draws"]
    assert result.document["seconds"]["leakage"] > 0
    page = (result.bundle / "report" / "index.html").read_text(encoding="utf-8")
    assert 'id="leakage"' in page
    assert page.count('<ul class="pairs">') == 1
