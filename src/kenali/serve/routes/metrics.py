"""`/metrics`: what Prometheus and the admin page read."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from kenali.serve import metrics, openapi
from kenali.serve.security.guard import needs

router = APIRouter(tags=["operation"])


@router.get(
    "/metrics",
    dependencies=[needs("read")],
    response_class=Response,
    responses=openapi.METRICS_RESPONSES,
)
def read_metrics() -> Response:
    """Counts and latencies of all workers together."""
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
