"""Which photos become prototypes, and held-out novelty that no copy of a photo makes small."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.bundle.novelty import Prototypes, unit_length
from kenali.evaluation import novelty
from kenali.evaluation.novelty import MOST_PROTOTYPES, auroc, exemplars, fit_prototypes, held_out_novelty


def test_small_sets_keep_every_photo() -> None:
    assert exemplars(np.array([0, 1, 1])).tolist() == [0, 1, 2]


def test_large_sets_keep_an_even_share_of_each_class() -> None:
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [6000, 3000, 30]))
    rows = exemplars(labels)
    assert len(rows) == len(set(rows.tolist())) == MOST_PROTOTYPES
    share = MOST_PROTOTYPES / len(labels)
    assert np.bincount(labels[rows]) == pytest.approx(np.bincount(labels) * share, abs=2)
    assert np.array_equal(rows, exemplars(labels))


def test_each_group_is_scored_beside_the_others() -> None:
    generator = np.random.default_rng(1)
    features = generator.random((30, 8)).astype(np.float32)
    features[1] = features[0]  # a copy, of one group with its original
    groups = ["copies", "copies", *(f"{n}" for n in range(28))]
    scores = held_out_novelty(features, np.arange(30) % 2, groups)
    assert scores[0] == scores[1] > 1e-3
    for row in (0, 7, 29):
        others = [n for n in range(30) if groups[n] != groups[row]]
        oracle = Prototypes(unit_length(features[others])).novelty(features[row : row + 1])[0]
        assert scores[row] == pytest.approx(oracle, abs=1e-6)


def test_many_photos_are_scored_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    features = np.random.default_rng(2).random((50, 6)).astype(np.float32)
    labels, groups = np.arange(50) % 3, [str(n) for n in range(50)]
    whole = held_out_novelty(features, labels, groups)
    monkeypatch.setattr(novelty, "_ROWS", 7)
    assert np.array_equal(held_out_novelty(features, labels, groups), whole)


def test_new_photos_of_the_same_kind_look_as_novel_as_held_out_ones() -> None:
    generator = np.random.default_rng(3)
    centres = generator.random((2, 40)) * 3
    labels = np.arange(600) % 2
    features = (centres[labels] + generator.random((600, 40))).astype(np.float32)
    held = held_out_novelty(features[:300], labels[:300], [str(n) for n in range(300)])
    new = fit_prototypes(features[:300], labels[:300]).novelty(features[300:])
    assert auroc(held, new) == pytest.approx(0.5, abs=0.06)


def test_auroc_counts_pairs() -> None:
    inside, outside = np.array([1.0, 2.0, 3.0], np.float32), np.array([3.0, 4.0, 0.0], np.float32)
    pairs = [1.0 if o > i else 0.5 if o == i else 0.0 for o in outside for i in inside]
    assert auroc(inside, outside) == pytest.approx(np.mean(pairs))
