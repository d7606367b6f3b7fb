"""Errors over HTTP: one table from stable reasons to statuses and titles, one exception, one document (RFC 9457)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.responses import Response

from kenali.errors import PhotoError
from kenali.serve.schemas import PhotoProblem, Problem

MEDIA_TYPE = "application/problem+json"
_PAGE = "https://github.com/kenali/kenali/blob/main/docs/serve.md#"


class Kind(NamedTuple):
    status: int
    title: str


_PHOTOS = {
    "not-an-image": Kind(415, "Not an image"),
    "unsupported-format": Kind(415, "Format not read"),
    "too-many-bytes": Kind(413, "Too many bytes"),
    "too-many-pixels": Kind(413, "Too many pixels"),
    "empty-file": Kind(422, "Empty file"),
    "corrupt": Kind(422, "Damaged image"),
    "truncated": Kind(422, "Incomplete image"),
    "animated": Kind(422, "Several pictures in one file"),
    "decode-timeout": Kind(422, "Decoding took too long"),
    "too-much-memory": Kind(422, "Decoding took too much memory"),
    "decoder-died": Kind(422, "Decoding failed"),
    "unreadable": Kind(422, "Unreadable image"),
}
_FACES = {
    "no-face": Kind(422, "No face"),
    "several-faces": Kind(422, "Several faces"),
    "flawed": Kind(422, "Poor face"),
    "looks-like-another": Kind(422, "Looks like somebody else"),
}
_REQUESTS = {
    "malformed": Kind(400, "Malformed request"),
    "no-photo": Kind(400, "No photo"),
    "unauthorized": Kind(401, "Key required"),
    "forbidden": Kind(403, "Not allowed"),
    "not-found": Kind(404, "Not found"),
    "unknown-model": Kind(404, "Unknown model"),
    "unknown-prediction": Kind(404, "Unknown prediction"),
    "unknown-person": Kind(404, "Unknown person"),
    "not-a-split": Kind(404, "Not a split"),
    "method-not-allowed": Kind(405, "Method not allowed"),
    "slow-body": Kind(408, "Request came too slowly"),
    "conflict": Kind(409, "Conflict"),
    "too-few-photos": Kind(409, "Too few photos to say"),
    "name-taken": Kind(409, "Name taken"),
    "not-comparable": Kind(409, "Faces cannot be told apart yet"),
    "too-many-photos": Kind(413, "Too many photos"),
    "wrong-host": Kind(421, "Not a name of this server"),
    "unsupported-media-type": Kind(415, "Unsupported media type"),
    "invalid": Kind(422, "Invalid value"),
    "no-usable-photo": Kind(422, "No usable photo"),
    "photos-refused": Kind(422, "Photos refused"),
    "bundle-refused": Kind(422, "Bundle refused"),
    "rate": Kind(429, "Too many requests"),
    "internal": Kind(500, "Internal error"),
    "busy": Kind(503, "Busy"),
    "gallery-unavailable": Kind(503, "Gallery unavailable"),
    "draining": Kind(503, "Shutting down"),
    "not-ready": Kind(503, "Not ready"),
    "disk-full": Kind(507, "Disk full"),
}
PHOTO_REASONS = tuple(_PHOTOS)
"""Why one photo cannot be used."""

FACE_REASONS = tuple(_FACES)
"""Why one photo that can be read cannot be enrolled."""

KINDS: Mapping[str, Kind] = {**_PHOTOS, **_FACES, **_REQUESTS}
"""Status and title by reason; docs/serve.md explains each."""

_REASON_OF = {400: "malformed", 401: "unauthorized", 403: "forbidden", 404: "not-found", 405: "method-not-allowed"}


class ProblemError(HTTPException):
    """Ends a request with the problem called `reason`, one of `KINDS`; `detail` is a sentence fit to show.

    `retry_after_s` says when trying again makes sense, and becomes the Retry-After header, in whole seconds.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        retry_after_s: float | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[PhotoProblem] = (),
    ) -> None:
        kind = KINDS[reason]
        waiting = {} if retry_after_s is None else {"Retry-After": str(max(1, math.ceil(retry_after_s)))}
        super().__init__(kind.status, detail, headers={**(headers or {}), **waiting})
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.errors = tuple(errors)

    def problem(self, instance: str | None = None) -> Problem:
        return Problem(
            type=_PAGE + self.reason,
            title=KINDS[self.reason].title,
            status=self.status_code,
            detail=self.detail,
            instance=instance,
            reason=self.reason,
            retry_after=self.retry_after_s,
            errors=self.errors or None,
        )

    def response(self, instance: str | None = None) -> Response:
        body = self.problem(instance).model_dump_json(exclude_none=True)
        return Response(body, self.status_code, self.headers, MEDIA_TYPE)


def photo_problem(photo: str, error: PhotoError) -> PhotoProblem:
    """What is told of one photo that cannot be used."""
    reason = error.reason if error.reason in _PHOTOS or error.reason in _FACES else "unreadable"
    return PhotoProblem(photo=photo, status=KINDS[reason].status, reason=reason, detail=error.detail)


def all_refused(errors: Sequence[PhotoProblem]) -> ProblemError:
    """The problem of a request of which no photo can be used."""
    if len(errors) == 1:
        return ProblemError(errors[0].reason, errors[0].detail, errors=errors)
    reasons = {error.reason for error in errors}
    reason = reasons.pop() if len(reasons) == 1 else "no-usable-photo"
    return ProblemError(reason, f"none of the {len(errors)} photos can be used", errors=errors)


def as_problem(error: HTTPException) -> ProblemError:
    """Starlette's own refusals (no such path, no such method) as problems."""
    if isinstance(error, ProblemError):
        return error
    reason = _REASON_OF.get(error.status_code, "malformed" if error.status_code < 500 else "internal")
    return ProblemError(reason, str(error.detail), headers=error.headers)
