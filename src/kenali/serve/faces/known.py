"""The people of a gallery as a worker knows them by heart, and how it notices that they have changed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import numpy as np

from kenali.errors import KenaliError
from kenali.faces.gallery.store import Gallery
from kenali.faces.gallery.values import Person
from kenali.faces.matching import Match, Matcher, People, matcher
from kenali.faces.reader import SeenFace
from kenali.faces.thresholds import Thresholds, thresholds_for
from kenali.faces.values import Vectors

log = logging.getLogger(__name__)

T = TypeVar("T")

_LOOK_S = 1.0


class NotComparable(KenaliError):
    """There is no threshold, or nobody, by which faces could be told apart yet."""


@dataclass(frozen=True, slots=True)
class Named:
    """Whose a face is: `person` is a pseudonym, None for `unknown`; `next_distance` is that of the next person."""

    match: Match
    person: str | None
    next_distance: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The gallery at one `version` and `day`: its people, the `record` of its thresholds, and how faces are matched.

    `why_not` says, in a sentence, why faces cannot be told apart yet; `limits` or `match` are None then. `numbers` are the
    places of names, `enrolled` is how many people have a face in use.
    """

    version: int
    day: date
    people: People
    numbers: dict[str, int]
    record: dict[str, Any] | None
    limits: Thresholds | None
    match: Matcher | None
    why_not: str = ""
    enrolled: int = 0

    @property
    def vectors(self) -> Vectors:
        return self.people.vectors

    def named(self, seen: Sequence[SeenFace]) -> list[Named]:
        """Whose faces these are. Raises NotComparable."""
        if self.match is None:
            raise NotComparable(self.why_not)
        if not seen:
            return []
        answers = []
        for one, found in zip(seen, self.match(np.stack([one.embedding for one in seen])), strict=True):
            if found.identity is None:
                answers.append(Named(found, None, None))
                continue
            person = self.numbers[found.identity]
            other = self.people.next_best(one.embedding, person)
            answers.append(Named(found, self.vectors.ids[person] if found.accepted else None, other))
        return answers

    def distance(self, seen: SeenFace, person: str) -> float | None:
        """How far a face is from the person with this pseudonym; None where nothing of that person is in use."""
        number = self.vectors.ids.index(person) if person in self.vectors.ids else -1
        return self.people.distance(seen.embedding, number) if np.any(self.vectors.persons == number) else None


class Memory:
    """Keeps a worker's `Known` true to the gallery: whoever was forgotten is not named in any request that comes later.

    It compares versions for each question, and every second, so that what was erased leaves the memory too.
    """

    def __init__(
        self, gallery: Gallery, matcher_name: str, embedder_sha256: str, own_embedder: bool, threads: Executor
    ) -> None:
        """`own_embedder`: it is Kenali's own, whose distances are known."""
        self._gallery = gallery
        self._matcher = matcher_name
        self._sha256 = embedder_sha256
        self._own = own_embedder
        self._threads = threads
        self._known: Known | None = None
        self._listed: tuple[int, list[Person]] | None = None
        self._looking = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises KenaliError where the gallery cannot be read."""
        await self.known()
        self._watcher = asyncio.create_task(self._watch(), name="kenali-gallery-watch")

    async def close(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
        self._known = self._listed = None

    async def known(self) -> Known:
        """The gallery as it is now, or was after this question came. Raises KenaliError where it cannot be read."""
        return await self._alone(self._fresh)

    async def listed(self) -> list[Person]:
        """Everybody by name, as of now."""
        return await self._alone(self._people)

    async def _alone(self, look: Callable[[], T]) -> T:
        """One look at a time: who comes while the vectors are read waits for them instead of reading them too."""
        async with self._looking:
            return await asyncio.get_running_loop().run_in_executor(self._threads, look)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await self.known()
            except Exception as error:
                log.debug("the gallery cannot be looked at: %s", type(error).__name__)

    def _fresh(self) -> Known:
        version, day = self._gallery.version(), datetime.now(UTC).date()
        if self._listed is not None and self._listed[0] != version:
            self._listed = None
        known = self._known
        if known is None or (known.version, known.day) != (version, day):
            self._known = None  # what was erased goes even if the rest cannot be read now
            known = self._known = self._read(day)
        return known

    def _people(self) -> list[Person]:
        version = self._gallery.version()
        if self._listed is None or self._listed[0] != version:
            self._listed = version, self._gallery.persons()
        return self._listed[1]

    def _read(self, day: date) -> Known:
        vectors = self._gallery.vectors()
        record = self._gallery.threshold()  # after these: what changes meanwhile changes the version too
        people, limits, match, why_not = People(vectors), None, None, ""
        try:
            limits = thresholds_for(record, self._sha256, self._own, None)
            match = matcher(self._matcher, people, limits.identify)
        except KenaliError as error:
            why_not = str(error)
        numbers = {name: number for number, name in enumerate(vectors.names)}
        enrolled = len(np.unique(vectors.persons))
        return Known(vectors.version, day, people, numbers, record, limits, match, why_not, enrolled)
