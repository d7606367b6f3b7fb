"""A hub's counts for Prometheus, made from its status document when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from kenali.stream.cameras import BUCKETS_S
from kenali.stream.status import Document
from kenali.stream.values import Fate

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class HubCollector(Collector):
    """Labels are cleaned names of sources, fates, and what workers call themselves."""

    def __init__(self, status: Callable[[], Document]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        status = self._status()
        yield from _of_sources(status["sources"])
        yield from _of_workers(status["workers"])
        reasons = CounterMetricFamily("kenali_stream_quarantined", "Messages that are no frames, by reason.", labels=["reason"])
        for reason, count in status["quarantined"].items():
            reasons.add_metric([reason], count)
        yield reasons
        hub = status["hub"]
        yield GaugeMetricFamily("kenali_stream_held_bytes", "Bytes of frames in flight.", hub["held_bytes"])
        yield GaugeMetricFamily("kenali_stream_start_time_seconds", "When the hub began (Unix time).", hub["started_ns"] / 1e9)


def exposition(status: Callable[[], Document]) -> bytes:
    """The counts in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(HubCollector(status))
    return generate_latest(registry)


def _of_sources(sources: dict[str, Document]) -> Iterator[Metric]:
    received = CounterMetricFamily("kenali_stream_received", "Frames received.", labels=["source"])
    fates = CounterMetricFamily("kenali_stream_frames", "Frames by what became of them.", labels=["source", "fate"])
    others = CounterMetricFamily(
        "kenali_stream_others", "Frames sent again, refused for lack of room, or answered late.", labels=["source", "what"]
    )
    in_flight = GaugeMetricFamily("kenali_stream_in_flight", "Frames that have no fate yet.", labels=["source"])
    alive = GaugeMetricFamily("kenali_stream_camera_up", "Whether a camera was heard in the last seconds.", labels=["source"])
    twins = GaugeMetricFamily("kenali_stream_twins", "Whether two cameras have one name.", labels=["source"])
    skew = GaugeMetricFamily("kenali_stream_clock_offset_seconds", "Hub's clock less camera's.", labels=["source"])
    seconds = HistogramMetricFamily("kenali_stream_answer_seconds", "From a frame's arrival to its answer.", labels=["source"])
    for name, source in sources.items():
        received.add_metric([name], source["received"])
        in_flight.add_metric([name], source["in_flight"])
        alive.add_metric([name], source["alive"])
        twins.add_metric([name], source["twins"])
        for fate in Fate:
            fates.add_metric([name, fate.value], source[fate.value])
        for what in ("duplicates", "refused", "late"):
            others.add_metric([name, what], source[what])
        if source["skew_ns"] is not None:
            skew.add_metric([name], source["skew_ns"] / 1e9)
        seconds.add_metric([name], _cumulative(source["seconds"]["buckets"]), source["seconds"]["total"])
    yield from (received, fates, others, in_flight, alive, twins, skew, seconds)


def _of_workers(workers: list[Document]) -> Iterator[Metric]:
    answered = CounterMetricFamily("kenali_stream_worker_frames", "Frames that this worker had.", labels=["worker", "model"])
    busy = CounterMetricFamily("kenali_stream_worker_busy_seconds", "How long it had them.", labels=["worker", "model"])
    for worker in workers:
        label = [f"{worker['name']}-{worker['id']}", worker["model"]]
        answered.add_metric(label, worker["answered"])
        busy.add_metric(label, worker["busy_s"])
    yield GaugeMetricFamily("kenali_stream_workers", "Workers that are alive.", len(workers))
    yield from (answered, busy)


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    bounds, sums, total = [*map(str, BUCKETS_S), "+Inf"], [], 0
    for bound, count in zip(bounds, buckets, strict=True):
        total += count
        sums.append((bound, float(total)))
    return sums
