"""`/metrics`: what Prometheus and the admin page read."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from kenali.serve import metrics
from kenali.serve.security.guard import guard

router = APIRouter(tags=["operation"])


@router.get(
    "/metrics",
    dependencies=[Depends(guard("read"))],
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus's text format, version 0.0.4."}},
)
def read_metrics() -> Response:
    """Counts and latencies of all workers together."""
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
