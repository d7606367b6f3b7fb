"""A server on two nodes: it answers as one on one computer, within the same limits, and outlives a replica and a node."""

from __future__ import annotations

import os
import signal
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.testclient import TestClient
from typer.testing import CliRunner

from kenali.cli import app as cli
from kenali.errors import KenaliError
from kenali.scale import serve as scale
from kenali.scale.cluster import cluster
from kenali.serve.app import create_app
from kenali.serve.security.keys import SCOPES, KeyFile
from kenali.serve.settings import BundleSpec, Settings
from tests.scale.conftest import Nodes
from tests.serve.server import Server, serving
from tests.serve.test_metrics import numbers
from tests.serve.test_server import wait_until
from tests.tiny import coloured, write_tiny_bundle

PREDICT = "/v1/models/colours/predict"
ANSWERED = "kenali_requests_total POST /v1/models/{name}/predict 200"
QUEUE = 16
TRANSPORT = {"date", "server", "connection", "content-length", "transfer-encoding", "x-request-id"}
MOST_MB = 1
PATIENCE_S = 240.0  # a replica starts in seconds, but not where others use the machine too
IN_A_HURRY = """
from dataclasses import replace
from kenali.scale import serve
parse = serve.parse_replicas
serve.parse_replicas = lambda text: replace(parse(text), up_after_s=1.0, down_after_s=3.0)
from kenali.cli import app
app()
"""


@dataclass
class Deployment:
    """The server on its nodes, and keys for it."""

    nodes: Nodes
    server: Server
    state: Path
    secret: str

    def client(self, secret: str | None = None) -> httpx.Client:
        headers = {"X-Api-Key": secret or self.secret, "Connection": "close"}
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=PATIENCE_S)

    def metrics(self) -> dict[str, float]:
        with self.client() as client:
            answer = client.get("/metrics")
        return numbers(answer.text) if answer.status_code == 200 else {}

    def replicas(self) -> dict[str, int]:
        """The pid of each living replica."""
        names = [name.split()[-1] for name in self.metrics() if name.startswith("kenali_memory_bytes")]
        return {name: int(name.rpartition("-")[2]) for name in names}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("ray")
    bundle = write_tiny_bundle(folder / "colours", doubting=True)
    secret = KeyFile(folder / "state").add("tests", SCOPES)[1]
    with ExitStack() as opened:
        nodes = Nodes(2)
        opened.callback(nodes.close)
        options = ("--queue", str(QUEUE), "--max-photo-mb", str(MOST_MB), "--on", nodes.on, "--replicas", "1:2")
        server = opened.enter_context(serving(folder / "state", bundle, *options, program=("-c", IN_A_HURRY)))
        yield Deployment(nodes, server, folder / "state", secret)


@pytest.fixture(scope="module")
def local(deployed: Deployment) -> Iterator[TestClient]:
    """The same application in this process."""
    settings = Settings(
        bundles=(BundleSpec("colours", deployed.state.parent / "colours"),),
        state=deployed.state,
        queue=QUEUE,
        max_photo_bytes=MOST_MB * 2**20,
        decoders=1,
    )
    headers = {"X-Api-Key": deployed.secret}
    with TestClient(create_app(settings), "http://127.0.0.1", raise_server_exceptions=False, headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--cert", "c.pem", "--key", "k.pem"], "put one in front"),
        (["--stream", "tcp://127.0.0.1:5555"], "--stream watches"),
        (["--faces", "gallery.sqlite"], "--faces answers"),
        (["--replicas", "2:1"], "--replicas MIN:MAX"),
        (["--replicas", "many"], "--replicas MIN:MAX"),
        (["--workers", "2"], "give --replicas"),
        (["--host", "0.0.0.0"], "a key is required"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, options: list[str], sentence: str) -> None:
    bundle = write_tiny_bundle(tmp_path / "colours")
    told = CliRunner().invoke(cli, ["serve", str(bundle), "--on", "ray", "--state", str(tmp_path / "state"), *options])
    assert told.exit_code != 0
    assert sentence in " ".join(told.output.split())


def test_replicas_are_of_a_cluster(tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["serve", str(tmp_path), "--replicas", "1:2"])
    assert told.exit_code == 2
    assert scale.parse_replicas("2:4") == scale.Replicas(2, 4)
    assert scale.parse_replicas("3") == scale.Replicas(3, 3)
    with pytest.raises(KenaliError):
        scale.Replicas(0)


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def zipped(bundle: Path) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for path in sorted(bundle.rglob("*")):
            file.write(path, path.relative_to(bundle))
    return buffer.getvalue()


def comparable(answer: httpx.Response) -> Any:
    """An answer without ids and times."""
    content: Any = answer.json() if "json" in answer.headers["content-type"] else answer.content
    if isinstance(content, dict):
        for prediction in content.get("predictions", []):
            prediction.pop("id", None)
        content.pop("loaded_at", None)
    headers = {name: value for name, value in answer.headers.items() if name not in TRANSPORT}
    return answer.status_code, content, headers


REQUESTS: dict[str, dict[str, Any]] = {
    "a photo": {"content": coloured("red")},
    "a gradient": {"content": picture(300, 200), "params": {"top_k": 2, "explain": True}},
    "a JPEG": {"content": picture(640, 480, "JPEG"), "params": {"reject": 0.2}},
    "several": {
        "files": [("a", ("a.png", coloured("green"))), ("b", ("b.txt", b"no photo")), ("c", ("c.png", coloured("grey")))]
    },
    "no photo": {"content": b"text"},
    "empty": {"content": b""},
    "too many bytes": {"content": bytes(2 * 2**20)},
    "too many bytes, unannounced": {"content": lambda: iter([bytes(2**20)] * 2)},
    "far too many bytes": {"content": bytes(129 * 2**20)},
    "too many pixels": {"content": b"P5 20000 20000 255 ", "headers": {"Content-Type": "image/x-portable-graymap"}},
    "too many photos": {"files": [(str(n), (f"{n}.png", coloured("red", (8, 8)))) for n in range(65)]},
    "an invalid option": {"content": coloured("red"), "params": {"top_k": "many"}},
    "no such model": {"url": "/v1/models/none/predict", "content": coloured("red")},
    "no such path": {"url": "/v1/nothing"},
    "another method": {"method": "PATCH", "url": "/v1/models"},
    "a strange name": {"content": coloured("red"), "headers": {"Host": "elsewhere.example"}},
    "another site": {"content": coloured("red"), "headers": {"Origin": "http://elsewhere.example"}},
    "a wrong key": {"content": coloured("red"), "headers": {"X-Api-Key": "kenali_wrong"}},
    "no key": {"content": coloured("red"), "headers": {"X-Api-Key": ""}},
    "the model": {"method": "GET", "url": "/v1/models/colours"},
    "ready": {"method": "GET", "url": "/readyz"},
    "the contract": {"method": "GET", "url": "/openapi.json"},
    "a page": {"method": "GET", "url": "/login"},
}


@pytest.mark.parametrize("request_of", REQUESTS.values(), ids=REQUESTS.keys())
def test_it_answers_as_one_computer_does(deployed: Deployment, local: TestClient, request_of: dict[str, Any]) -> None:
    def ask(client: Any) -> Any:
        what = {"method": "POST", "url": PREDICT, **request_of}
        if callable(what.get("content")):
            what["content"] = what["content"]()
        return comparable(client.request(**what))

    with deployed.client() as client:
        assert ask(client) == ask(local)


def test_rights_and_rates_hold_over_all_replicas(deployed: Deployment) -> None:
    keys = KeyFile(deployed.state)
    _, reader = keys.add("reader", ["read"])
    with deployed.client(reader) as client:
        assert client.post(PREDICT, content=coloured("red")).json()["reason"] == "forbidden"
    _, hasty = keys.add("hasty", ["predict"], rate=1)
    with deployed.client(hasty) as client:
        began = time.monotonic()
        answers = [client.post(PREDICT, content=coloured("red")) for _ in range(12)]
        passed = sum(answer.status_code == 200 for answer in answers)
        assert 2 <= passed <= 2 + (time.monotonic() - began)
    assert answers[-1].json()["reason"] == "rate"
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].headers["ratelimit-policy"] == '"key";q=2;w=2'
    wait_until(lambda: sum(n for name, n in deployed.metrics().items() if "limited_total" in name) == 12 - passed)


@dataclass
class Load:
    """Clients that ask for one of three colours without pause, and try again where they are told to."""

    deployment: Deployment
    clients: int
    photos: dict[str, bytes] = field(default_factory=lambda: {name: coloured(name) for name in ("red", "green", "blue")})
    outcomes: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)

    def __enter__(self) -> Load:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    @property
    def answered(self) -> int:
        return self.outcomes["answered"]

    def more(self, number: int) -> None:
        """Wait for so many more answers."""
        until = self.answered + number
        wait_until(lambda: self.answered >= until, PATIENCE_S)

    def _ask(self) -> None:
        names = list(self.photos)
        with self.deployment.client() as client:
            while not self._over.is_set():
                name = names[self.outcomes.total() % 3]
                self._until_answered(client, name)

    def _until_answered(self, client: httpx.Client, name: str) -> None:
        for _ in range(200):
            try:
                answer = client.post(PREDICT, content=self.photos[name])
            except httpx.TransportError:
                self.outcomes["broken"] += 1
            else:
                if answer.status_code == 200:
                    label = answer.json()["predictions"][0]["label"]
                    self.outcomes["answered" if label == name else "wrong"] += 1
                    return
                if answer.status_code != 503 or "retry-after" not in answer.headers:
                    self.strange.append(f"{answer.status_code} {answer.text}")
                    return
                self.outcomes[answer.json()["detail"].split(";")[0]] += 1
            time.sleep(0.1)
        self.strange.append("never answered")


def counted(deployed: Deployment, at_least: int) -> float:
    """What the whole deployment has counted, once that is `at_least` so much or no longer grows."""
    seen = [deployed.metrics().get(ANSWERED, 0.0)]
    while seen[-1] < at_least and (len(seen) < 12 or seen[-1] != seen[-12]):
        time.sleep(0.3)
        seen.append(deployed.metrics().get(ANSWERED, 0.0))
    return seen[-1]


def served_by(deployed: Deployment) -> list[float]:
    """How many replicas serve each model."""
    return [number for name, number in deployed.metrics().items() if name.startswith("kenali_model_workers")]


def test_replicas_come_with_work_share_it_count_it_once_and_go(deployed: Deployment) -> None:
    before = counted(deployed, 0)
    assert len(deployed.replicas()) == 1
    with Load(deployed, 6) as load:
        wait_until(lambda: len(deployed.replicas()) == 2, PATIENCE_S)
        load.more(100)
        bundle = write_tiny_bundle(deployed.state.parent / "new" / "colours", golden=3)
        with deployed.client() as client:
            assert client.put("/v1/models/later", content=zipped(bundle)).status_code == 201
            answers = [client.post("/v1/models/later/predict", content=coloured("blue")) for _ in range(12)]
        assert {answer.status_code for answer in answers} == {200}
        wait_until(lambda: served_by(deployed) == [2, 2], PATIENCE_S)
    assert not load.strange
    assert set(load.outcomes) == {"answered"}
    assert counted(deployed, int(before) + load.answered + 12) == before + load.answered + 12
    wait_until(lambda: len(deployed.replicas()) == 1, PATIENCE_S)
    assert counted(deployed, 0) == before + load.answered + 12
    assert deployed.metrics()["kenali_worker_restarts_total"] == 0


def test_what_is_too_much_is_told_at_once(deployed: Deployment) -> None:
    large = {name: coloured(name, (1600, 1200)) for name in ("red", "green", "blue")}
    with Load(deployed, 3 * QUEUE, large) as load:
        wait_until(lambda: load.outcomes["the server is busy"] > 0, PATIENCE_S)
        load.more(50)
    assert not load.strange
    assert set(load.outcomes) == {"answered", "the server is busy"}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is POSIX's")
def test_a_killed_replica_costs_no_answer(deployed: Deployment) -> None:
    before = counted(deployed, 0)
    with Load(deployed, 2) as load:
        load.more(30)
        killed = deployed.replicas()
        for pid in killed.values():
            os.kill(pid, signal.SIGKILL)
        load.more(30)
        wait_until(lambda: bool(deployed.replicas()) and not killed.keys() & deployed.replicas().keys(), PATIENCE_S)
    assert not load.strange
    assert load.outcomes["wrong"] == 0
    # Each answer is counted once, but for those on their way when the replica died.
    assert abs(counted(deployed, int(before) + load.answered) - before - load.answered) <= 2
    wait_until(lambda: deployed.metrics().get("kenali_worker_restarts_total", 0) >= len(killed), PATIENCE_S)


def test_a_lost_node_costs_no_answer(deployed: Deployment) -> None:
    before = counted(deployed, 0)
    with Load(deployed, 2) as load:
        load.more(30)
        lost = next(iter(deployed.replicas())).partition("-")[0]
        time.sleep(1.5)  # so that what was counted until now has been told
        known = deployed.metrics()[ANSWERED]
        (node,) = [node for node in deployed.nodes.workers if node.node_id.startswith(lost)]
        deployed.nodes.kill(node)
        load.more(30)
        wait_until(lambda: {name.partition("-")[0] for name in deployed.replicas()}.isdisjoint({lost}), PATIENCE_S)
    assert not load.strange
    assert load.outcomes["wrong"] == 0
    after = counted(deployed, int(before) + load.answered)
    assert known <= after <= before + load.answered + 2  # nothing that was told is lost, and nothing counted twice


def test_it_ends_when_told_and_answers_what_it_has(deployed: Deployment) -> None:
    import ray

    got: list[httpx.Response] = []
    told = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield coloured("red")[:50]
        told.wait(PATIENCE_S)
        yield coloured("red")[50:]

    with deployed.client() as client:
        asking = threading.Thread(target=lambda: got.append(client.post(PREDICT, content=slowly())))
        asking.start()
        wait_until(lambda: deployed.metrics().get("kenali_requests_in_flight", 0) >= 2, PATIENCE_S)  # it, and this
        deployed.server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        told.set()
        asking.join(PATIENCE_S)
    assert deployed.server.process.wait(PATIENCE_S) == 0
    assert [answer.status_code for answer in got] == [200]
    assert not list(deployed.state.glob("*.here"))
    with cluster(deployed.nodes.on):
        assert ray.cluster_resources()["CPU"] == len(deployed.nodes.workers)  # the cluster is not ours to end
        assert ray.util.list_named_actors(all_namespaces=True) == []
