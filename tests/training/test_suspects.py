"""Planted wrong labels are found, on arrays and on photographs."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import kenali
from kenali.training.suspects import label_suspects, rank
from kenali.types import FloatArray, IntArray


def planted(n: int, wrong: int, seed: int = 0) -> tuple[FloatArray, IntArray, set[int]]:
    """Held-out probabilities (n, 3), labels (n,) of which some are wrong, and which ones."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    probs = rng.dirichlet((0.3, 0.3, 0.3), n) * 0.4
    probs[np.arange(n), truth] += 0.6
    labels = truth.copy()
    chosen = rng.choice(n, wrong, replace=False)
    labels[chosen] = (truth[chosen] + 1) % 3
    return probs.astype(np.float32), labels, set(chosen.tolist())


def test_wrong_labels_come_first() -> None:
    probs, labels, wrong = planted(300, 15)
    found = rank(probs, labels)
    assert {photo for photo, *_ in found[:15]} == wrong
    assert all(suggested == probs[photo].argmax() != labels[photo] for photo, suggested, _ in found)


def test_right_labels_are_left_in_peace() -> None:
    probs, labels, _ = planted(300, 0)
    assert rank(probs, labels) == []


@pytest.mark.parametrize("seed", range(3))
def test_strong_doubts_are_those_of_cleanlab(seed: int) -> None:
    """An oracle that only development needs."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(4), 50)
    probs = rng.dirichlet(np.ones(4), 200)
    probs[np.arange(200), labels] += 0.4
    probs /= probs.sum(axis=1, keepdims=True)
    cleanlab = pytest.importorskip("cleanlab.filter")
    expected = cleanlab.find_label_issues(labels, probs, filter_by="confident_learning", n_jobs=1)
    assert {photo for photo, _, strong in rank(probs.astype(np.float32), labels) if strong} == set(
        np.flatnonzero(expected).tolist()
    )


def test_swapped_photographs_are_found(trained: kenali.TrainResult, demo_photos: Path, tmp_path: Path) -> None:
    """Of 144 patches, six lie in the wrong folder (the cache knows their features from the training run)."""
    shutil.copytree(demo_photos / "train", tmp_path / "photos")
    firsts = {name: sorted((tmp_path / "photos" / name).iterdir())[:2] for name in ("brick", "grass", "gravel")}
    moved = []
    for name, other in (("brick", "grass"), ("grass", "gravel"), ("gravel", "brick")):
        for path in firsts[name]:
            path.rename(tmp_path / "photos" / other / path.name)
            moved.append((f"{other}/{path.name}", name))
    scanned, suspects = label_suspects(tmp_path / "photos")
    assert len(scanned.photoset) == 144
    assert set(moved) == {(one.path, one.suggested) for one in suspects[:6]}
    assert all(one.given_prob < one.suggested_prob and one.given == one.path.split("/")[0] for one in suspects)


def test_one_group_a_class_cannot_be_judged(trained: kenali.TrainResult, demo_photos: Path) -> None:
    with pytest.raises(kenali.KenaliError, match="one group"):
        label_suspects(demo_photos / "train", group_by="(brick|grass|gravel)/")
