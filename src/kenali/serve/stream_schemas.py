"""Streams as they go over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from kenali.serve.schemas import Share, Wire

SourceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class Appearance(Wire):
    """Something that a camera saw, from its first frame to its last; it is `present` while it has not been away for long.

    `label` is a class, a person's name or `unknown`; `person` the id of an enrolled one. `confidence` is the best and
    `distance` the least of its frames, where the model has them.
    """

    id: str
    source: str
    session: str
    track: int = Field(ge=0, description="0 for what has no box: the whole picture.")
    label: str
    person: str | None = None
    model: str
    first_seen: datetime
    last_seen: datetime
    seconds: float = Field(ge=0)
    frames: int = Field(ge=1)
    confidence: Share | None = None
    distance: float | None = Field(default=None, ge=0)
    present: bool


class FrameCounts(Wire):
    """What became of a camera's frames: `received` is the sum of the others."""

    received: int = Field(ge=0)
    answered: int = Field(ge=0)
    dropped: int = Field(ge=0, description="A newer frame won.")
    skipped: int = Field(ge=0, description="Not one of those to look at, where one in N is.")
    quarantined: int = Field(ge=0, description="Broken or hostile.")
    lost: int = Field(ge=0, description="Its worker ended.")
    in_flight: int = Field(ge=0)


class Latency(Wire):
    """From capture to answer, in the last ten seconds; None where nothing was answered."""

    median: float | None = None
    p99: float | None = None


class Source(Wire):
    """A camera. `skew_ms` is how far its clock is behind the hub's, `twins` that two cameras send under this name."""

    name: SourceName
    alive: bool
    policy: str | None = None
    twins: bool = False
    frames_per_second: float = Field(ge=0, description="Answered, lately.")
    latency_ms: Latency
    counts: FrameCounts
    skew_ms: float | None = None
    model: str | None = None
    width: int | None = None
    height: int | None = None
    picture: bool = Field(description="Whether there is a picture of it.")
    present: tuple[Appearance, ...] = ()


class StreamWorker(Wire):
    """A process that looks at frames."""

    name: str | None = None
    model: str | None = None
    answered: int | None = None


class StreamList(Wire):
    """The hub's cameras and workers; `connected` says whether the hub is heard."""

    connected: bool
    sources: tuple[Source, ...]
    workers: tuple[StreamWorker, ...]


class AppearanceList(Wire):
    """A camera's latest appearances, the last to begin first."""

    source: SourceName
    events: tuple[Appearance, ...]
