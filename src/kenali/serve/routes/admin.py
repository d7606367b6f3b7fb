"""`/admin`, `/people` and `/login`: pages for people, built from web/ into the package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from kenali.serve.problems import ProblemError
from kenali.serve.security.guard import Caller, LoginNeeded, Security, needs
from kenali.serve.settings import Settings

PAGES = Path(__file__).parent.parent / "admin"
_LONGEST_FORM = 4096
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # their names change with their content

router = APIRouter(include_in_schema=False)


@router.get("/admin")
async def admin(caller: Annotated[Caller, needs("admin")]) -> Response:
    """The admin page; who has not logged in is sent to do so."""
    return built_page("admin.html")


@router.get("/people", dependencies=[needs("identify", "enrol", "erase")])
async def people(request: Request) -> Response:
    """The admin page's people alone, for those who look after no more than them."""
    settings: Settings = request.app.state.settings
    if settings.faces is None:
        raise ProblemError("not-found", "this server was started without --faces")
    return built_page("admin.html")


@router.get("/login")
async def login_page() -> Response:
    return built_page("login.html")


@router.get("/admin/assets/{name}")
async def asset(name: str) -> Response:
    """A style or script of these pages: one of the package's own files, by its name."""
    found = _ASSETS.get(name)
    if found is None:
        raise ProblemError("not-found", "no such file")
    return FileResponse(found, headers=_FOR_EVER)


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Takes a key from the form, and gives a session for it."""
    security: Security = request.app.state.security
    form = parse_qs((await _body(request)).decode("utf-8", "replace"))
    secret, after = form.get("key", [""])[0].strip(), local_path(form.get("next", ["/"])[0])
    try:
        key = await security.log_in(request, secret)
    except ProblemError as error:
        if error.reason != "unauthorized":
            raise
        return RedirectResponse(f"/login?refused=1&next={quote(after)}", 303)
    return RedirectResponse(after, 303, {"Set-Cookie": security.sessions.begin(key.id)})


@router.post("/logout")
async def log_out(request: Request) -> Response:
    security: Security = request.app.state.security
    return RedirectResponse("/login", 303, {"Set-Cookie": security.sessions.end()})


async def to_login(request: Request, error: Exception) -> Response:
    """What a browser gets in place of a page that needs a key."""
    assert isinstance(error, LoginNeeded)
    return RedirectResponse(f"/login?next={quote(local_path(error.path))}", 303)


def local_path(path: str) -> str:
    """`path` if it can only lead to this server, else `/`."""
    leads_away = not path.startswith("/") or path.startswith(("//", "/\\")) or any(ord(sign) < 33 for sign in path)
    return "/" if leads_away else path


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            raise ProblemError("malformed", "a key is shorter")
    return body


def built_page(name: str) -> Response:
    """One of the pages built from web/ into the package."""
    path = PAGES / name
    if not path.is_file():
        raise ProblemError("not-found", "this installation comes without the pages: build them with  make page")
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


def _assets() -> dict[str, Path]:
    folder = PAGES / "assets"
    return {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}


_ASSETS = _assets()
