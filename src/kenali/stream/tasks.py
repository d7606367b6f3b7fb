"""What a hub and its workers say to each other: a verb, then what belongs to it. Workers speak first.

A worker says `hello`, `want` for each frame that it is ready for, `answer`, `broken` (the picture cannot be read) or
`failed` (the model cannot) for each that it had, `beat` every second and `bye` when it ends. The hub says `frame`, `beat`,
and `who` to one that it does not know, because either was gone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from kenali.stream.published import pack_answer, parse_answer
from kenali.stream.values import Answer, Fate, Frame, Quarantined
from kenali.stream.wire import pack

WANT, BEAT, BYE, WHO = b"want", b"beat", b"bye", b"who"
_HELLO, _FRAME = b"hello", b"frame"
_VERBS = {Fate.ANSWERED: b"answer", Fate.QUARANTINED: b"broken", Fate.LOST: b"failed"}
_FATES = {verb: fate for fate, verb in _VERBS.items()}
_LONGEST = 200
_LARGEST = 4096


@dataclass(frozen=True, slots=True)
class Hello:
    """A worker's introduction: `id` is new with each process, `name` and `model` are for people."""

    id: str
    name: str
    model: str


@dataclass(frozen=True, slots=True)
class Done:
    """A frame that a worker had: what it saw, what became of the frame, and the picture as JPEG where the hub wanted one."""

    answer: Answer
    fate: Fate
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A frame for a worker, as the parts of its message.

    `waited_s` is how long the worker's wish had waited, `patient` that the frame does not grow old, `wants_picture` that a
    JPEG is wanted back.
    """

    parts: list[bytes]
    waited_s: float
    patient: bool
    wants_picture: bool


def pack_hello(hello: Hello) -> list[bytes]:
    return [_HELLO, json.dumps(asdict(hello)).encode()]


def pack_done(done: Done) -> list[bytes]:
    return [_VERBS[done.fate], *pack_answer(done.answer, done.picture)]


def pack_task(frame: Frame, waited_s: float, *, patient: bool, wants_picture: bool) -> list[bytes]:
    own = {"waited_s": waited_s, "patient": patient, "picture": wants_picture}
    return [_FRAME, json.dumps(own).encode(), *pack(frame)]


def parse_from_worker(parts: Sequence[bytes]) -> bytes | Hello | Done | None:
    """`WANT`, `BEAT` or `BYE`, an introduction, or an answer; None for anything else."""
    if not parts:
        return None
    verb, rest = parts[0], parts[1:]
    if verb in (WANT, BEAT, BYE):
        return verb
    if verb in _FATES:
        answer = parse_answer(rest)
        return None if isinstance(answer, Quarantined) else Done(answer[0], _FATES[verb], answer[1])
    return _hello(rest[0]) if verb == _HELLO and len(rest) == 1 else None


def parse_from_hub(parts: Sequence[bytes]) -> bytes | Task | None:
    """`BEAT` or `WHO`, or a frame to look at; None for anything else."""
    if len(parts) == 1:
        return parts[0] if parts[0] in (BEAT, WHO) else None
    if len(parts) != 4 or parts[0] != _FRAME or len(parts[1]) > _LARGEST:
        return None
    try:
        own = json.loads(parts[1])
        return Task(list(parts[2:]), float(own["waited_s"]), bool(own["patient"]), bool(own["picture"]))
    except (ValueError, OverflowError, RecursionError, KeyError, TypeError):
        return None


def _hello(part: bytes) -> Hello | None:
    try:
        own = json.loads(part) if len(part) <= _LARGEST else {}
        hello = Hello(own["id"], own["name"], own["model"])
    except (ValueError, OverflowError, RecursionError, KeyError, TypeError):
        return None
    texts = (hello.id, hello.name, hello.model)
    return hello if all(isinstance(text, str) and len(text) <= _LONGEST for text in texts) else None
