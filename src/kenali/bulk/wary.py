"""Photos that end the very process that looks at them: found by noting each before it is read, and then left alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from kenali.bulk.places import Folder, exists
from kenali.inputs import PhotoInput, refused
from kenali.photos.layout import Problem

_DEATHS = 2  # that are noted; the one before them is why anything is noted
_KILLS = Problem("kills-worker", "the process that looked at it ended each time (perhaps for want of memory)")


class Journal:
    """The photo of a shard that was begun last, and how often it was the last one, in a file that outlives the process."""

    def __init__(self, out: Folder, number: int) -> None:
        self._out, self._name = out, f"_tried-{number:08}.json"
        self._deaths: Counter[int] = Counter()
        if exists(out.path(self._name)):
            known = json.loads(out.read(self._name))
            self._deaths.update({int(photo): count for photo, count in known["deaths"].items()})
            self._deaths[known["last"]] += 1

    def wary(self, photos: Iterable[PhotoInput]) -> Iterator[PhotoInput]:
        """The photos, each noted when it is read; those that ended the process again and again fail instead.

        They must be read one after the other.
        """
        for number, photo in enumerate(photos):
            if self._deaths[number] >= _DEATHS:
                yield refused(photo.path, _KILLS)
            else:
                yield PhotoInput(photo.path, partial(self._read, number, photo))

    def _read(self, number: int, photo: PhotoInput) -> bytes:
        self._out.write(self._name, json.dumps({"last": number, "deaths": self._deaths}).encode())
        return photo.read()

    def end(self) -> None:
        """The shard is done."""
        self._out.remove(self._name)
