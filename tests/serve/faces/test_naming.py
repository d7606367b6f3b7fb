"""Faces found, named and compared over the wire, by a gallery that others change meanwhile; who may ask."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from kenali.faces.gallery.keys import Key
from kenali.faces.gallery.lifecycle import forget, rekey
from kenali.serve.face_schemas import Detected, FacesSummary, Identified, PhotoNames, Verified
from kenali.serve.problems import KINDS
from kenali.serve.schemas import Refusal
from kenali.serve.security.keys import SCOPES, Scope
from tests.serve.faces.conftest import (
    BLUE,
    GREEN,
    PERSONS,
    RED,
    TERMS,
    THRESHOLD,
    FaceServer,
    MakeServer,
    enrolled,
    files,
    portrait,
    shade,
)
from tests.serve.mutations import mutant
from tests.serve.test_app import refused

IDENTIFY, VERIFY, DETECT = ("/v1/faces/" + verb for verb in ("identify", "verify", "detect"))


@pytest.fixture(scope="module")
def keys(server: FaceServer) -> dict[str, str]:
    """A key for each scope alone, and one for enrolling and erasing."""
    made = {scope: server.keys.add(scope, [scope])[1] for scope in SCOPES}
    return made | {"both": server.keys.add("both", ["enrol", "erase"])[1]}


@pytest.fixture(scope="module")
def client(server: FaceServer, keys: dict[str, str]) -> TestClient:
    return server.client()


@pytest.fixture(scope="module")
def ana(client: TestClient) -> str:
    """Somebody who is enrolled, beside another."""
    enrolled(client, "Budi", portrait(GREEN))
    return str(enrolled(client, "Ana", portrait(RED), portrait(shade(RED, 2)))["id"])


def named(client: TestClient, photo: bytes) -> str:
    return str(client.post(IDENTIFY, content=photo).json()["photos"][0]["faces"][0]["name"])


def test_who_is_in_photos(client: TestClient, ana: str) -> None:
    answer = client.post(IDENTIFY, files=files(portrait(shade(RED, 1)), portrait(BLUE), b"no image"))
    found = Identified.model_validate_json(answer.content)
    known, stranger, broken = found.photos
    assert isinstance(known, PhotoNames)
    assert isinstance(stranger, PhotoNames)
    assert isinstance(broken, Refusal)
    (face,), (other,) = known.faces, stranger.faces
    assert (face.name, face.person, face.unknown) == ("Ana", ana, False)
    assert (other.name, other.person, other.unknown) == ("unknown", None, True)
    assert face.distance is not None
    assert face.distance < THRESHOLD < (other.distance or 0) <= (other.next_distance or 0)
    assert (known.photo, known.width, known.height, face.box) == ("1.png", 96, 96, (0, 0, 96, 96))
    assert broken.error.reason == "not-an-image"
    assert (found.threshold, found.fitted, found.matcher) == (THRESHOLD, True, "nearest")


@pytest.mark.usefixtures("ana")
def test_one_photo_as_its_bytes_or_in_json(client: TestClient) -> None:
    assert named(client, portrait(RED)) == "Ana"
    photos = [{"data": base64.b64encode(portrait(GREEN)).decode()}]
    assert client.post(IDENTIFY, json={"photos": photos}).json()["photos"][0]["faces"][0]["name"] == "Budi"
    refused(client.post(IDENTIFY, content=b"no image"), 415, "not-an-image")
    refused(client.post(IDENTIFY, files=files(b"", b"no image")), 422, "no-usable-photo")
    refused(client.post(IDENTIFY, data={"threshold": "2"}, files=files(portrait(RED))), 400, "malformed")


def test_photos_without_a_face(server: FaceServer) -> None:
    client = server.client(detector="none")
    assert client.post(IDENTIFY, content=portrait(RED)).json()["photos"][0]["faces"] == []
    refused(client.post(VERIFY, files=files(portrait(RED), portrait(GREEN))), 422, "no-face")


def test_two_photos_compared(client: TestClient, ana: str) -> None:
    same = Verified.model_validate_json(client.post(VERIFY, files=files(portrait(RED), portrait(shade(RED, 3)))).content)
    other = Verified.model_validate_json(client.post(VERIFY, files=files(portrait(RED), portrait(BLUE))).content)
    assert (same.same, other.same, len(same.faces), same.fitted) == (True, False, 2, True)
    assert same.distance < same.threshold == THRESHOLD < other.distance
    assert client.post(VERIFY, params={"person": ana}, content=portrait(shade(RED, 1))).json()["same"]
    assert not client.post(VERIFY, params={"person": ana}, content=portrait(GREEN)).json()["same"]
    refused(client.post(VERIFY, params={"person": "0" * 32}, content=portrait(RED)), 404, "unknown-person")
    refused(client.post(VERIFY, content=portrait(RED)), 422, "invalid")
    refused(client.post(VERIFY, params={"person": ana}, files=files(portrait(RED), portrait(RED))), 422, "invalid")


def test_faces_found_and_nobody_named(client: TestClient) -> None:
    answer = client.post(DETECT, files=files(portrait(RED)))
    (photo,) = Detected.model_validate_json(answer.content).photos
    assert not isinstance(photo, Refusal)
    assert len(photo.faces[0].points) == 5
    assert photo.faces[0].score == pytest.approx(0.9)
    assert "name" not in answer.json()["photos"][0]["faces"][0]


def test_places_are_told_in_pixels_of_the_photo(client: TestClient) -> None:
    """A photo that is scaled down to be looked at: the stand-in finds its face in the first 96 pixels of that."""
    (photo,) = client.post(DETECT, content=portrait(RED, (8192, 200))).json()["photos"]
    assert (photo["width"], photo["height"]) == (8192, 200)
    assert photo["faces"][0]["box"] == [0, 0, 192, 192]
    assert photo["faces"][0]["points"][0] == [40, 60]


def test_the_gallery_in_numbers(client: TestClient, ana: str, server: FaceServer) -> None:
    told = FacesSummary.model_validate_json(client.get("/v1/faces").content)
    assert (told.people, told.photos, told.matcher, told.version) == (2, 3, "nearest", server.gallery().version())
    assert told.threshold is not None
    assert (told.threshold.distance, told.threshold.fitted, told.threshold.wished) == (THRESHOLD, True, 0.01)
    assert told.threshold.date == "2026-11-22"


def test_what_another_process_changes_holds_for_the_next_photo(server_of: MakeServer) -> None:
    server = server_of()
    elsewhere = server.gallery()
    server.fit()
    client = server.client()
    person = enrolled(client, "Ana", portrait(RED))["id"]
    assert named(client, portrait(RED)) == "Ana"
    elsewhere.change("Ana", new_name="Ani")
    assert named(client, portrait(RED)) == "Ani"
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    elsewhere.change("Ani", expires=yesterday)
    assert named(client, portrait(RED)) == "unknown"
    assert client.patch(f"{PERSONS}/{person}", json={"expires": None}).status_code == 200
    assert named(client, portrait(RED)) == "Ani"
    server.fit(0.0001)
    assert named(client, portrait(shade(RED, 5))) == "unknown"
    assert forget(elsewhere, "Ani").whole
    assert named(client, portrait(RED)) == "unknown"
    refused(client.get(f"{PERSONS}/{person}"), 404, "unknown-person")


def test_without_a_threshold_nobody_is_named(server_of: MakeServer) -> None:
    client = server_of().client()
    enrolled(client, "Ana", portrait(RED))
    assert client.get("/v1/faces").json()["threshold"] is None
    assert "kenali faces threshold" in refused(client.post(IDENTIFY, content=portrait(RED)), 409, "not-comparable").detail
    refused(client.post(VERIFY, files=files(portrait(RED), portrait(RED))), 409, "not-comparable")
    assert client.post(DETECT, content=portrait(RED)).status_code == 200


def test_a_gallery_that_cannot_be_opened_any_more(server_of: MakeServer) -> None:
    server = server_of()
    elsewhere = server.gallery()
    server.fit()
    client = server.client()
    enrolled(client, "Ana", portrait(RED))
    rekey(elsewhere, Key.new())
    for answer in (client.post(IDENTIFY, content=portrait(RED)), client.get(PERSONS), client.get("/v1/faces")):
        problem = refused(answer, 503, "gallery-unavailable")
        assert problem.retry_after
        assert str(server.folder) not in answer.text


def test_damaged_files_do_no_harm(client: TestClient) -> None:
    """Sixty-four mutants at a time: each has faces or a reason, and the server goes on."""
    for begin in (0, 64):
        photos = [(str(number), mutant(number)) for number in range(begin, begin + 64)]
        answer = client.post(IDENTIFY, files=files(*photos))
        assert answer.status_code == 200
        entries = Identified.model_validate_json(answer.content).photos
        assert [entry.photo for entry in entries] == [name for name, _ in photos]
        reasons = {entry.error.reason for entry in entries if isinstance(entry, Refusal)}
        assert reasons <= set(KINDS) - {"unreadable", "decoder-died", "decode-timeout"}
    assert client.post(DETECT, content=portrait(RED)).status_code == 200


def test_a_crowd_and_a_face_that_is_nowhere(server: FaceServer) -> None:
    (crowd,) = server.client(detector="crowd").post(IDENTIFY, content=portrait(RED)).json()["photos"]
    assert len(crowd["faces"]) == 256
    assert [face["score"] for face in crowd["faces"]] == sorted((face["score"] for face in crowd["faces"]), reverse=True)
    (photo,) = server.client(detector="nowhere").post(IDENTIFY, content=portrait(RED)).json()["photos"]
    assert photo["faces"] == []


def test_limits_of_the_server_hold_here_too(server: FaceServer) -> None:
    client = server.client(max_photos=2, max_photo_bytes=1000, max_request_bytes=3000, queue=1)
    refused(client.post(IDENTIFY, content=bytes(1001)), 413, "too-many-bytes")
    refused(client.post(DETECT, files=files(bytes(4000))), 413, "too-many-bytes")
    data = {"name": "Ana", **TERMS}
    refused(client.post(PERSONS, data=data, files=files(bytes(4000))), 413, "too-many-bytes")
    refused(client.post(PERSONS, data=data, files=files(*[bytes(9)] * 3)), 413, "too-many-photos")
    refused(client.post(f"{PERSONS}/search", json={"name": "x" * 70_000}), 413, "too-many-bytes")
    with client.app.state.registry.room.enter(1):  # type: ignore[attr-defined]
        for answer in (client.post(IDENTIFY, content=b"x"), client.post(PERSONS, data=data, files=files(b"x"))):
            assert refused(answer, 503, "busy").retry_after


ALLOWED: dict[tuple[str, str], set[Scope]] = {
    ("GET", "/v1/faces"): {"read", "identify", "enrol", "erase"},
    ("POST", DETECT): {"identify", "enrol"},
    ("POST", IDENTIFY): {"identify"},
    ("POST", VERIFY): {"identify"},
    ("POST", "/v1/faces/receipts"): {"erase"},
    ("GET", PERSONS): {"enrol", "erase"},
    ("POST", PERSONS): {"enrol"},
    ("POST", f"{PERSONS}/search"): {"enrol", "erase"},
    ("GET", f"{PERSONS}/{'0' * 32}"): {"enrol", "erase"},
    ("PATCH", f"{PERSONS}/{'0' * 32}"): {"enrol"},
    ("DELETE", f"{PERSONS}/{'0' * 32}"): {"erase"},
    ("GET", f"{PERSONS}/{'0' * 32}/enrolments"): {"enrol", "erase"},
    ("POST", f"{PERSONS}/{'0' * 32}/enrolments"): {"enrol"},
    ("PUT", f"{PERSONS}/{'0' * 32}/enrolments"): set(),  # takes two at once
    ("DELETE", f"{PERSONS}/{'0' * 32}/enrolments/{'0' * 32}"): {"erase"},
}


@pytest.mark.parametrize("scope", ["read", "predict", "feedback", "identify", "enrol", "erase"])
def test_what_each_scope_may(client: TestClient, keys: dict[str, str], scope: Scope) -> None:
    key = {"X-Api-Key": keys[scope]}
    for (method, path), scopes in ALLOWED.items():
        answer = client.request(method, path, headers=key)
        assert (answer.status_code == 403) == (scope not in scopes), (method, path, answer.text)


def test_replacing_takes_two_scopes(client: TestClient, keys: dict[str, str]) -> None:
    key = {"X-Api-Key": keys["both"]}
    path = f"{PERSONS}/{'0' * 32}/enrolments"
    assert client.put(path, data=TERMS, files=files(portrait(RED)), headers=key).status_code == 404
    told = client.get("/openapi.json").json()["paths"]["/v1/faces/persons/{person}/enrolments"]
    assert told["put"]["security"] == [{"key": ["enrol", "erase"]}]
    assert told["get"]["security"] == [{"key": ["enrol"]}, {"key": ["erase"]}]


def test_an_open_server_tells_nobody_who_is_enrolled(server_of: MakeServer) -> None:
    """On this computer alone no key is needed for a model; for people one is."""
    client = server_of().client(keyed=False)
    for method, path in ALLOWED:
        answer = client.request(method, path)
        assert answer.status_code == (200 if path == "/v1/faces" else 401), (method, path)
