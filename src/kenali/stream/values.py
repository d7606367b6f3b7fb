"""What travels: frames with their stamps, and the answers to them. Frozen, validated, and light to import."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kenali.errors import KenaliError

Colour = Literal["bgr", "rgb"]
_LONGEST_NAME = 64
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SESSION = re.compile(r"[0-9a-f]{8}")
_POLICY = re.compile(r"latest|all|every:([1-9][0-9]{0,5})")


class Fate(StrEnum):
    """What becomes of a frame that a hub received, once it is no longer in flight."""

    ANSWERED = "answered"
    DROPPED = "dropped"  # a newer frame won
    SKIPPED = "skipped"  # not the one in `every`
    QUARANTINED = "quarantined"  # hostile or broken
    LOST = "lost"  # its worker or hub died


@dataclass(frozen=True, slots=True)
class Policy:
    """What gives where frames come faster than answers.

    `latest`: the newest frame of each camera wins. `all`: nothing is lost, the camera waits until a frame is answered.
    `every`: one frame of `step` is looked at; those wait for each other as in `latest`.
    """

    kind: Literal["latest", "all", "every"] = "latest"
    step: int = 1

    def __post_init__(self) -> None:
        if _POLICY.fullmatch(self.text) is None or (self.kind != "every" and self.step != 1):
            raise KenaliError(f"a policy is latest, all or every:N with N from 1 to 999999, got {self.kind} with {self.step}")

    @classmethod
    def parse(cls, text: str) -> Policy:
        """The policy that `latest`, `all` or `every:N` names; KenaliError for anything else."""
        found = _POLICY.fullmatch(text)
        if found is None:
            raise KenaliError(f"a policy is latest, all or every:N with N from 1 to 999999, got {text!r}")
        if text == "latest":
            return LATEST
        return ALL if text == "all" else cls("every", int(found[1]))

    @property
    def text(self) -> str:
        """`latest`, `all` or `every:N`."""
        return f"every:{self.step}" if self.kind == "every" else self.kind

    def takes(self, sequence: int) -> bool:
        """Whether the frame of this number is one to look at."""
        return sequence % self.step == 0


LATEST = Policy("latest")
ALL = Policy("all")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which frame: of which camera, of which run of it, and which one.

    `source` is the camera's name as `clean_source` writes it. `session` is eight hex digits, new at each start of a camera,
    so that restarts, and two cameras of one name, are told apart. `sequence` counts the session's frames from 0.
    `captured_ns` is the camera's own clock, in nanoseconds since 1970.
    """

    source: str
    session: str
    sequence: int
    captured_ns: int

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.source) is None:
            raise KenaliError(f"a source is 1 to 64 letters, digits, dots, dashes and underscores, got {self.source!r}")
        if _SESSION.fullmatch(self.session) is None:
            raise KenaliError(f"a session is eight hex digits, got {self.session!r}")
        if not (0 <= self.sequence < 2**63 and 0 <= self.captured_ns < 2**63):
            raise KenaliError(
                f"a frame's number and time are whole and not negative, got {self.sequence} and {self.captured_ns}"
            )


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera.

    With a `shape`, (height, width) or (height, width, channels), `data` is a raw uint8 array in C order, its channels in
    the order of `colour`; without, the bytes of a JPEG file. `size` is (height, width). `policy` is what the camera asks
    for; None from a plain ImageZMQ sender, which says nothing, and whose stamp is the receiver's own.
    """

    stamp: Stamp
    data: bytes
    size: tuple[int, int]
    shape: tuple[int, ...] | None = None
    colour: Colour = "bgr"
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing in a frame, or what the whole frame shows.

    `label` is `unknown` where it is not told, and `reason` then says why. `confidence` lies in 0..1, `distance` is that of
    a face from the person named. `box` is (x, y, width, height) as shares of the picture, None for the whole. `person` is
    the id of an enrolled one.
    """

    label: str
    reason: str | None = None
    confidence: float | None = None
    distance: float | None = None
    box: tuple[float, float, float, float] | None = None
    track: int | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker saw in a frame, or the sentence of why it could not look (`error`).

    `taken_ns` is when the hub had the frame and `answered_ns` when it had the answer, both by the hub's clock. `width` and
    `height` are the frame's, in pixels.
    """

    stamp: Stamp
    worker: str
    model: str
    sightings: tuple[Sighting, ...]
    taken_ns: int
    answered_ns: int
    width: int
    height: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that is no frame or answer: a stable `reason`, a sentence, and whose it was as far as it said."""

    reason: str
    detail: str
    source: str | None = None
    stamp: Stamp | None = None


def new_session() -> str:
    """Eight random hex digits."""
    return secrets.token_hex(4)


def clean_source(name: str) -> str:
    """`name` as a source's name: what stands for other characters is a dash, and names that lose letters so stay different.

    A name that would lose letters or digits, or is too long, ends in eight hex digits of its checksum.
    """
    plain = unicodedata.normalize("NFKD", name)
    kept = "".join(one for one in plain if not unicodedata.combining(one))
    clean = re.sub(r"[^A-Za-z0-9._-]+", "-", kept).strip("-")
    if len(clean) <= _LONGEST_NAME and clean and not any(one.isalnum() and not one.isascii() for one in kept):
        return clean
    checksum = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:8]
    return f"{clean[: _LONGEST_NAME - 9]}-{checksum}".lstrip("-")
