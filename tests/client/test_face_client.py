"""The clients about faces: what they send, and what they make of a real server's answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

import kenali
from kenali.serve.examples import FACES
from kenali.serve.face_schemas import PhotoNames
from kenali.serve.person_schemas import FaceProblem
from kenali.serve.problems import all_refused
from kenali.serve.schemas import Refusal
from tests.client.test_client import answering, client_of, refusal

PERSON = FACES["page"]["persons"][0]["id"]
PHOTO = ("a.jpg", b"photo")


def asked(answer: Any, ask: Callable[[kenali.Client], Any], status: int = 200) -> tuple[Any, httpx.Request]:
    """What a method gives for a server's answer, and what it sent."""
    handler, requests = answering(httpx.Response(status, json=answer))
    with client_of(handler, key="secret") as client:
        found = ask(client)
    (request,) = requests
    assert request.headers["authorization"] == "Bearer secret"
    return found, request


def test_who_is_in_a_photo() -> None:
    one = FACES["identified"] | {"photos": FACES["identified"]["photos"][:1]}
    found, request = asked(one, lambda client: client.faces.identify(PHOTO))
    assert (found.faces[0].name, found.faces[0].unknown) == ("Eileen Collins", False)
    assert request.url == "http://server/v1/faces/identify"
    assert b'filename="a.jpg"' in request.content
    found, request = asked(FACES["verified"], lambda client: client.faces.verify_person(PHOTO, PERSON))
    assert found.same
    assert request.url == f"http://server/v1/faces/verify?person={PERSON}"
    faces = FACES["detected"] | {"photos": FACES["detected"]["photos"][:1]}
    assert asked(faces, lambda client: client.faces.detect(PHOTO))[0].faces[0].quality.flaws == ()


def test_terms_go_in_the_body() -> None:
    def enrol(client: kenali.Client) -> Any:
        return client.faces.enrol(
            "Eileen Collins", [PHOTO, b"other"], group="crew", consent="form 7", expires=date(2030, 1, 31), largest=True
        )

    found, request = asked(FACES["enrolled"], enrol, 201)
    assert [fate.fate for fate in found.photos] == ["enrolled", "enrolled", "refused"]
    assert request.url == "http://server/v1/faces/persons"
    for name, value in {"name": "Eileen Collins", "group": "crew", "expires": "2030-01-31", "largest": "true"}.items():
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in request.content
    assert request.content.count(b"filename=") == 2


def test_people_are_told_page_by_page() -> None:
    first, last = FACES["page"] | {"next": "further"}, FACES["page"]
    handler, requests = answering(httpx.Response(200, json=first), httpx.Response(200, json=last))
    with client_of(handler) as client:
        assert [person.id for person in client.faces.persons("coll")] == [PERSON, PERSON]
    assert [json.loads(request.content) for request in requests] == [{"name": "coll"}, {"name": "coll", "after": "further"}]

    handler, requests = answering(httpx.Response(200, json=first), httpx.Response(200, json=last))

    async def everybody() -> list[str]:
        async with kenali.AsyncClient("http://server", transport=httpx.MockTransport(handler)) as client:
            return [person.name async for person in client.faces.persons()]

    assert asyncio.run(everybody()) == ["Eileen Collins"] * 2
    assert [request.url.query for request in requests] == [b"", b"after=further"]


def test_changes_and_erasures() -> None:
    _, request = asked(FACES["page"]["persons"][0], lambda client: client.faces.change(PERSON, group="x", expires=None))
    assert (request.method, json.loads(request.content)) == ("PATCH", {"group": "x", "expires": None})
    receipt, _ = asked(FACES["receipt"], lambda client: client.faces.forget(PERSON))
    verdict, request = asked(FACES["verdict"], lambda client: client.faces.check(receipt))
    assert verdict.holds
    assert json.loads(request.content) == FACES["receipt"]
    replaced, request = asked(FACES["replaced"], lambda client: client.faces.replace(PERSON, [PHOTO], consent="form 7"))
    assert (request.method, replaced.receipt.whole) == ("PUT", False)


def test_an_id_cannot_lead_elsewhere() -> None:
    with client_of(lambda request: httpx.Response(200)) as client, pytest.raises(ValueError, match="32 hexadecimal"):
        client.faces.forget("../keys")


def test_photos_that_cannot_be_used_are_entries() -> None:
    problem = FaceProblem(photo="a", status=415, reason="not-an-image", detail="the file is not an image")
    handler, _ = answering(httpx.Response(200, json=FACES["identified"]), refusal(all_refused([problem])))
    with client_of(handler) as client:
        first, second = client.faces.identify_all([PHOTO, b"notes"])
        (third,) = client.faces.identify_all([b"broken"])
    assert isinstance(first, PhotoNames)
    assert isinstance(second, Refusal)
    assert isinstance(third, Refusal)


def test_what_must_not_happen_twice_is_not_repeated() -> None:
    broken = httpx.ReadError("broken", request=httpx.Request("DELETE", "http://server"))
    handler, requests = answering(broken)
    with client_of(handler) as client, pytest.raises(kenali.KenaliError, match="no answer"):
        client.faces.forget(PERSON)
    assert len(requests) == 1
    handler, requests = answering(httpx.Response(504, text="<html>Gateway Timeout</html>"))
    with client_of(handler) as client, pytest.raises(kenali.ServerProblem, match="504"):
        client.faces.forget(PERSON)  # it may have been done, and its receipt comes once
    assert len(requests) == 1
