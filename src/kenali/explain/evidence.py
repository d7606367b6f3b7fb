"""What each place of a photo says about each class: class activation maps where the graph has them, else occlusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from kenali.network import Network
from kenali.parallel import batches
from kenali.types import FloatArray, Pixels

Method = Literal["maps", "occlusion"]
Mask = npt.NDArray[np.bool_]

_CELLS = 8  # cells of an occlusion map along each side
_PATCH = 2  # cells along each side that one patch covers; patches move by one cell
_GRID = 56  # the grid on which shares of the picture are measured


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What one photo's places say: `logits` (k,), and `places` (k, h', w') in the same unit.

    A place of `places` is the class's logit there less the mean over the classes, for softmax does not see what all classes
    share: positive speaks for the class, negative against it.
    """

    logits: FloatArray
    places: FloatArray

    def heat(self, label: int) -> FloatArray:
        """What speaks for a class, as shares (h', w') that sum to one; all zeros where nothing does."""
        positive = np.maximum(self.places[label], 0)
        total = float(positive.sum())
        shares: FloatArray = (positive / total if total > 0 else positive).astype(np.float32)
        return shares


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the picture along its edges: the outer seventh all round (49 % of it), or the corners of that (8 %)."""

    corners: bool

    @property
    def area(self) -> float:
        """Its share of the picture, which is also its share of a heat that is the same everywhere."""
        return float(self._mask().mean())

    def share(self, heat: FloatArray) -> float:
        """The share of `heat` (h', w') that lies in it; of no heat at all, none."""
        total = float(heat.sum())
        if total <= 0:
            return 0.0
        grown = np.asarray(Image.fromarray(heat).resize((_GRID, _GRID), Image.Resampling.BOX))
        return float(grown[self._mask()].sum() / grown.sum())

    def _mask(self) -> Mask:
        edge = np.minimum(np.arange(_GRID), np.arange(_GRID)[::-1]) < _GRID // 7
        return edge[:, None] & edge[None] if self.corners else edge[:, None] | edge[None]


RING = Region(corners=False)
CORNERS = Region(corners=True)


def only_edge(pixels: Pixels) -> Pixels:
    """The photo (h, w, c) with its middle, all but the outer seventh, covered by the edge's mean colour."""
    return _shown(pixels, ~_middle(pixels))


def only_middle(pixels: Pixels) -> Pixels:
    """The photo (h, w, c) with its outer seventh all round covered by the middle's mean colour."""
    return _shown(pixels, _middle(pixels))


def _shown(pixels: Pixels, mask: Mask) -> Pixels:
    """The rest takes the mean colour of what is shown: that of the whole photo would tell of what is hidden."""
    shown: Pixels = np.where(mask[:, :, None], pixels, pixels[mask].mean(axis=0).round().astype(np.uint8))
    return shown


def _middle(pixels: Pixels) -> Mask:
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.bool_)
    mask[height // 7 : height - height // 7, width // 7 : width - width // 7] = True
    return mask


def method_of(network: Network) -> Method:
    """How `evidence` explains this network."""
    return "maps" if "maps" in network.outputs else "occlusion"


def evidence(network: Network, pixels: Pixels, method: Method | None = None) -> Evidence:
    """What the places of one photo's pixels (h, w, c) say about each class, by `method` or else by `method_of` the network.

    From class activation maps (Zhou and others 2016), each place's logits are those that the photo would get if all of it
    were like that place; their mean is `logits`. Without maps, a place's are what the photo's logits lose when a patch of
    its mean colour covers the place (Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks").
    """
    if (method or method_of(network)) == "maps":
        given = network(pixels[None], "logits", "maps")
        return evidence_of_maps(given["logits"][0], given["maps"][0])
    logits, places = _occluded(network, pixels)
    return Evidence(logits, places - places.mean(axis=0))


def evidence_of_maps(logits: FloatArray, maps: FloatArray) -> Evidence:
    """What class activation maps (k, h', w') and the logits (k,) that came with them say, see `evidence`."""
    bias = logits - maps.mean(axis=(1, 2))
    places = maps + bias[:, None, None]
    return Evidence(logits, places - places.mean(axis=0))


def _occluded(network: Network, pixels: Pixels) -> tuple[FloatArray, FloatArray]:
    """The logits (k,), and what each cell's covering takes from them, (k, 8, 8): the mean over the patches that cover it."""
    rows, columns = (np.linspace(0, side, _CELLS + 1).round().astype(int) for side in pixels.shape[:2])
    ground = pixels.mean(axis=(0, 1)).round().astype(np.uint8)
    steps = range(_CELLS - _PATCH + 1)
    covered = [pixels]
    for i in steps:
        for j in steps:
            copy = pixels.copy()
            copy[rows[i] : rows[i + _PATCH], columns[j] : columns[j + _PATCH]] = ground
            covered.append(copy)
    answers = np.concatenate([network(np.stack(some), "logits")["logits"] for some in batches(covered, network.batch_size)])
    losses = (answers[0] - answers[1:]).T.reshape(-1, len(steps), len(steps))
    total = np.zeros((len(losses), _CELLS, _CELLS), np.float32)
    patches = np.zeros((_CELLS, _CELLS), np.float32)
    for i in range(_PATCH):
        for j in range(_PATCH):
            total[:, i : i + len(steps), j : j + len(steps)] += losses
            patches[i : i + len(steps), j : j + len(steps)] += 1
    return answers[0], total / patches
