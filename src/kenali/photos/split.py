"""Dividing photos so that no copy, look-alike or declared group stands on two sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kenali.errors import KenaliError
from kenali.files import write_atomically
from kenali.photos.listing import csv_text, find_path, read_rows
from kenali.types import PARTS, IntArray, Part, Photo, PhotoSet, Split


def split(photoset: PhotoSet, *, ratios: tuple[float, float, float] = (0.8, 0.0, 0.2), seed: int = 0) -> Split:
    """Divide the photos into train, val and test by `ratios`, class by class, keeping groups whole.

    Parts that the owner fixed stay, and draw the rest of their groups with them: fixed test photos are the whole test
    part, fixed validation photos the whole validation part. What is left is divided among train and the parts that
    nobody fixed. Equal photos, ratios and seed give an equal split, whatever the order of the photos. Raises KenaliError
    for other ratios than three shares with train above 0, or when no photo is left to train on.
    """
    if len(ratios) != 3 or not all(0 <= ratio < np.inf for ratio in ratios) or ratios[0] <= 0:
        raise KenaliError(f"ratios must be three shares for train, val, test, train above 0, got {ratios}")
    part_of: dict[str, Part] = {photo.group: photo.part for photo in photoset.photos if photo.part is not None}
    free = [photo for photo in photoset.photos if photo.group not in part_of]
    fixed = set(part_of.values()) - {"train"}
    open_ratios = np.array([0.0 if part in fixed else ratio for part, ratio in zip(PARTS, ratios, strict=True)])
    drawn = assign([p.group for p in free], [p.label for p in free], open_ratios / open_ratios.sum(), seed)
    part_of |= {photo.group: PARTS[index] for photo, index in zip(free, drawn.tolist(), strict=True)}
    members = {part: tuple(photo for photo in photoset.photos if part_of[photo.group] == part) for part in PARTS}
    if not members["train"]:
        raise KenaliError("no photo is left to train on: every one is fixed for validation or test")
    return Split(members["train"], members["val"], members["test"])


def folds(photos: Sequence[Photo], k: int, seed: int = 0) -> IntArray:
    """A fold 0..k-1 for each photo, (n,): stratified by class, groups whole."""
    return assign([photo.group for photo in photos], [photo.label for photo in photos], [1 / k] * k, seed)


def assign(
    groups: Sequence[str], labels: Sequence[int], shares: Sequence[float] | npt.NDArray[np.float64], seed: int
) -> IntArray:
    """The part 0..len(shares)-1 of each photo, (n,), so that each class is divided by `shares` as exactly as groups allow.

    Groups are taken largest first, ties in an order drawn by the seed, and each goes where its classes are furthest
    short of their share. A class with several groups reaches every part with a share above 0 as long as groups last,
    the first part before the others.
    """
    members: defaultdict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    names = sorted(members)
    order = np.random.default_rng(seed).permutation(len(names))
    ranked = sorted((names[i] for i in order), key=lambda name: -len(members[name]))
    label_of = np.asarray(labels, np.int64)
    n_classes = int(label_of.max()) + 1 if len(label_of) else 0
    class_sizes = np.maximum(np.bincount(label_of, minlength=n_classes), 1)
    wanted = class_sizes[None, :] * np.asarray(shares, float)[:, None]  # (parts, k)
    got = np.zeros_like(wanted)
    open_parts = np.asarray(shares) > 0
    first_turn = np.arange(len(shares), 0, -1)[:, None] + 1.0  # above any lack of a part that has photos
    result = np.zeros(len(label_of), np.int64)
    for name in ranked:
        inside = np.bincount(label_of[members[name]], minlength=n_classes)
        # How far each part is short of each class, as a share of the class; a part that has none of it yet comes first.
        lacking = np.where(got > 0, (wanted - got) / class_sizes, first_turn)
        need = np.where(open_parts, lacking @ inside, -np.inf)
        part = int(need.argmax())
        result[members[name]] = part
        got[part] += inside
    return result


def save_split(file: Path, parts: Split, class_names: Sequence[str]) -> None:
    """Write the split as CSV: path, label, group, split, sha256. `load_split` and `kenali train --split` read it."""
    members = sorted(parts.items(), key=lambda item: item[1].path)
    rows = ((photo.path, class_names[photo.label], photo.group, part, photo.sha256) for part, photo in members)
    write_atomically(file, csv_text(("path", "label", "group", "split", "sha256"), rows))


def learned_from(file: Path) -> frozenset[str]:
    """The SHA-256 of every photo that a saved split gives to training or validation; none where it does not tell."""
    rows = read_rows(file, required=("path", "split"))
    return frozenset(row["sha256"] for row in rows if row.get("sha256") and row["split"] in ("train", "val"))


def load_split(file: Path, photoset: PhotoSet) -> Split:
    """The split that a CSV gives to the photos of a set; photos that it does not name are left out.

    Raises KenaliError for a path that is not among the used photos, an unknown part, no training photo, or a group that
    the CSV tears apart.
    """
    known = {photo.path: photo for photo in photoset.photos}
    members: dict[str, list[Photo]] = {part: [] for part in PARTS}
    seen: set[str] = set()
    for row in read_rows(file, required=("path", "split")):
        if row["split"] not in members:
            raise KenaliError(f"{file}: the split {row['split']!r} of {row['path']} is none of {', '.join(PARTS)}")
        path = find_path(row["path"], known, file)
        if path in seen:
            raise KenaliError(f"{file} names {path!r} twice; leave one of the two lines")
        seen.add(path)
        members[row["split"]].append(known[path])
    if not members["train"]:
        raise KenaliError(f"{file} gives no photo to train on")
    return Split(tuple(members["train"]), tuple(members["val"]), tuple(members["test"]))
