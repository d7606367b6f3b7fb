"""`/v1/streams`: what cameras see, now and lately, and as it happens.

Scope `read` sees all but the names of enrolled people, who are `somebody` then; these take `identify`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from kenali.serve import openapi_streams as openapi
from kenali.serve.live.told import nameless
from kenali.serve.live.view import LiveView
from kenali.serve.problems import ProblemError
from kenali.serve.room import Busy
from kenali.serve.security.guard import Caller, needs
from kenali.serve.stream_schemas import AppearanceList, StreamList

router = APIRouter(prefix="/v1/streams", tags=["streams"])

_BREATH_S = 0.5  # how soon a viewer's connection ends when the server does
_SIGN_S = 15.0  # a comment now and then, so that proxies keep the connection
_LONGEST_S = 86_400.0

_LOOK_S = 2.0  # how soon a viewer whose key was revoked sees no more

Reader = Annotated[Caller, needs("read")]
SourceName = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="A camera.")]


@router.get("", responses=openapi.STREAMS_RESPONSES)
async def streams(request: Request, caller: Reader) -> StreamList:
    """The cameras, what each sees now, its pace and what became of its frames."""
    view = _view(request)
    document = view.board.document()
    return StreamList.model_validate(document if _names(view, caller) else nameless(document))


@router.get("/live", response_class=Response, responses=openapi.LIVE_RESPONSES)
async def live(
    request: Request,
    caller: Reader,
    source: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="This camera alone.")] = None,
    seconds: Annotated[float, Query(gt=0, le=_LONGEST_S, description="Ends after this time.")] = _LONGEST_S,
) -> Response:
    """Server-sent events: `frame` (what was seen in it), `appearance` (one that began or ended), `streams` (each second).

    Whoever reads too slowly skips frames; counts and appearances are always the newest.
    """
    view = _view(request)
    try:
        view.check()
    except Busy as error:
        raise ProblemError("busy", "too many watch already", retry_after_s=error.retry_after_s) from None
    return StreamingResponse(_messages(request, caller, source, seconds), media_type="text/event-stream", headers=_UNBUFFERED)


@router.get("/{source}/events", responses=openapi.EVENTS_RESPONSES)
async def events(
    request: Request, caller: Reader, source: SourceName, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> AppearanceList:
    """A camera's appearances since this server began to watch, the last to begin first."""
    view = _view(request)
    found = view.board.events(source, limit)
    if found is None:
        raise _no_such(source)
    return AppearanceList.model_validate({"source": source, "events": found if _names(view, caller) else nameless(found)})


@router.get("/{source}/picture.jpg", response_class=Response, responses=openapi.PICTURE_RESPONSES)
async def picture(request: Request, caller: Reader, source: SourceName) -> Response:
    """The newest picture of a camera; the header `Kenali-Frame` says which frame it is, as SESSION/SEQUENCE."""
    board = _view(request).board
    found = board.newest(source)
    if found is None:
        raise ProblemError("not-found", "there is no picture yet") if source in board.sources() else _no_such(source)
    stamp = found.stamp
    return Response(found.jpeg, media_type="image/jpeg", headers={"Kenali-Frame": f"{stamp.session}/{stamp.sequence}"})


_UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def _messages(request: Request, caller: Caller, source: str | None, seconds: float) -> AsyncIterator[bytes]:
    view, security = _view(request), request.app.state.security
    until = time.monotonic() + seconds
    signed = looked = time.monotonic()
    with contextlib.suppress(Busy), view.feed(source, names=_names(view, caller)) as feed:  # others may have come meanwhile
        yield b"retry: 2000\n\n"
        while (now := time.monotonic()) < until and not request.app.state.draining():
            found = await feed.fetch(min(_BREATH_S, until - now))
            if now - looked > _LOOK_S:
                looked = now
                if not security.still(caller):
                    return
            if not found and now - signed > _SIGN_S:
                found = b":\n\n"
            if found:
                signed = now
                yield found


def _names(view: LiveView, caller: Caller) -> bool:
    """Whether the caller may learn the names of enrolled people."""
    return view.names or not caller.scopes.isdisjoint({"identify", "admin"})


def _view(request: Request) -> LiveView:
    view: LiveView = request.app.state.live
    return view


def _no_such(source: str) -> ProblemError:
    return ProblemError("not-found", f"no camera called {source!r} has been heard of")
