"""`kenali serve --on ray`: the same application in replicas of Ray Serve, as many as are busy, on any node."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kenali.addresses import is_loopback
from kenali.errors import KenaliError
from kenali.files import write_atomically
from kenali.scale.cluster import Cluster, cluster
from kenali.scale.replica import APPLICATION, Orders, builder
from kenali.serve.settings import Settings
from kenali.serve.supervisor import Serving, listen, run_folder, told_to_stop, url_of

_LOOK_S = 0.2
_START_S = 300.0  # the first replica; what cannot start says so within seconds
_REQUEST_S = 300.0  # a request, its upload included
_KEEP_ALIVE_S = 20
_MOST_REQUESTS = 1000  # in one replica: it says itself when it has too much to do, at once
_HUNG_S = 20.0
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many replicas there are: `least` and, while there is work for them, up to `most` (None: the cluster's cores).

    Another comes when they have had more than `busy` requests each for `up_after_s`, one goes after `down_after_s` with less.
    """

    least: int = 1
    most: int | None = None
    up_after_s: float = 3.0
    down_after_s: float = 60.0

    def __post_init__(self) -> None:
        if self.least < 1 or (self.most is not None and self.most < self.least):
            raise KenaliError(f"expected  --replicas MIN:MAX  with 1 or more and MAX no less, got {self.least}:{self.most}")


def parse_replicas(text: str) -> Replicas:
    """`MIN:MAX`, or one number for both."""
    least, colon, most = text.partition(":")
    if not least.isdigit() or (colon and not most.isdigit()):
        raise KenaliError(f"expected  --replicas MIN:MAX,  got {text!r}")
    return Replicas(int(least), int(most if colon else least))


def run(on: str, settings: Settings, replicas: Replicas, ready: Callable[[Serving], None], warn: Callable[[str], None]) -> None:
    """Serve on a cluster until SIGINT or SIGTERM, then let the requests at hand end; a second signal ends them too.

    `ready` is called once, when a replica answers; `warn` takes a sentence for each that was lost. Raises KenaliError for what
    a cluster cannot do, when the address is taken, or where no replica can load the models.
    """
    require_possible(tls=settings.tls is not None, stream=settings.stream is not None, faces=settings.faces is not None)
    with listen(settings) as listening:  # taken addresses are told of at once, and 0 becomes a port
        settings = replace(settings, port=listening.getsockname()[1])
    with cluster(on) as joined, told_to_stop() as told, run_folder() as folder:
        most = replicas.most or max(replicas.least, joined.cpus)
        with _serving(settings, joined), _deployed(settings, replace(replicas, most=most), folder, joined, told) as commons:
            deadline = time.monotonic() + _START_S
            while not told and not _running(commons, deadline):
                time.sleep(_LOOK_S)
            if not told:
                ready(Serving(url_of(settings), os.getpid(), most))
            while not told:
                _look(commons, warn)
                time.sleep(_LOOK_S)


def require_possible(*, tls: bool, stream: bool, faces: bool) -> None:
    """Raises KenaliError for what only a server on one computer does."""
    if tls:
        raise KenaliError("with --on ray, TLS is a proxy's matter: put one in front, and leave --cert and --key to it")
    if stream:
        raise KenaliError("--stream watches its hub from one computer: leave --on ray away")
    if faces:
        raise KenaliError("--faces answers from one computer's gallery: leave --on ray away")


def _running(commons: Any, deadline: float) -> bool:
    """Whether a replica answers. Raises KenaliError with the reason where none can."""
    import ray
    from ray import serve
    from ray.serve.schema import ApplicationStatus, ProxyStatus

    why_not, _ = ray.get(commons.news.remote())
    if why_not:
        raise KenaliError(why_not)
    status = serve.status()
    application = status.applications[APPLICATION]
    if application.status == ApplicationStatus.DEPLOY_FAILED or time.monotonic() > deadline:
        raise KenaliError(f"no replica could start: {application.message or 'the cluster has no core free'}")
    answering = any(proxy == ProxyStatus.HEALTHY for proxy in status.proxies.values())
    return answering and bool(application.status == ApplicationStatus.RUNNING)


def _look(commons: Any, warn: Callable[[str], None]) -> None:
    import ray
    from ray.exceptions import RayError

    try:
        _, lost = ray.get(commons.news.remote())
    except RayError as error:
        warn(f"the cluster does not answer ({type(error).__name__})")
        time.sleep(1)
        return
    for replica in lost:
        warn(f"the replica {replica} is lost; another takes its place")


@contextlib.contextmanager
def _serving(settings: Settings, joined: Cluster) -> Iterator[None]:
    """Ray Serve on the cluster, at the address of the settings; it ends with the context unless others use it."""
    import ray
    from ray import serve
    from ray.serve.config import ProxyLocation

    from kenali.scale.door import environment

    logging.getLogger("ray.serve").setLevel(logging.ERROR)
    if _there() is not None:
        raise KenaliError(
            "Ray Serve runs on this cluster already, and its proxies lack Kenali's limits: end it first (ray.serve.shutdown())"
        )
    head = next((node for node in ray.nodes() if node["Alive"] and "node:__internal_head__" in node["Resources"]), None)
    local = is_loopback(settings.host)
    if local and head and head["NodeID"] != ray.get_runtime_context().get_node_id():
        raise KenaliError(
            f"{settings.host} answers at the cluster's head node alone: run this there, or give another --host, with keys"
        )

    def start() -> None:
        serve.start(
            proxy_location=ProxyLocation.HeadOnly if local else ProxyLocation.EveryNode,
            http_options={
                "host": settings.host,
                "port": settings.port,
                "request_timeout_s": _REQUEST_S,
                "keep_alive_timeout_s": _KEEP_ALIVE_S,
            },
            logging_config={"enable_access_log": False, "log_level": "WARNING"},
            controller_options={"runtime_env": {"env_vars": environment(settings)}},
        )

    try:
        try:
            start()
        except TimeoutError:
            start()  # it is there, and its proxy still starts, which `_running` waits for
    except Exception as error:
        raise KenaliError(f"Ray Serve cannot start ({str(error).strip().splitlines()[-1]})") from None
    try:
        yield
    finally:
        if _answers() and (joined.own or not serve.status().applications.keys() - {APPLICATION}):
            serve.shutdown()


def _answers() -> bool:
    """Whether the cluster can still be talked to: one of this command's own may have had the same signal, and be gone."""
    import ray
    from ray.exceptions import RayError

    try:
        controller = _there()
        return controller is not None and ray.get(controller.get_http_config.remote(), timeout=_PATIENCE_S) is not None
    except RayError:
        return False


def _there() -> Any:
    """Ray Serve's controller, if one runs on the cluster."""
    import ray
    from ray.serve._private.constants import SERVE_CONTROLLER_NAME, SERVE_NAMESPACE

    try:
        return ray.get_actor(SERVE_CONTROLLER_NAME, namespace=SERVE_NAMESPACE)
    except ValueError:
        return None


@contextlib.contextmanager
def _deployed(settings: Settings, replicas: Replicas, folder: Path, joined: Cluster, told: list[int]) -> Iterator[Any]:
    """The application, and the actor that its replicas have in common; both go with the context, the requests at hand first."""
    import ray
    from ray import serve
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    from kenali.scale.commons import Commons

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    commons = ray.remote(Commons).options(num_cpus=0, max_restarts=-1, scheduling_strategy=here).remote(str(folder))
    state = settings.state.absolute()
    marker = state / f"{folder.name}.here"
    write_atomically(marker, "A server on Ray shows its nodes by this file that they share the folder.\n")
    here_too = replace(
        settings,
        state=state,
        keep=settings.keep.absolute() if settings.keep else None,
        bundles=tuple(replace(spec, path=spec.path.absolute()) for spec in settings.bundles),
        run=None,
    )
    orders = Orders(here_too, commons, folder.name, secrets.token_bytes(32), marker)
    try:
        serve.run_many(
            [serve.RunTarget(_application(orders, replicas), name=APPLICATION, route_prefix="/")],
            wait_for_applications_running=False,
            wait_for_ingress_deployment_creation=False,
        )
        yield commons
    finally:
        _drain(commons, settings.drain_s, told)
        marker.unlink(missing_ok=True)
        for left in Path(tempfile.gettempdir()).glob(f"{orders.run}-*"):  # by replicas that were killed
            shutil.rmtree(left, ignore_errors=True)


def _application(orders: Orders, replicas: Replicas) -> Any:
    from ray import serve

    queue = orders.settings.queue
    deployment = serve.deployment(
        serve.ingress(builder(orders))(),
        name="serve",
        ray_actor_options={"num_cpus": 1},
        max_ongoing_requests=max(_MOST_REQUESTS, 2 * queue),
        max_queued_requests=_MOST_REQUESTS,
        health_check_period_s=1.0,
        health_check_timeout_s=_HUNG_S,
        graceful_shutdown_timeout_s=orders.settings.drain_s,
        graceful_shutdown_wait_loop_s=0.5,
        autoscaling_config={
            "min_replicas": replicas.least,
            "initial_replicas": replicas.least,
            "max_replicas": replicas.most,
            "target_ongoing_requests": busy(queue),
            "upscale_delay_s": replicas.up_after_s,
            "downscale_delay_s": replicas.down_after_s,
            "metrics_interval_s": 1.0,
            "look_back_period_s": min(5.0, max(1.0, replicas.up_after_s)),
        },
    )
    return deployment.bind()


def busy(queue: int) -> int:
    """Requests that a replica has at a time when another one is worth while: a sixteenth of those that it takes on.

    A replica computes one photo at a time; more of them wait, and with 4 (of 64) an answer takes four times as long as alone.
    """
    return max(1, queue // 16)


def _drain(commons: Any, drain_s: float, told: list[int]) -> None:
    """End the application: requests at hand are answered, within `drain_s`, or until a second signal comes."""
    import ray
    from ray import serve
    from ray.exceptions import RayError

    with contextlib.suppress(RayError):  # a cluster that is gone has nothing to end
        ray.get(commons.end.remote(), timeout=_PATIENCE_S)
        if not _answers():
            return
        serve.delete(APPLICATION, _blocking=False)
        deadline = time.monotonic() + drain_s + _PATIENCE_S
        while len(told) < 2 and time.monotonic() < deadline and ray.get(commons.living.remote(), timeout=_PATIENCE_S):
            time.sleep(_LOOK_S)
