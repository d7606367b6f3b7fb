"""`/healthz` and `/readyz`, for whatever watches over the server or spreads requests over several."""

from __future__ import annotations

from fastapi import APIRouter, Request

from kenali.serve import openapi
from kenali.serve.problems import ProblemError
from kenali.serve.routes.context import registry_of
from kenali.serve.schemas import Health

router = APIRouter(tags=["health"])


@router.get("/healthz", responses=openapi.HEALTH_RESPONSES)
async def healthz() -> Health:
    """This process lives: its event loop turns."""
    return Health(status="ok")


@router.get("/readyz", responses=openapi.READY_RESPONSES)
async def readyz(request: Request) -> Health:
    """It can answer now: every model is loaded, and it has not been told to stop."""
    if request.app.state.draining():
        raise ProblemError("draining", "the server is shutting down", retry_after_s=2)
    if not registry_of(request).ready:
        raise ProblemError("not-ready", "the models are being loaded", retry_after_s=1)
    return Health(status="ok")
