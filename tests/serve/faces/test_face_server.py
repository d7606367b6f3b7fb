"""Faces behind a real server with two workers, while others change the gallery."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

import kenali
from kenali.faces.gallery.lifecycle import forget
from tests.serve.faces.conftest import BLUE, PERSONS, RED, FaceServer, enrolled, files, portrait, shade
from tests.serve.server import Server, serving
from tests.serve.test_metrics import numbers

IDENTIFY = "/v1/faces/identify"


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaceServer]:
    with ExitStack() as opened:
        made = FaceServer(tmp_path_factory.mktemp("faces"), opened)
        made.gallery()
        made.fit()
        yield made


@pytest.fixture(scope="module")
def server(faces: FaceServer) -> Iterator[Server]:
    with serving(faces.folder / "state", *faces.options, "--workers", "2", "--no-spare") as running:
        yield running


def client_of(server: Server, faces: FaceServer) -> httpx.Client:
    """A client whose every request opens a connection of its own, so that all workers meet it."""
    return httpx.Client(base_url=server.url, headers={"X-Api-Key": faces.key, "Connection": "close"}, timeout=60)


def test_nobody_is_named_after_being_forgotten(server: Server, faces: FaceServer) -> None:
    """Four clients ask without a pause; a question that begins after the forgetting ended is never answered with the name."""
    elsewhere, photo, forgotten, over = faces.gallery(), portrait(RED), threading.Event(), threading.Event()

    def asking() -> list[tuple[bool, str]]:
        answers = []
        with client_of(server, faces) as client:
            while not over.is_set():
                late = forgotten.is_set()
                found = client.post(IDENTIFY, content=photo)
                answers.append((late, found.json()["photos"][0]["faces"][0]["name"] if found.is_success else found.text))
        return answers

    with client_of(server, faces) as client, ThreadPoolExecutor(4) as crowd:
        for turn in range(3):
            forgotten.clear()
            over.clear()
            person = enrolled(client, f"Ana {turn}", photo)
            asked = [crowd.submit(asking) for _ in range(4)]
            for _ in range(10):
                assert client.post(IDENTIFY, content=photo).json()["photos"][0]["faces"][0]["name"] == f"Ana {turn}"
            if turn % 2:
                forget(elsewhere, f"Ana {turn}")
            else:
                assert client.delete(f"{PERSONS}/{person['id']}").json()["whole"]
            forgotten.set()
            for _ in range(20):
                assert client.post(IDENTIFY, content=photo).json()["photos"][0]["faces"][0]["name"] == "unknown"
            over.set()
            answers = [answer for one in asked for answer in one.result()]
            assert {name for late, name in answers if late} == {"unknown"}
            assert {name for late, name in answers if not late} <= {f"Ana {turn}", "unknown"}


def test_two_who_enrol_one_name_at_once(server: Server, faces: FaceServer) -> None:
    """One of them is enrolled, whichever worker they meet."""

    def enrol(number: int) -> int:
        with client_of(server, faces) as client:
            data = {"name": "Twin", "consent": "c", "force": "true", "accept_flaws": "true"}
            return client.post(PERSONS, data=data, files=files(portrait(shade(BLUE, number)))).status_code

    with ThreadPoolExecutor(6) as crowd:
        assert sorted(crowd.map(enrol, range(6))) == [201, *[409] * 5]
    with client_of(server, faces) as client:
        (twin,) = client.post(f"{PERSONS}/search", json={"name": "twin"}).json()["persons"]
        assert twin["photos"] == 1
        assert client.delete(f"{PERSONS}/{twin['id']}").status_code == 200


def test_a_killed_worker_leaves_the_people_known(server: Server, faces: FaceServer) -> None:
    with client_of(server, faces) as client:
        person = enrolled(client, "Ana", portrait(RED))
        server.workers[0].kill()
    with kenali.Client(server.url, key=faces.key) as patient:
        for _ in range(6):
            assert patient.faces.identify(("a.png", portrait(RED))).faces[0].name == "Ana"
        assert patient.faces.check(patient.faces.forget(person["id"])).holds
        assert list(patient.faces.persons()) == []


def test_all_workers_are_counted_and_nobody_is_written_down(
    server: Server, faces: FaceServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with client_of(server, faces) as client:
        person = enrolled(client, "Ana Ruiz", ("Ana Ruiz.png", portrait(RED)), consent="form xyzzy")
        told = numbers(client.get("/metrics").text)
        assert told["kenali_faces_total known"] > 0
        assert told["kenali_faces_workers"] >= 1
        client.patch(f"{PERSONS}/{person['id']}", json={"name": "\u0000Ana Ruiz"})
        client.post(PERSONS, data={"name": "Ana Ruiz", "consent": "c"}, files=files(portrait(RED)))
        client.delete(f"{PERSONS}/{person['id']}")
    written = "".join(path.read_text() for path in (faces.folder / "state").rglob("*") if path.suffix in (".json", ".jsonl"))
    for text in (written, *capfd.readouterr()):
        assert "Ruiz" not in text
        assert "xyzzy" not in text
