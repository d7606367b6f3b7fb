"""`/live`: the page that shows what cameras see."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from kenali.serve.routes.admin import built_page
from kenali.serve.security.guard import needs

router = APIRouter(include_in_schema=False)


@router.get("/live", dependencies=[needs("read")])
async def live() -> Response:
    """The page; who has not logged in, where that is needed, is sent to do so."""
    return built_page("live.html")
