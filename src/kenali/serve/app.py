"""The application of one worker process: models behind routes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

import kenali
from kenali.serve import openapi
from kenali.serve.bodies import BodyLimits
from kenali.serve.drifting import Drifting
from kenali.serve.pages import Pages
from kenali.serve.problems import ProblemError, as_problem
from kenali.serve.records import Records
from kenali.serve.registry import Registry
from kenali.serve.routes import feedback, health, models, pages, predict
from kenali.serve.security.install import secure
from kenali.serve.settings import Settings
from kenali.serve.shared import Shared

if TYPE_CHECKING:
    from kenali.serve.live.view import LiveView


def create_app(settings: Settings, draining: Callable[[], bool] = lambda: False, shared: Shared | None = None) -> FastAPI:
    """An ASGI application that loads the bundles of `settings` when it starts.

    `draining` says whether it is to end soon; `shared` is what it has in common with others, its run folder without.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if not registry.ready:
            await registry.start()
        if live:
            live.start()
        try:
            yield
        finally:
            if live:
                await asyncio.to_thread(live.close)
            await registry.close()
            await pages_made.close()
            await asyncio.to_thread(records.close)

    registry, records, pages_made = (
        Registry(settings, roster=shared.roster if shared else None),
        Records(settings),
        Pages(settings),
    )
    live = _live(settings)
    app = FastAPI(
        title="Kenali",
        version=kenali.__version__,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,  # these two would load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        separate_input_output_schemas=False,
        redirect_slashes=False,
    )
    app.state.registry, app.state.settings, app.state.draining = registry, settings, draining
    app.state.records, app.state.drifting, app.state.pages = records, Drifting(settings.state), pages_made
    app.state.live = live
    for module in (predict, models, feedback, health, *([pages] if settings.pages else [])):
        app.include_router(module.router)
    if live:
        from kenali.serve.routes import live_page, streams

        for router in (streams.router, *([live_page.router] if settings.pages else [])):
            app.include_router(router)
    if settings.faces:
        from kenali.serve.routes import faces, people  # they need an extra

        app.include_router(faces.router)
        app.include_router(people.router)
    app.add_middleware(BodyLimits, settings=settings)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _failed)
    secure(app, settings, registry.run, shared)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    return app


def _live(settings: Settings) -> LiveView | None:
    """What watches the hub, where one is to be watched: only then are the packages for streams needed."""
    if settings.stream is None:
        return None
    from kenali.serve.live.view import LiveView

    return LiveView(settings.stream)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405 and error.headers:
        error.headers = {**error.headers, "Allow": _allowed(request) or error.headers.get("Allow", "")}
    return as_problem(error).response(request.url.path)


def _allowed(request: Request) -> str:
    """Every documented method of the path that is asked for; Starlette tells those of the first route alone."""
    paths = request.app.openapi()["paths"].items()
    fitting = [operations for template, operations in paths if compile_path(template)[0].match(request.url.path)]
    return ", ".join(sorted(method.upper() for operations in fitting for method in operations))


async def _invalid(request: Request, error: Exception) -> Response:
    """Options or JSON that are not what the schema says: the first of them, in a sentence."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or first["loc"][0]
    reason = "malformed" if first["type"] == "json_invalid" else "invalid"
    return ProblemError(reason, f"{where}: {first['msg']}").response(request.url.path)


async def _gone(request: Request, error: Exception) -> Response:
    """The client left, so nobody reads this; 499 is what other servers note then."""
    return Response(status_code=499)


async def _failed(request: Request, error: Exception) -> Response:
    """A mistake of ours: the server's log has it, the client only learns that it was not theirs."""
    return ProblemError("internal", "the server made a mistake; its log says more").response(request.url.path)
