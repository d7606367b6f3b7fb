"""What lower precision costs: the bundle's network and the rounded one on the same photos, both under ONNX Runtime."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from kenali.bundle import Bundle
from kenali.bundle.golden import draw
from kenali.errors import KenaliError, PhotoError
from kenali.export.values import Rounding
from kenali.images import decode, draft_side, preprocess
from kenali.network import Network, softmax
from kenali.parallel import map_in_order
from kenali.photos import open_source
from kenali.photos.listing import read_rows
from kenali.types import FloatArray, Pixels


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo as the network sees it, uint8 (h, w, c), and its class where it is known."""

    pixels: Pixels
    label: int | None = None


def golden_photos(bundle: Bundle) -> Iterator[Seen]:
    """The bundle's golden photos."""
    for file in sorted((bundle.path / "golden").glob("*.png")):
        yield Seen(preprocess(decode(file.read_bytes()).image, bundle.manifest.preprocessing))


def drawn_pictures(bundle: Bundle) -> Iterator[Seen]:
    """Pictures that show nothing, drawn the same for every bundle."""
    for data in draw():
        yield Seen(preprocess(decode(data).image, bundle.manifest.preprocessing))


def owners_photos(bundle: Bundle, photos: Path, learned: bool = False) -> Iterator[Seen]:
    """Photos of a folder, ZIP or CSV that the bundle's split gives to validation or test, found by content.

    With `learned` those of the training part instead. Where the split knows none of them, all are new photos. Raises
    KenaliError where `photos` holds none that can be read.
    """
    source, split = open_source(photos), bundle.path / "split.csv"
    rows = read_rows(split, required=("path", "split")) if split.is_file() else []
    part_of = {row["sha256"]: row["split"] for row in rows if row.get("sha256")}
    entries = [entry for entry in source.catalogue().entries if entry.problem is None]
    digests = [hashlib.sha256(source.read(entry.path)).hexdigest() for entry in entries]
    wanted = {"train"} if learned else {"val", "test"} if any(part_of.get(one) for one in digests) else {None}
    chosen = [entry for entry, digest in zip(entries, digests, strict=True) if part_of.get(digest) in wanted]
    label_of = {name: label for label, name in enumerate(bundle.manifest.class_names)}
    preprocessing = bundle.manifest.preprocessing
    found = 0
    for entry in chosen:
        try:
            image = decode(source.read(entry.path), min_side=draft_side(preprocessing)).image
        except PhotoError:
            continue
        found += 1
        yield Seen(preprocess(image, preprocessing), label_of.get(entry.class_name or ""))
    if not found and not learned:
        raise KenaliError(f"no photo in {photos} is of the bundle's validation or test part, so nothing can be measured on it")


def compared(
    before: Network, after: Network, photos: Iterable[Seen], temperature: float, told: Callable[[int], None] = lambda done: None
) -> Rounding | None:
    """How the probabilities of two networks differ over photos; None where there is no photo. `told` hears of each photo."""
    rows: list[tuple[FloatArray, FloatArray, int | None]] = []
    for row in map_in_order(partial(_both, before, after, temperature), photos):
        rows.append(row)
        told(len(rows))
    if not rows:
        return None
    first, second = np.stack([one for one, _, _ in rows]), np.stack([other for _, other, _ in rows])
    labels = np.array([-1 if label is None else label for _, _, label in rows])
    labelled = labels >= 0
    right = [float((probs.argmax(axis=1) == labels)[labelled].mean()) if labelled.any() else None for probs in (first, second)]
    difference = np.abs(first - second).max(axis=1)
    return Rounding(
        n=len(rows),
        max_abs_diff=float(difference.max()),
        mean_abs_diff=float(difference.mean()),
        top1_agreement=float((first.argmax(axis=1) == second.argmax(axis=1)).mean()),
        labelled=int(labelled.sum()),
        accuracy_before=right[0],
        accuracy=right[1],
    )


def _both(before: Network, after: Network, temperature: float, photo: Seen) -> tuple[FloatArray, FloatArray, int | None]:
    answers = [softmax(network(photo.pixels[None], "logits")["logits"][0], temperature) for network in (before, after)]
    return answers[0], answers[1], photo.label
