"""Where the model looks, over the test photos: a mean heat map for each class, and single photos with theirs."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from kenali.evaluation.metrics import wilson
from kenali.evaluation.pictures import confident_mistakes
from kenali.explain import CORNERS, RING, Evidence, Method, evidence, heat_picture, method_of, only_edge, only_middle
from kenali.images import decode, draft_side, preprocess
from kenali.network import Network
from kenali.parallel import map_in_order
from kenali.photos.pick import round_robin
from kenali.types import FloatArray, Photo, PhotoSource, Pixels, Predictions, Preprocessing, Proportion

SAMPLE: dict[Method, int] = {"maps": 24, "occlusion": 12}
"""Test photos that are looked at, each class in turn; occlusion asks the network fifty times a photo."""

SINGLES: dict[Method, int] = {"maps": 8, "occlusion": 4}
"""Single photos shown, right ones and wrong ones."""

PartLogits = Callable[[Photo, str, Pixels], FloatArray]
"""Logits (k,) of a photo's pixels (h, w, c) where all but its `edge` or its `middle` is covered."""

CLASSES = 12
_SIDE = 160  # long side of a picture


@dataclass(frozen=True, slots=True)
class ClassLook:
    """The mean heat of a class over `n` photos of it, as a JPEG over their mean."""

    name: str
    n: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class PhotoLook:
    """One photo as the network sees it, with what speaks for the class it was named; a JPEG."""

    path: str
    true: str
    predicted: str
    confidence: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Looks:
    """Where the model looks in a few of the test photos, the same number of each class as far as there are.

    `whole`, `edge_only` and `middle_only` are the shares of them named right when shown whole, and with all but that part
    covered (see `only_edge`); `ring` and `corners` are the shares of the heat there (see `Region`). `majority`
    is the share of their most frequent class, which always giving one answer would reach.
    """

    method: Method
    whole: Proportion
    edge_only: Proportion
    middle_only: Proportion
    majority: float
    ring: float
    corners: float
    classes: tuple[ClassLook, ...]
    omitted: int
    right: tuple[PhotoLook, ...]
    wrong: tuple[PhotoLook, ...]

    @property
    def edge_suffices(self) -> bool:
        """Whether the edge alone does as well as the whole photo, or better than the middle, and is better than nothing."""
        as_good = self.edge_only.value >= self.whole.value or self.edge_only.value > self.middle_only.value
        return as_good and self.edge_only.low > self.majority

    def as_json(self) -> dict[str, Any]:
        """The figures, for `metrics.json`; `even` is what a heat that is the same everywhere would give."""
        heat = {
            name: {"share": round(share, 4), "even": round(region.area, 4)}
            for name, share, region in (("ring", self.ring, RING), ("corners", self.corners, CORNERS))
        }
        right = {name: asdict(getattr(self, name)) for name in ("whole", "edge_only", "middle_only")}
        return {"method": self.method, "right": right, "heat": heat, "edge_suffices": self.edge_suffices}


def looks(
    network: Network,
    preprocessing: Preprocessing,
    source: PhotoSource,
    photos: Sequence[Photo],
    labels: npt.ArrayLike,
    predictions: Predictions,
    part_logits: PartLogits | None = None,
) -> Looks | None:
    """Look at a few of the test photos, which stand in the order of `labels` (n,) and `predictions`; None without photos.

    Shares and class maps are of what speaks for the true class, single photos of what speaks for the class named.
    `part_logits` answers for a photo's edge and middle in place of the network, from memory for instance.
    """
    if not photos:
        return None
    truth, named, names = np.asarray(labels, np.int64), predictions.labels, predictions.class_names
    method = method_of(network)
    index = {photo.path: i for i, photo in enumerate(photos)}
    sample = [index[photo.path] for photo in round_robin(photos, SAMPLE[method])]
    sampled = set(sample)
    mistakes = confident_mistakes([photo.path for photo in photos], truth, predictions, SINGLES[method])
    wrong = [index[mistake.path] for mistake in mistakes]
    min_side = draft_side(preprocessing)
    ask = part_logits or (lambda photo, part, pixels: network(pixels[None], "logits")["logits"][0])

    def look(i: int) -> tuple[Pixels, Evidence, tuple[int, ...]]:
        """What the network sees, its evidence, and the class it names; in the sample also those from edge and middle alone."""
        photo = photos[i]
        pixels = preprocess(decode(source.read(photo.path), min_side=min_side).image, preprocessing)
        seen = evidence(network, pixels)
        parts = {"edge": only_edge(pixels), "middle": only_middle(pixels)} if i in sampled else {}
        answers = [seen.logits, *(ask(photo, part, shown) for part, shown in parts.items())]
        return pixels, seen, tuple(int(logits.argmax()) for logits in answers)

    wanted = list(dict.fromkeys([*sample, *wrong]))
    looked = dict(zip(wanted, map_in_order(look, wanted), strict=True))
    right_of = [wilson(sum(looked[i][2][part] == int(truth[i]) for i in sample), len(sample)) for part in range(3)]
    heats = {i: heat for i in sample if (heat := looked[i][1].heat(truth[i])).any()}

    def single(i: int) -> PhotoLook:
        pixels, seen, _ = looked[i]
        picture = heat_picture(_picture(pixels), seen.heat(named[i]))
        confidence = float(predictions.probs[i, named[i]])
        return PhotoLook(photos[i].path, names[truth[i]], names[named[i]], confidence, jpeg_of(picture))

    counts = Counter(int(truth[i]) for i in heats)
    largest = sorted(counts, key=lambda label: (-int((truth == label).sum()), label))
    return Looks(
        method=method,
        whole=right_of[0],
        edge_only=right_of[1],
        middle_only=right_of[2],
        majority=max(Counter(truth[sample].tolist()).values()) / len(sample),
        ring=float(np.mean([RING.share(heat) for heat in heats.values()] or [0.0])),
        corners=float(np.mean([CORNERS.share(heat) for heat in heats.values()] or [0.0])),
        classes=tuple(
            _class_look(names[label], [(looked[i][0], heat) for i, heat in heats.items() if truth[i] == label])
            for label in sorted(largest[:CLASSES])
        ),
        omitted=max(0, len(largest) - CLASSES),
        right=tuple(single(i) for i in [i for i in sample if truth[i] == named[i]][: SINGLES[method]]),
        wrong=tuple(single(i) for i in wrong),
    )


def _class_look(name: str, seen: Sequence[tuple[Pixels, FloatArray]]) -> ClassLook:
    ghost = np.mean([np.asarray(_picture(pixels).convert("L"), np.float32) for pixels, _ in seen], axis=0)
    heat: FloatArray = np.mean([heat for _, heat in seen], axis=0)
    picture = heat_picture(Image.fromarray(ghost.round().astype(np.uint8)).convert("RGB"), heat)
    return ClassLook(name, len(seen), jpeg_of(picture))


def _picture(pixels: Pixels) -> Image.Image:
    """What the network sees, at the report's size."""
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
    scale = _SIDE / max(image.size)
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)


def jpeg_of(picture: Image.Image) -> bytes:
    """The picture as a small JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
