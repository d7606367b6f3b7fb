"""What both clients share, as plain functions: requests as values, answers read, pauses between attempts."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote

from pydantic import ValidationError

from kenali.errors import KenaliError, MissingExtra
from kenali.serve.schemas import Prediction, PredictionList, Problem, Refusal

try:
    import httpx
except ImportError as error:
    raise MissingExtra("the client", "client", error) from None

PhotoToSend = str | Path | bytes | tuple[str, bytes]
"""The path of a photo, its file's bytes, or (name, bytes)."""

_TOGETHER = 16  # photos in one request, unless they are large
_TOGETHER_BYTES = 32 * 1024 * 1024
_RETRIED = frozenset({429, 502, 503, 504})
_UNSURE = frozenset({502, 504})
_LONGEST_PAUSE_S = 30.0
_FIRST_PAUSE_S = 0.25
_PROBLEM = "application/problem+json"


class ServerProblem(KenaliError):
    """The server refused. `problem` is its document: `status`, a stable `reason`, `detail`, and `errors` by photo."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Options(TypedDict, total=False):
    """What may be asked of a prediction.

    `top_k` classes come with their probabilities (5). `explain` adds a heat map. `reject` calls another share of the
    model's own kind of photos unknown, 0 none. `keep` consents to the photo being stored. `unit` names whom or what the photos
    are about, so that an A/B split answers it with the same model every time.
    """

    top_k: int
    explain: bool
    reject: float
    keep: bool
    unit: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as a value. With `repeatable`, a connection that breaks after sending is tried again too."""

    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    repeatable: bool = True


def authorization(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def model_path(name: str) -> str:
    return f"/v1/models/{quote(name, safe='')}"


def named_photo(photo: PhotoToSend) -> tuple[str, bytes]:
    """A photo's name, empty where it has none, and the bytes of its file."""
    if isinstance(photo, tuple):
        return photo
    if isinstance(photo, bytes):
        return "", photo
    path = Path(photo)
    return path.name, path.read_bytes()


def predict_ask(name: str, photos: Sequence[tuple[str, bytes]], options: Options) -> Ask:
    """One photo goes as it is, several as the files of a form."""
    params = {key: str(value).lower() for key, value in options.items() if key != "unit"}
    headers = {"Kenali-Unit": options["unit"]} if "unit" in options else {}
    body: dict[str, Any]
    if len(photos) == 1:
        headers["Content-Type"] = "application/octet-stream"
        body = {"content": photos[0][1]}
    else:
        files = [("photo", (title or str(n), data, "application/octet-stream")) for n, (title, data) in enumerate(photos, 1)]
        body = {"files": files}
    return Ask("POST", f"{model_path(name)}/predict", params, headers, body)


def only_prediction(photo: tuple[str, bytes], body: bytes) -> Prediction:
    """The one prediction of an answer, under the photo's name, which its bytes alone did not tell the server."""
    (entry,) = PredictionList.model_validate_json(body).predictions
    assert isinstance(entry, Prediction)  # a photo alone that cannot be used is a problem
    return entry.model_copy(update={"photo": photo[0]}) if photo[0] else entry


def read_entries(photos: Sequence[tuple[str, bytes]], body: bytes) -> Sequence[Prediction | Refusal]:
    return [only_prediction(photos[0], body)] if len(photos) == 1 else PredictionList.model_validate_json(body).predictions


def refusals(photos: Sequence[tuple[str, bytes]], error: ServerProblem) -> list[Refusal]:
    """The entries of a request of which no photo could be used; raises `error` again where it is about something else."""
    each = error.problem.errors or ()
    if len(each) != len(photos):
        raise error
    named = [(photo[0] or problem.photo, problem) for photo, problem in zip(photos, each, strict=True)]
    return [Refusal(photo=name, error=problem.model_copy(update={"photo": name})) for name, problem in named]


def together(photos: Iterable[PhotoToSend]) -> Iterator[list[tuple[str, bytes]]]:
    """Photos read one by one, in the groups that make a request: few enough, and small enough together."""
    group: list[tuple[str, bytes]] = []
    size = 0
    for photo in photos:
        named = named_photo(photo)
        if group and (len(group) == _TOGETHER or size + len(named[1]) > _TOGETHER_BYTES):
            yield group
            group, size = [], 0
        group.append(named)
        size += len(named[1])
    if group:
        yield group


def feedback_ask(name: str, prediction: str, label: str) -> Ask:
    """Telling the same again changes nothing, so it may be repeated."""
    return Ask("POST", f"{model_path(name)}/feedback", body={"json": {"id": prediction, "label": label}})


def install_ask(name: str, bundle: Path) -> Ask:
    """The request that sends a bundle; a folder is packed first."""
    data = bundle.read_bytes() if bundle.is_file() else packed(bundle)
    headers = {"Content-Type": "application/zip"}
    return Ask("PUT", model_path(name), headers=headers, body={"content": data}, repeatable=False)


def packed(folder: Path) -> bytes:
    """A ZIP of the files in a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()


def pause_after_break(ask: Ask, error: httpx.TransportError, tried: int, attempts: int) -> float:
    """Seconds to wait after a connection broke; raises KenaliError where trying again is of no use, or might act twice."""
    sent = not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
    slow = isinstance(error, httpx.ReadTimeout)
    if tried >= attempts or slow or (sent and not ask.repeatable):
        raise KenaliError(f"no answer from {error.request.url}: {error or type(error).__name__}") from error
    return _backoff_s(tried)


def pause_asked(ask: Ask, response: httpx.Response, tried: int, attempts: int) -> float:
    """Seconds to wait after a refusal that may be temporary; raises ServerProblem for any other, and for the last.

    What a proxy gave up on may have been done, so it is asked for again only where that does no harm.
    """
    problem = _problem(response)
    unsure = response.status_code in _UNSURE and not ask.repeatable
    if response.status_code not in _RETRIED or unsure or tried >= attempts:
        raise ServerProblem(problem)
    return min(_LONGEST_PAUSE_S, max(problem.retry_after or 0.0, _backoff_s(tried)))


def _backoff_s(tried: int) -> float:
    """Doubles with every attempt; drawn from a range, so that clients refused together do not come back together."""
    return random.uniform(0.5, 1.5) * _FIRST_PAUSE_S * 2.0 ** (tried - 1)


def _problem(response: httpx.Response) -> Problem:
    """The server's problem document, or one made of what a proxy between says; KenaliError where it leads elsewhere."""
    if response.status_code < 400:
        elsewhere = response.headers.get("location")
        leads = f"and leads to {elsewhere}: give the client that address" if elsewhere else "and says nothing more"
        raise KenaliError(f"the server answered {response.status_code} {leads}")
    if response.headers.get("content-type", "").startswith(_PROBLEM):
        with contextlib.suppress(ValidationError):
            return Problem.model_validate_json(response.content)
    waiting = response.headers.get("retry-after", "")
    return Problem(
        title=response.reason_phrase,
        status=response.status_code,
        detail=f"the server answered {response.status_code} {response.reason_phrase}".rstrip(),
        reason="unknown",
        retry_after=float(waiting) if waiting.isdigit() else None,
    )
