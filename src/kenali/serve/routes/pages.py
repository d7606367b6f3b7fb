"""Pages for people: what is served, each model's page and report, and whether its photos have changed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response

from kenali.errors import KenaliError
from kenali.evaluation.page import template_environment
from kenali.evaluation.words import LANGUAGES, Words
from kenali.serve.drifting import Drifting
from kenali.serve.pages import Pages
from kenali.serve.problems import ProblemError
from kenali.serve.registry import Registry
from kenali.serve.routes.context import Name, found, registry_of
from kenali.serve.security.guard import needs

router = APIRouter(include_in_schema=False, dependencies=[needs("read")])

_TEMPLATES = Path(__file__).parent.parent / "templates"
_FOR_EVER = "public, max-age=31536000, immutable"  # their names change with their content
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_DOCUMENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Workers take their policy from their own file; TensorFlow.js starts its threads from `blob:` addresses.
_FILE_POLICY = (
    "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self' blob:; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_ASKS_FOR_PAGES = {"Content-Security-Policy": _DOCUMENT_POLICY, "Cache-Control": "no-cache"}

Language = Annotated[str | None, Query(alias="lang", pattern="^(en|id)$")]


@router.get("/")
async def index(request: Request, lang: Language = None) -> Response:
    """What is served, with a way to each page."""
    return _document(_index(registry_of(request), _words(request, lang), streams=request.app.state.live is not None))


@router.get("/models/{name}/report/")
async def report(request: Request, name: Name) -> Response:
    """The report that the bundle brought along."""
    model = found(registry_of(request), name)
    file = model.path / "report" / "index.html"
    if "report/index.html" not in model.manifest.files or not file.is_file():
        raise ProblemError("not-found", f"the bundle of {name!r} holds no report")
    return FileResponse(file, media_type=_TYPES[".html"], headers=_ASKS_FOR_PAGES)


@router.get("/models/{name}/drift/")
async def drift(
    request: Request, name: Name, days: Annotated[float, Query(gt=0, le=3650)] = 30, lang: Language = None
) -> Response:
    """Whether the photos that are being answered have changed."""
    model = found(registry_of(request), name)
    drifting: Drifting = request.app.state.drifting
    words = _words(request, lang)
    try:
        result = await drifting.of(model.path, model.bundle_id, name, days)
        return _document(await asyncio.to_thread(drifting.page, result, words.language))
    except KenaliError as error:
        page = template_environment(words, _TEMPLATES).get_template("not_yet.html.j2")
        return _document(page.render(title=name, why=str(error)), 409)


@router.get("/models/{name}")
async def to_page(name: Name) -> Response:
    """The page's address ends in a slash, so that its files lie below it."""
    return RedirectResponse(f"/models/{name}/", 308)


@router.get("/models/{name}/made.json")
async def made(request: Request, name: Name) -> Response:
    """How far the page of this model is."""
    model = found(registry_of(request), name)
    return JSONResponse({"state": _pages(request).state(model.bundle_id)}, headers={"Cache-Control": "no-store"})


@router.get("/models/{name}/{path:path}")
async def page(request: Request, name: Name, path: str) -> Response:
    """The model's page, and its files: those of a fixed list, whatever the path."""
    model, pages = found(registry_of(request), name), _pages(request)
    state = pages.state(model.bundle_id)
    if path in ("", "index.html") and state != "made":
        pages.begin(model.bundle_id, model.path)
        return HTMLResponse(pages.stand_in(model.bundle_id), headers={"Cache-Control": "no-store"})
    file = await asyncio.to_thread(pages.file, model.bundle_id, path or "index.html")
    if file is None:
        raise ProblemError("not-found", "the page has no such file")
    return _file(request, file, lasting=path.startswith("assets/"))


def _file(request: Request, file: Path, lasting: bool) -> Response:
    kind = _TYPES.get(file.suffix, "application/octet-stream")
    headers = {"Cache-Control": _FOR_EVER if lasting else "no-cache"}
    if not kind.startswith("text/html"):
        headers["Content-Security-Policy"] = _FILE_POLICY
    response = FileResponse(file, media_type=kind, headers=headers, stat_result=file.stat())
    if request.headers.get("if-none-match") == response.headers["etag"]:
        return Response(status_code=304, headers={**headers, "ETag": response.headers["etag"]})
    return response


def _document(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, _ASKS_FOR_PAGES)


def _index(registry: Registry, words: Words, *, streams: bool) -> str:
    models = [registry.get(name) for name in registry.names()]
    rows: list[dict[str, Any]] = [
        {
            "name": model.name,
            "classes": model.manifest.class_names,
            "bundle": model.bundle_id,
            "problem": registry.problems.get(model.name),
            "report": "report/index.html" in model.manifest.files,
        }
        for model in models
    ]
    splits = [(split.name, split.shares) for split in registry.splits.values()]
    template = template_environment(words, _TEMPLATES).get_template("index.html.j2")
    page: str = template.render(models=rows, splits=splits, streams=streams, faces=registry.faces is not None)
    return page


def _words(request: Request, asked: str | None) -> Words:
    """The words of the language that is asked for, or that the browser likes best of those that there are."""
    if asked:
        return Words(asked)
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        code = "id" if code == "in" else code
        if code in LANGUAGES:
            return Words(code)
    return Words("en")


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages
