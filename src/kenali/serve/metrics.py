"""What is counted while serving, for Prometheus and the admin page; one sum over all worker processes.

Each process keeps its numbers in files of the run folder (`PROMETHEUS_MULTIPROC_DIR`, set before this module is first
imported), so nothing is lost when a worker is killed, and any worker can answer for all. Without that variable the
numbers are this process's own. Every function takes some microseconds. No label holds anything a client chose: models,
classes, routes and reasons are the server's own names.
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

import kenali

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FRESH_S = 0.5  # how long an exposition is handed out again: however often clients ask, gathering costs little

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_S = (0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_STEP_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)

_OWN = CollectorRegistry()
_REQUESTS = Counter("kenali_requests", "Requests answered.", ("route", "method", "status"), registry=_OWN)
_LATENCY = Histogram(
    "kenali_request_seconds", "From a request's first byte to its answer's last.", ("route",), registry=_OWN, buckets=_REQUEST_S
)
_IN_FLIGHT = Gauge("kenali_requests_in_flight", "Requests being answered.", registry=_OWN, multiprocess_mode="livesum")
_PHOTOS = Counter("kenali_photos", "Photos answered.", ("model", "label", "outcome"), registry=_OWN)
_REJECTED = Counter("kenali_photos_rejected", "Files that could not be used as photos.", ("reason",), registry=_OWN)
_DECODE = Histogram("kenali_decode_seconds", "A photo's wait for a decoder and its decoding.", registry=_OWN, buckets=_STEP_S)
_WAIT = Histogram("kenali_wait_seconds", "A decoded photo's wait for the network.", ("model",), registry=_OWN, buckets=_STEP_S)
_NETWORK = Histogram(
    "kenali_network_seconds", "The batch that a photo was in, in the network.", ("model",), registry=_OWN, buckets=_STEP_S
)
_BATCH = Histogram(
    "kenali_batch_photos",
    "Photos in the batch that a photo was in.",
    ("model",),
    registry=_OWN,
    buckets=(1, 2, 4, 8, 16, 32, 64),
)
_FACES = Counter("kenali_faces", "Faces looked at.", ("outcome",), registry=_OWN)
_FACES_S = Histogram("kenali_faces_seconds", "A photo in the networks for faces.", registry=_OWN, buckets=_STEP_S)
_QUEUE = Gauge("kenali_queue_photos", "Photos on their way through.", registry=_OWN, multiprocess_mode="livesum")
_CAPACITY = Gauge("kenali_queue_capacity", "Photos that may be on their way.", registry=_OWN, multiprocess_mode="livesum")
_MEMORY = Gauge("kenali_memory_bytes", "Memory of each process.", ("kind",), registry=_OWN, multiprocess_mode="liveall")
_DECODERS = Counter("kenali_decoders_replaced", "Decoding processes ended or lost.", ("why",), registry=_OWN)
_MODELS = Gauge(
    "kenali_model_workers",
    "Workers that answer with this bundle.",
    ("model", "bundle"),
    registry=_OWN,
    multiprocess_mode="livesum",
)
_FACES_WORKERS = Gauge(
    "kenali_faces_workers", "Workers that answer for the gallery.", registry=_OWN, multiprocess_mode="livesum"
)
_WORKERS = Gauge("kenali_workers", "Worker processes that serve.", registry=_OWN, multiprocess_mode="livesum")
_STARTED = Gauge(
    "kenali_start_time_seconds", "When serving began (Unix time).", ("version",), registry=_OWN, multiprocess_mode="min"
)
_RESTARTS = Counter("kenali_worker_restarts", "Workers that died and were replaced.", registry=_OWN)
_LIMITED = Counter("kenali_requests_limited", "Requests refused for their rate.", ("key",), registry=_OWN)


def request_began() -> None:
    _IN_FLIGHT.inc()


def observe_request(route: str, method: str, status: int, seconds: float) -> None:
    """A request is answered. `route` is a template such as `/v1/models/{name}`, never the path a client sent."""
    _IN_FLIGHT.dec()
    _REQUESTS.labels(route, method if method in _METHODS else "other", str(status)).inc()
    _LATENCY.labels(route).observe(seconds)


def observe_photo(model: str, label: str, outcome: str) -> None:
    """A photo got `label`; `outcome` is `known`, `novel` or `ambiguous`."""
    _PHOTOS.labels(model, label, outcome).inc()


def observe_rejected(reason: str) -> None:
    """A file was no photo; `reason` is a code of the ledger."""
    _REJECTED.labels(reason).inc()


def observe_faces(outcome: str, number: int) -> None:
    """Faces were `found`, `known` or `unknown`, `enrolled` or `refused`; never whose they are."""
    _FACES.labels(outcome).inc(number)


def observe_face_networks(seconds: float) -> None:
    """A photo was in the networks for faces."""
    _FACES_S.observe(seconds)


def observe_steps(model: str, decode_s: float, wait_s: float, network_s: float, batch: int) -> None:
    """Where a photo's time went: decoding, waiting for the network, in it, and the photos in its batch."""
    _DECODE.observe(decode_s)
    _WAIT.labels(model).observe(wait_s)
    _NETWORK.labels(model).observe(network_s)
    _BATCH.labels(model).observe(batch)


def queue(length: int, capacity: int) -> None:
    """Photos in this worker, and how many there may be."""
    _QUEUE.set(length)
    _CAPACITY.set(capacity)


def memory(held_bytes: int) -> None:
    """What this worker's process holds; its decoders, processes of their own, are not in it."""
    _MEMORY.labels("worker").set(held_bytes)


def decoders_replaced(why: str, times: int) -> None:
    """Decoding processes were ended (`timeout`) or died (`died`)."""
    _DECODERS.labels(why).inc(times)


def limited(key_id: str) -> None:
    """A request was refused because its key, or its address (`-`), asked too often."""
    _LIMITED.labels(key_id).inc()


def loaded(model: str, bundle: str) -> None:
    """This worker answers for `model` with `bundle` now."""
    _MODELS.labels(model, bundle).set(1)


def unloaded(model: str, bundle: str) -> None:
    _MODELS.labels(model, bundle).set(0)


def faces_loaded() -> None:
    """This worker knows the people of a gallery."""
    _FACES_WORKERS.set(1)


def worker_started() -> None:
    """This process serves; to be called once it is ready."""
    _WORKERS.set(1)
    _STARTED.labels(kenali.__version__).set(time.time())


def worker_died(pid: int | str) -> None:
    """The supervisor found a worker dead: its gauges no longer count, its counters do."""
    forget(pid)
    _RESTARTS.inc()


def forget(pid: int | str) -> None:
    """A worker has ended: its gauges no longer count."""
    if folder := _folder():
        with contextlib.suppress(PermissionError):  # Windows, while another worker is reading it
            mark_process_dead(str(pid), str(folder))  # type: ignore[no-untyped-call]


class _Exposition:
    """The last exposition; one thread gathers, the others wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._text = b""
        self._until = 0.0

    def text(self) -> bytes:
        with self._lock:
            if time.monotonic() >= self._until:
                self._text = _gathered()
                self._until = time.monotonic() + FRESH_S
            return self._text


_exposition = _Exposition()


def exposition() -> bytes:
    """All numbers of all workers in Prometheus's text format. Reads files for some milliseconds: call it in a thread."""
    return _exposition.text()


def _folder() -> Path | None:
    name = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(name) if name else None


def _gathered() -> bytes:
    folder = _folder()
    if folder is None:
        return generate_latest(_OWN)
    together = CollectorRegistry()
    MultiProcessCollector(together, str(folder))  # type: ignore[no-untyped-call]
    try:
        return generate_latest(together)
    except (struct.error, FileNotFoundError):  # a worker began, or was forgotten, at this very moment
        return generate_latest(together)
