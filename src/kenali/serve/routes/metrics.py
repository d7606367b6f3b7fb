"""`/metrics`: what Prometheus and the admin page read."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from kenali.serve import metrics, openapi
from kenali.serve.security.guard import needs
from kenali.serve.shared import Shared

router = APIRouter(tags=["operation"])


@router.get(
    "/metrics",
    dependencies=[needs("read")],
    response_class=Response,
    responses=openapi.METRICS_RESPONSES,
)
def read_metrics(request: Request) -> Response:
    """Counts and latencies of all workers together."""
    shared: Shared = request.app.state.shared
    return Response(shared.exposition(), media_type=metrics.CONTENT_TYPE)
