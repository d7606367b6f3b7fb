"""Dividing photos so that no copy, look-alike or declared group stands on two sides."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kenali.errors import KenaliError
from kenali.files import write_atomically
from kenali.photos.listing import read_rows
from kenali.types import PARTS, IntArray, Part, Photo, PhotoSet, Split


def split(photoset: PhotoSet, *, ratios: tuple[float, float, float] = (0.8, 0.0, 0.2), seed: int = 0) -> Split:
    """Divide the photos into train, val and test by `ratios`, class by class, keeping groups whole.

    Parts that the owner fixed stay: fixed test photos are the whole test part, fixed validation photos the whole
    validation part, and only what is left is divided, among the parts that nobody fixed. Equal photos, ratios and seed
    give an equal split, whatever the order of the photos. Raises KenaliError when the ratios leave nothing to train on.
    """
    total = sum(ratios)
    if len(ratios) != 3 or min(ratios) < 0 or ratios[0] <= 0:
        raise KenaliError(f"ratios must be three shares for train, val, test, train above 0, got {ratios}")
    fixed = {photo.part for photo in photoset.photos if photo.part is not None}
    free = [photo for photo in photoset.photos if photo.part is None]
    shares = [ratio / total if part == "train" or part not in fixed else 0.0 for part, ratio in zip(PARTS, ratios, strict=True)]
    drawn = assign([p.group for p in free], [p.label for p in free], shares, seed) if free else np.zeros(0, np.int64)
    part_of: dict[str, Part] = {photo.path: photo.part for photo in photoset.photos if photo.part is not None}
    part_of |= {photo.path: PARTS[index] for photo, index in zip(free, drawn.tolist(), strict=True)}
    members = {part: tuple(photo for photo in photoset.photos if part_of[photo.path] == part) for part in PARTS}
    return Split(members["train"], members["val"], members["test"])


def folds(photos: Sequence[Photo], k: int, seed: int = 0) -> IntArray:
    """A fold 0..k-1 for each photo, (n,): stratified by class, groups whole."""
    return assign([photo.group for photo in photos], [photo.label for photo in photos], [1 / k] * k, seed)


def assign(groups: Sequence[str], labels: Sequence[int], shares: Sequence[float], seed: int) -> IntArray:
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
    wanted = np.bincount(label_of, minlength=n_classes)[None, :] * np.asarray(shares, float)[:, None]  # (parts, k)
    got = np.zeros_like(wanted)
    open_parts = np.asarray(shares) > 0
    result = np.zeros(len(label_of), np.int64)
    for name in ranked:
        inside = np.bincount(label_of[members[name]], minlength=n_classes)
        # How far each part is short, in units of what it wants; a part that has none of a class yet is served first.
        lacking = np.where(got > 0, (wanted - got) / np.maximum(wanted, 1e-9), 1 + wanted)
        need = np.where(open_parts, lacking @ inside, -np.inf)
        part = int(need.argmax())
        result[members[name]] = part
        got[part] += inside
    return result


def save_split(file: Path, parts: Split, class_names: Sequence[str]) -> None:
    """Write the split as CSV: path, label, group, split. `load_split` and `kenali train --split` read it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "label", "group", "split"))
    for part, photo in sorted(parts.items(), key=lambda item: item[1].path):
        writer.writerow([photo.path, class_names[photo.label], photo.group, part])
    write_atomically(file, text.getvalue())


def load_split(file: Path, photoset: PhotoSet) -> Split:
    """The split that a CSV gives to the photos of a set; photos that it does not name are left out.

    Raises KenaliError for a path that is not among the used photos, an unknown part, no training photo, or a group that
    the CSV tears apart.
    """
    known = {photo.path: photo for photo in photoset.photos}
    members: dict[str, list[Photo]] = {part: [] for part in PARTS}
    for row in read_rows(file, required=("path", "split")):
        if row["split"] not in members:
            raise KenaliError(f"{file}: the split {row['split']!r} of {row['path']} is none of {', '.join(PARTS)}")
        if row["path"] not in known:
            raise KenaliError(f"{file} names {row['path']!r}, which is not among the {len(known)} used photos")
        members[row["split"]].append(known[row["path"]])
    if not members["train"]:
        raise KenaliError(f"{file} gives no photo to train on")
    return Split(tuple(members["train"]), tuple(members["val"]), tuple(members["test"]))
