"""Copies and look-alikes: those that are there are found, and pictures that differ are left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from kenali.images import decode
from kenali.parallel import map_in_order
from kenali.photos.audit import PhotoFacts, examine
from kenali.photos.duplicates import LOOK_ALIKE, Groups, find_pairs
from kenali.types import FloatArray
from tests.conftest import encoded, picture

TURNS = [None, *Image.Transpose]


def facts_of(image: Image.Image, quality: int = 90) -> PhotoFacts:
    return examine(decode(encoded(image, quality=quality)))


def test_drawn_pictures_are_no_look_alikes() -> None:
    assert find_pairs([facts_of(picture(seed)) for seed in range(200)]) == []


@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_a_picture_is_found_however_it_lies(turn: Image.Transpose | None) -> None:
    image = picture(1, (200, 300))
    lying = image.transpose(turn) if turn is not None else image
    (pair,) = find_pairs([facts_of(picture(2)), facts_of(image), facts_of(picture(3)), facts_of(lying, quality=60)])
    assert (pair.first, pair.second) == (1, 3)
    assert pair.similarity > 0.998
    assert pair.same == (turn is None)


@pytest.mark.parametrize(
    ("altered", "same"),
    [
        (picture(1, (400, 600)).resize((150, 100)), True),
        (ImageEnhance.Brightness(picture(1, (400, 600))).enhance(0.9), False),
        (picture(1, (400, 600)).resize((500, 400)), False),
        (picture(1, (400, 600)).convert("L").convert("RGB"), False),
    ],
    ids=["smaller", "darker", "stretched", "grey"],
)
def test_the_same_picture_is_told_from_a_look_alike(altered: Image.Image, same: bool) -> None:
    (pair,) = find_pairs([facts_of(picture(1, (400, 600))), facts_of(altered, quality=70)])
    assert pair.same == same


def test_pictures_without_structure_are_like_none_other() -> None:
    assert find_pairs([facts_of(Image.new("RGB", (64, 64), colour)) for colour in ("red", "red", "blue", "black")]) == []


@pytest.mark.parametrize("facts", [[], [facts_of(picture(1))]], ids=["none", "one"])
def test_fewer_than_two_pictures_make_no_pair(facts: list[PhotoFacts]) -> None:
    assert find_pairs(facts) == []


def drawn_spectra(n: int) -> FloatArray:
    """(n, 16, 16) spectra that fall off as those of photographs do, a third of them near another one or its mirror image."""
    drawn = np.random.default_rng(0)
    fall = 1000 / (1 + np.add.outer(np.arange(16), np.arange(16)))
    spectra = drawn.normal(size=(n, 16, 16)) * fall
    for i in range(0, n - 1, 3):
        noise = drawn.uniform(0, 0.4) * drawn.normal(size=(16, 16)) * fall
        spectra[i + 1] = (spectra[i].T if i % 2 else spectra[i]) + noise
    return spectra.astype(np.float32)


def test_no_pair_is_missed_and_none_invented() -> None:
    """Oracle: every pair in each of the eight positions, compared in full."""
    spectra = drawn_spectra(1500)
    blank = facts_of(picture(1))
    facts = [replace(blank, size_px=(9, 9), spectrum=one, is_grey=False, thumb=b"") for one in spectra]
    flat = spectra.astype(np.float64)
    flat[:, 0, 0] = 0
    flat /= np.linalg.norm(flat, axis=(1, 2), keepdims=True)
    sign = (-1.0) ** np.arange(16)
    best = np.full((len(flat), len(flat)), -1.0)
    for form in (flat, flat.transpose(0, 2, 1)):
        for across in (np.ones(16), sign):
            for down in (np.ones(16), sign):
                turned = form * across[None, None, :] * down[None, :, None]
                best = np.maximum(best, np.einsum("ayx,byx->ab", flat, turned))
    expected = {(i, j) for i, j in zip(*np.nonzero(best >= LOOK_ALIKE), strict=True) if i < j}
    found = find_pairs(facts)
    assert [(pair.first, pair.second) for pair in found] == sorted(expected)
    assert len(expected) > 20
    for pair in found:
        assert pair.similarity == pytest.approx(best[pair.first, pair.second], abs=1e-5)


def test_groups_join_through_others() -> None:
    groups = Groups()
    groups.join(1, 2)
    groups.join(3, 4)
    assert groups.find(1) != groups.find(3)
    groups.join("patient", 2)
    groups.join("patient", 4)
    assert groups.find(1) == groups.find(3)
    assert groups.find(5) == 5


@pytest.mark.parametrize(
    ("name", "most_look_alikes"),
    [("minerals", 1), ("minerals_minet7", 1), ("tyres", 1), ("gender", 1), ("xray", 1)],
)
def test_real_photos_are_not_taken_for_copies(shared_data: Path, name: str, most_look_alikes: int) -> None:
    paths = sorted(path for path in (shared_data / name).rglob("*") if path.suffix in (".jpg", ".png"))[:300]
    facts = list(map_in_order(lambda path: examine(decode(path.read_bytes(), min_side=512)), paths))
    pairs = find_pairs(facts)
    assert not [pair for pair in pairs if pair.same]
    assert len(pairs) <= most_look_alikes, [(paths[p.first].name, paths[p.second].name, p.similarity) for p in pairs]
