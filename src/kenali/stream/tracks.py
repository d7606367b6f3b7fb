"""Which sighting of one frame is which of the next.

The tracking is Norfair's (J. Alori and others, Tryolabs): boxes are foreseen by a Kalman filter and matched to those that
overlap them most. Of what would fit it is the one that needs nothing but NumPy and SciPy; ByteTrack, as `trackers` has it,
brings OpenCV and Matplotlib along. The package is its maintained fork, since Norfair itself stops at NumPy 1.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kenali.errors import MissingExtra
from kenali.stream.values import Sighting

Boxes = NDArray[np.float64]

SCENE = 0
"""The track of what has no box: what the whole picture shows. Boxes have 1, 2, ..."""

_LEAST_OVERLAP = 0.2  # of the union of two boxes, below which they are never one thing
_ALIKE_OVERLAP = 0.5  # the same, where two frames name what is in them differently: a film may have been cut between them
_MOST_MISSED = 15  # frames that something may go unseen
_SCALE = 1000.0  # the filter's noise is meant for pixels
_LEAST_SIDE = 1e-3


class Tracker:
    """The tracks of one run of one camera. Not safe for several threads."""

    def __init__(self) -> None:
        """Raises MissingExtra where Norfair is not installed."""
        try:
            import norfair
        except ImportError as error:
            raise MissingExtra("following what moves", "stream", error) from error
        logging.getLogger("norfair.distances").setLevel(logging.ERROR)  # it warns of boxes that it foresaw too small itself
        self._norfair: Any = norfair
        self._numbers = 0
        self._tracker = self._begun()

    def follow(self, sightings: Sequence[Sighting]) -> tuple[Sighting, ...]:
        """The sightings of the next frame, each with the number of its track."""
        boxed = [(place, one.box) for place, one in enumerate(sightings) if one.box is not None]
        found = [self._norfair.Detection(_corners(box), data=_Seen(place, sightings[place].label)) for place, box in boxed]
        tracks = dict.fromkeys(range(len(sightings)), SCENE)
        for thing in self._tracker.update(found):
            if thing.last_detection.age == thing.age:  # seen in this very frame
                tracks[thing.last_detection.data.place] = self._numbers + thing.id
        return tuple(replace(one, track=tracks[place]) for place, one in enumerate(sightings))

    def forget(self) -> None:
        """Follow nothing any more, after a pause in which all may have changed. Numbers go on."""
        self._numbers += self._tracker.total_object_count
        self._tracker = self._begun()

    def _begun(self) -> Any:
        tracker = self._norfair.Tracker(
            distance_function="iou",
            distance_threshold=1 - _LEAST_OVERLAP,
            hit_counter_max=_MOST_MISSED,
            initialization_delay=0,
            past_detections_length=0,
        )
        tracker.distance_function = _Distance(self._norfair.iou)
        return tracker


class _Seen(NamedTuple):
    """Which sighting of its frame a detection is, and what the frame calls it."""

    place: int
    label: str


class _Distance:
    """How far a detection is from what is followed: what their boxes do not share, and more where their labels differ."""

    def __init__(self, iou: Callable[[Boxes, Boxes], Boxes]) -> None:
        self._iou = iou

    def get_distances(self, objects: Sequence[Any], candidates: Sequence[Any] | None) -> Boxes:
        """(n candidates, n objects), as Norfair asks for it; beyond its threshold they are two things."""
        if not objects or not candidates:
            return np.full((len(candidates or ()), len(objects)), np.inf)
        seen = np.array([one.points.ravel() for one in candidates])
        foreseen = np.array([one.estimate.ravel() for one in objects])
        differ = [[one.data.label != other.last_detection.data.label for other in objects] for one in candidates]
        return self._iou(seen, foreseen) + (_ALIKE_OVERLAP - _LEAST_OVERLAP) * np.array(differ)


def _corners(box: tuple[float, float, float, float]) -> Boxes:
    """The upper left and the lower right corner (2, 2) of the part of a box (x, y, width, height) that lies in the picture."""
    x, y, width, height = box
    upper, lower = np.clip([[x, y], [x + width, y + height]], 0, 1)
    return _SCALE * np.stack([upper, np.maximum(lower, upper + _LEAST_SIDE)])
