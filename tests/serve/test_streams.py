"""Streams over HTTP: the cameras, their pictures, what was seen, as it happens; and what becomes of viewers who are slow."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from kenali.serve.live.board import Board
from kenali.serve.live.feed import Feed
from kenali.serve.live.told import Message
from kenali.serve.routes.admin import PAGES
from kenali.serve.security.keys import KeyFile
from kenali.serve.settings import StreamView
from kenali.stream.results import Published
from tests.serve.conftest import MakeClient
from tests.serve.server import serving
from tests.stream.answers import answer, face, whole
from tests.stream.publisher import Publisher, jpeg, until

COUNTS = {
    "received": 20,
    "answered": 12,
    "dropped": 7,
    "in_flight": 1,
    "alive": True,
    "policy": "latest",
    "skew_ns": 10_000_000,
}


@pytest.fixture(scope="module")
def publisher() -> Iterator[Publisher]:
    with contextlib.closing(Publisher()) as made:
        yield made


@pytest.fixture(scope="module")
def client(client_of: MakeClient, publisher: Publisher) -> TestClient:
    """A server that has seen Ana at the door and a crack on the belt."""
    found = client_of(bundles=(), stream=StreamView(publisher.address, names=True))
    publisher.wait_for_listener()
    for _ in range(12):
        publisher.answer([face("ana"), face("unknown", 0.6)], jpeg=jpeg("red"))
        last = publisher.answer([whole("crack")], source="belt")
    publisher.answer([], jpeg=b"hostile", error="the frame is no picture")
    publisher.status(door=COUNTS, idle={"received": 1, "answered": 1}, **{"#others": {"quarantined": 3}})
    until(lambda: source(found, "belt")["frames_per_second"] > 0 and len(found.get("/v1/streams").json()["sources"]) == 3)
    until(lambda: bool(source(found, "door")["present"]))
    assert last == 11
    return found


def source(client: TestClient, name: str) -> dict[str, Any]:
    found = [one for one in client.get("/v1/streams").json()["sources"] if one["name"] == name]
    return found[0] if found else {"frames_per_second": 0, "present": []}


def messages(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The server-sent events of an answer."""
    found = re.findall(r"^event: (\w+)\ndata: (.*)$", text, re.MULTILINE)
    return [(event, json.loads(data)) for event, data in found]


def test_cameras_their_pace_and_counts(client: TestClient) -> None:
    found = client.get("/v1/streams").json()
    assert found["connected"] is True
    assert [one["name"] for one in found["sources"]] == ["belt", "door", "idle"]
    door = source(client, "door")
    assert door["counts"] == {name: COUNTS.get(name, 0) for name in door["counts"]}
    assert (door["policy"], door["skew_ms"], door["picture"]) == ("latest", 10.0, True)
    assert 20 <= door["latency_ms"]["median"] <= 30  # 30 ms from capture, of which 10 are the clock's, once that is known
    assert source(client, "belt")["picture"] is False
    (ana,) = door["present"]
    assert (ana["label"], ana["person"], ana["frames"], ana["present"]) == ("ana", "id-ana", 12, True)


def test_pictures_say_which_frame_they_are(client: TestClient) -> None:
    found = client.get("/v1/streams/door/picture.jpg")
    assert (found.headers["content-type"], found.headers["kenali-frame"]) == ("image/jpeg", "0000000a/11")
    assert found.content == jpeg("red")  # not what could not be looked at
    assert "no-store" in found.headers["cache-control"]
    for path, told in (("belt", "no picture yet"), ("cellar", "no camera called")):
        refused = client.get(f"/v1/streams/{path}/picture.jpg")
        assert (refused.status_code, told in refused.json()["detail"]) == (404, True)


def test_appearances_of_a_camera(client: TestClient) -> None:
    (ana,) = client.get("/v1/streams/door/events").json()["events"]
    assert (ana["label"], ana["source"]) == ("ana", "door")
    (crack,) = client.get("/v1/streams/belt/events?limit=1").json()["events"]
    assert (crack["label"], crack["track"], crack["confidence"]) == ("crack", 0, 0.9)
    assert client.get("/v1/streams/idle/events").json()["events"] == []
    assert client.get("/v1/streams/cellar/events").status_code == 404
    assert client.get("/v1/streams/door/events?limit=0").status_code == 422


def test_events_come_as_they_happen(client: TestClient, publisher: Publisher) -> None:
    """Ana is back at the gate; the belt is not asked for."""

    def happen() -> None:
        until(lambda: client.app.state.live.viewers > 0)  # type: ignore[attr-defined]
        for _ in range(4):
            publisher.answer([face("ana", 0.3)], source="gate")
            publisher.answer([whole("crack")], source="belt")

    thread = threading.Thread(target=happen)
    thread.start()
    answered = client.get("/v1/streams/live?source=gate&seconds=2.5")
    thread.join()
    assert answered.headers["content-type"].startswith("text/event-stream")
    found = messages(answered.text)
    assert {event for event, _ in found} == {"frame", "appearance", "streams"}
    frames = [told for event, told in found if event == "frame"]
    assert {told["source"] for told in frames} == {"gate"}
    assert (frames[-1]["sequence"], frames[-1]["sightings"][0]["label"]) == (3, "ana")
    assert frames[-1]["sightings"][0]["box"] == [0.3, 0.2, 0.2, 0.3]
    assert [told["label"] for event, told in found if event == "appearance"] == ["ana"]
    until(lambda: client.app.state.live.viewers == 0)  # type: ignore[attr-defined]


def test_whoever_comes_late_is_told_at_once_what_is_known(client: TestClient) -> None:
    (frame, belt), (counts, told) = messages(client.get("/v1/streams/live?source=belt&seconds=0.2").text)[:2]
    assert (frame, belt["source"], belt["sightings"][0]["label"]) == ("frame", "belt", "crack")
    assert belt["picture"] is False
    assert (counts, {one["name"] for one in told["sources"]} >= {"belt", "door", "idle"}) == ("streams", True)


def test_the_document_is_valid_and_its_examples_fit(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    validate(document)
    schemas = document["components"]["schemas"]
    told = document["paths"]["/v1/streams"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    Draft202012Validator({"$ref": "#/components/schemas/StreamList", "components": {"schemas": schemas}}).validate(told)
    assert document["paths"]["/v1/streams/live"]["get"]["security"] == [{}, {"key": ["read"]}]


def test_the_index_leads_to_the_live_page(client: TestClient) -> None:
    page = client.get("/")
    assert 'href="/live"' in page.text
    assert "model" not in page.text.split("<main", 1)[1].split("/admin", 1)[0]
    if (PAGES / "live.html").is_file():
        assert "script-src 'self'" in client.get("/live").headers["content-security-policy"]


def test_without_a_hub_there_is_no_such_thing(client_of: MakeClient) -> None:
    plain = client_of()
    assert plain.get("/v1/streams").status_code == 404
    assert plain.get("/live").status_code == 404
    assert "/live" not in plain.get("/").text


def test_a_key_is_needed_where_there_are_keys(client_of: MakeClient, publisher: Publisher) -> None:
    keyed = client_of(keyed=True, bundles=(), stream=StreamView(publisher.address))
    assert keyed.get("/v1/streams").status_code == 200
    for path in ("", "/live?seconds=1", "/door/events", "/door/picture.jpg"):
        assert keyed.get(f"/v1/streams{path}", headers={"X-Api-Key": "wrong"}).status_code == 401
    state = keyed.app.state.settings.state  # type: ignore[attr-defined]
    predict = KeyFile(state).add("line", ["predict"])[1]
    until(lambda: keyed.get("/v1/streams", headers={"X-Api-Key": predict}).status_code == 403)


@pytest.fixture
def another() -> Iterator[Publisher]:
    with contextlib.closing(Publisher()) as made:
        yield made


def test_names_of_people_are_for_those_who_may_identify(client_of: MakeClient, another: Publisher) -> None:
    publisher = another
    keyed = client_of(keyed=True, bundles=(), stream=StreamView(publisher.address))
    publisher.wait_for_listener()
    for _ in range(6):
        publisher.answer([face("ana"), face("unknown", 0.6)])
        publisher.answer([whole("crack")], source="belt")
    until(lambda: bool(source(keyed, "door")["present"]))
    state = keyed.app.state.settings.state  # type: ignore[attr-defined]
    identify = KeyFile(state).add("guard", ["read", "identify"])[1]
    read = KeyFile(state).add("screen", ["read"])[1]
    until(lambda: keyed.get("/v1/streams", headers={"X-Api-Key": read}).status_code == 200)
    for key, told in ((identify, "ana"), (read, "somebody")):
        answered = [keyed.get(f"/v1/streams{path}", headers={"X-Api-Key": key}).text for path in PATHS]
        for text in answered:
            assert f'"label":"{told}"' in text
            assert ('"ana"' in text) == ("id-ana" in text) == (told == "ana")
            assert '"label":"crack"' in text or "/events" in PATHS[answered.index(text)]
    stranger = messages(keyed.get("/v1/streams/live?source=door&seconds=0.2", headers={"X-Api-Key": read}).text)[0][1]
    assert [one["label"] for one in stranger["sightings"]] == ["somebody", "unknown"]


PATHS = ("", "/live?seconds=0.3", "/door/events")


def test_a_viewer_whose_key_is_revoked_sees_no_more(client_of: MakeClient, publisher: Publisher) -> None:
    keyed = client_of(keyed=True, bundles=(), stream=StreamView(publisher.address))
    file = KeyFile(keyed.app.state.settings.state)  # type: ignore[attr-defined]
    key, secret = file.add("screen", ["read"])
    until(lambda: keyed.get("/v1/streams", headers={"X-Api-Key": secret}).status_code == 200)
    thread = threading.Timer(0.5, file.revoke, [key.id])
    thread.start()
    began = time.monotonic()
    keyed.get("/v1/streams/live?seconds=60", headers={"X-Api-Key": secret})
    thread.join()
    assert time.monotonic() - began < 30


def test_a_slow_viewer_skips_frames_and_fills_no_memory() -> None:
    async def slow() -> None:
        feed = Feed()
        for number in range(10_000):
            feed.frame("door", Message(b"frame %d;" % number, b""))
            feed.event("door", Message(b"event %d;" % number, b""))
            feed.counts(Message(b"counts %d" % number, b""))
        found = await feed.fetch(1)
        assert found.count(b"frame") == 1
        assert b"frame 9999" in found
        assert found.count(b"event") == 200
        assert found.endswith(b"counts 9999")
        assert feed.skipped == 9_999
        assert await feed.fetch(0.01) == b""

    asyncio.run(slow())


def test_no_number_of_cameras_fills_the_board() -> None:
    board = Board()
    for number in range(300):
        board.picture(Published(answer(0, source=f"camera-{number}"), jpeg()))
    assert len(board.sources()) == 256
    board.picture(Published(answer(0, source="camera-0"), b"x" * 9_000_000))
    assert board.newest("camera-0").jpeg == jpeg()  # type: ignore[union-attr]


def test_a_server_ends_while_somebody_watches(publisher: Publisher, tmp_path_factory: pytest.TempPathFactory) -> None:
    state = tmp_path_factory.mktemp("state")
    with serving(state, "--stream", publisher.address, "--no-spare", "--workers", "1") as server:
        with httpx.stream("GET", f"{server.url}/v1/streams/live", timeout=60) as watched:
            chunks = watched.iter_raw()
            assert next(chunks).startswith(b"retry")
            server.process.terminate()
            assert list(chunks) is not None  # it ends, and is not cut off
        assert server.process.wait(60) == 0
