"""The cluster that work runs on: one that is there already, or one of this machine's cores for as long as the work lasts."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import kenali
from kenali.errors import KenaliError, MissingExtra
from kenali.parallel import cores

_HERE = "127.0.0.1"
_REACHED_WITHIN_S = 5.0  # Ray itself goes on trying for a quarter of an hour


_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # else Ray tells its makers about each cluster
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_NUM_REDIS_GET_RETRIES": "1",
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # what else it prints to this process's error output is no news for a user
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster in use: its number of nodes and cores, and whether it was started for this work alone."""

    nodes: int
    cpus: int
    own: bool


def address_of(on: str) -> str | None:
    """The address of a running cluster that `--on` names: `auto`, `HOST:PORT`, or None for `ray`, which leaves the choice.

    Raises KenaliError for anything else.
    """
    engine, sign, address = on.partition("://")
    if engine != "ray" or bool(sign) != bool(address):
        raise KenaliError(f"expected  --on ray  or  --on ray://HOST:PORT,  got {on!r}")
    host, colon, port = address.rpartition(":")
    if sign and address != "auto" and not (colon and host and port.isdigit()):
        raise KenaliError(f"expected  --on ray://HOST:PORT  with the address that  ray start  printed, got {on!r}")
    return address or None


@contextmanager
def cluster(on: str) -> Iterator[Cluster]:
    """Be connected to the cluster that `on` names, and to none afterwards.

    `ray` means the cluster of the environment's `RAY_ADDRESS`, or, without one, a cluster of this machine's own cores, on
    loopback, that ends with the context. A cluster at `ray://HOST:PORT` has this machine as one of its nodes; work from
    elsewhere is handed in by `ray job submit`. Raises KenaliError where none answers, MissingExtra without Ray.
    """
    address = address_of(on) or os.environ.get("RAY_ADDRESS") or None
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise MissingExtra("--on ray", "scale", error) from None
    if address:
        _require_reachable(address)
    own = {"address": "local", "num_cpus": cores(), "include_dashboard": False, "_node_ip_address": _HERE}
    where = {"address": address} if address else own
    try:
        with _hushed():
            ray.init(**where, namespace="kenali", logging_level="ERROR", log_to_driver=False)
    except Exception as error:  # of the plain class too, where a node takes more than half a minute to start
        told = str(error).strip().splitlines() or [type(error).__name__]
        raise KenaliError(f"no Ray cluster answers at {address or 'this machine'} ({told[0]})") from None
    # Whatever `log_to_driver` says, it tells of lost workers on standard output, which belongs to the command.
    printed, ray._private.worker.print_to_stdstream = ray._private.worker.print_to_stdstream, lambda *_, **__: None
    try:
        alive = [node for node in ray.nodes() if node["Alive"]]
        yield Cluster(len(alive), processors()[0], own=address is None)
    finally:
        ray.shutdown()
        ray._private.worker.print_to_stdstream = printed


def processors() -> tuple[int, int]:
    """The cores and the graphics processors that the cluster has now: nodes come and go."""
    import ray

    there = ray.cluster_resources()
    return int(there.get("CPU", 0)), int(there.get("GPU", 0))


@contextmanager
def _hushed() -> Iterator[None]:
    """Nothing comes from this process's error output, whoever writes to it: Ray says what level it says things at."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _require_reachable(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not port.isdigit():  # `auto`, or what else Ray itself knows to find
        return
    try:
        socket.create_connection((host, int(port)), timeout=_REACHED_WITHIN_S).close()
    except OSError as error:
        raise KenaliError(f"no Ray cluster answers at {address} ({error.strerror or error})") from None


def require_same_version(driver: str) -> None:
    """Raise KenaliError on a node whose Kenali is not the `driver`'s: answers of two versions are not mixed."""
    if kenali.__version__ != driver:
        raise KenaliError(
            f"a node of the cluster has Kenali {kenali.__version__}, this machine {driver}: install the same version on all"
        )


def told(error: BaseException) -> KenaliError:
    """What a task or an actor failed of, in one sentence: the KenaliError that it raised there, or the root of Ray's errors."""
    root = _root(error)
    if isinstance(root, KenaliError):
        return root
    sentence = next((line for line in str(root).splitlines() if line.strip()), "").strip()
    return KenaliError(f"a task on the cluster failed: {type(root).__name__}{': ' if sentence else ''}{sentence}")


def _root(error: BaseException) -> BaseException:
    """The error that others follow from. Ray passes a task's own error on as `cause`, in one of the same class."""
    while True:
        inner = getattr(error, "cause", None) or (None if isinstance(error, KenaliError) else error.__cause__)
        if not isinstance(inner, Exception) or type(inner).__name__ == "SystemException":  # Ray Data's mark of its own errors
            return error
        error = inner
