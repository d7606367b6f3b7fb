"""Puts safety and bookkeeping around an app, in one place and one order."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from kenali.serve.problems import ProblemError
from kenali.serve.record import Recording
from kenali.serve.routes import admin, keys, metrics
from kenali.serve.security.audit import AuditLog
from kenali.serve.security.guard import LoginNeeded, Security
from kenali.serve.security.headers import SecurityHeaders
from kenali.serve.security.hosts import Hosts, header
from kenali.serve.settings import Settings
from kenali.serve.shared import Shared, in_folder


def secure(app: FastAPI, settings: Settings, run: Path, shared: Shared | None = None) -> Security:
    """Give `app` its guard (`app.state.security`), the routes of operation, and, outermost first:

    the record, security headers, foreign origins that are allowed, and the check of names and origins. What workers share
    lies in the folder `run` where nothing else is `shared`.
    """
    app.state.shared = shared or in_folder(run)
    app.state.security = security = Security(settings, run, app.state.shared.rates)
    app.add_exception_handler(LoginNeeded, admin.to_login)
    app.include_router(metrics.router)
    app.include_router(keys.router)
    if settings.pages:
        app.include_router(admin.router)
    app.add_middleware(HostCheck, hosts=security.hosts)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "X-Api-Key", "Kenali-Unit"],
            expose_headers=["Retry-After", "RateLimit", "RateLimit-Policy"],
        )
    app.add_middleware(SecurityHeaders, tls=settings.tls is not None, shared=bool(settings.origins))
    app.add_middleware(Recording, log=AuditLog(settings.state / "audit") if settings.audit else None)
    return security


class HostCheck:
    """Refuses requests for other names than the server's, and changes asked for by other sites' pages."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            await refusal.response(scope["path"])(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> ProblemError | None:
        headers = scope["headers"]
        if not self._hosts.answers_to(header(headers, b"host")):
            return ProblemError(
                "wrong-host", "this server answers to other names: add yours with  kenali serve --host-name NAME"
            )
        if self._hosts.foreign(scope["method"], headers):
            return ProblemError(
                "forbidden", "another site's page may change nothing here: allow it with  kenali serve --origin"
            )
        return None
