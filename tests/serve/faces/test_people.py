"""People over the wire: enrolled, listed, changed, replaced, forgotten; and every way of being refused."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from starlette.testclient import TestClient

from kenali.serve.person_schemas import EnrolmentsReplaced, ErasureReceipt, Person, PersonEnrolled, PersonPage, ReceiptVerdict
from tests.serve.faces.conftest import (
    BLUE,
    DARK,
    GREEN,
    PERSONS,
    RED,
    TERMS,
    YELLOW,
    FaceServer,
    enrolled,
    files,
    portrait,
    shade,
)
from tests.serve.test_app import refused

NOBODY = f"{PERSONS}/{'0' * 32}"


@pytest.fixture(scope="module")
def client(server: FaceServer) -> TestClient:
    return server.client()


@pytest.fixture
def nobody(server: FaceServer) -> None:
    server.empty()


@pytest.mark.usefixtures("nobody")
def test_from_photos_to_nobody(client: TestClient) -> None:
    terms = {"consent_date": "2026-11-02", "consent_by": "Reception", "expires": "2090-01-31", "group": "crew"}
    answer = client.post(
        PERSONS, data={"name": "  Ana ", **TERMS, **terms}, files=files(portrait(RED), portrait(shade(RED, 1)))
    )
    done = PersonEnrolled.model_validate_json(answer.content)
    assert answer.status_code == 201
    assert [fate.fate for fate in done.photos] == ["enrolled", "enrolled"]
    assert (done.person.name, done.person.group, done.person.photos) == ("Ana", "crew", 2)
    assert str(done.person.expires) == "2090-01-31"

    here = f"{PERSONS}/{done.person.id}"
    person = Person.model_validate_json(client.get(here).content)
    first, second = person.enrolments
    assert client.get(f"{here}/enrolments").json() == [one.model_dump(mode="json") for one in person.enrolments]
    assert (first.consent.reference, str(first.consent.given), first.consent.by) == ("form 7", "2026-11-02", "Reception")
    assert first.quality is not None
    assert not first.kept

    changed = client.patch(here, json={"name": "Ani", "group": "", "expires": None}).json()
    assert (changed["name"], changed["group"], changed["expires"]) == ("Ani", "", None)
    assert client.patch(here, json={"expires": "2091-12-31"}).json()["expires"] == "2091-12-31"

    receipt = ErasureReceipt.model_validate_json(client.delete(f"{here}/enrolments/{first.id}").content)
    assert (receipt.whole, receipt.enrolments, receipt.reason) == (False, (first.id,), "remove")
    whole = client.delete(here)
    assert whole.json()["enrolments"] == [second.id]
    assert "Ani" not in whole.text
    refused(client.get(here), 404, "unknown-person")
    assert client.get(PERSONS).json() == {"persons": [], "total": 0, "next": None}
    for document in (receipt.model_dump(mode="json"), whole.json()):
        verdict = ReceiptVerdict.model_validate_json(client.post("/v1/faces/receipts", json=document).content)
        assert (verdict.holds, verdict.remains) == (True, {})
    altered = client.post("/v1/faces/receipts", json=whole.json() | {"photos": 3}).json()
    assert (altered["holds"], altered["signed"]) == (False, False)


@pytest.mark.usefixtures("nobody")
def test_more_photos_of_a_person(client: TestClient) -> None:
    here = f"{PERSONS}/{enrolled(client, 'Ana', portrait(RED))['id']}/enrolments"
    both = client.post(here, data=TERMS, files=files(portrait(RED), portrait(shade(RED, 1)), ("x", b"no image")))
    assert both.status_code == 201
    assert [(fate["fate"], fate["reason"]) for fate in both.json()["photos"]] == [
        ("repeated", None),
        ("enrolled", None),
        ("refused", "not-an-image"),
    ]
    again = client.post(here, data=TERMS, files=files(portrait(RED)))
    assert (again.status_code, again.json()["person"]["photos"]) == (200, 2)


@pytest.mark.usefixtures("nobody")
def test_all_photos_replaced_in_one_change(client: TestClient, server: FaceServer) -> None:
    person = enrolled(client, "Ana", portrait(RED), portrait(shade(RED, 1)))
    here, version = f"{PERSONS}/{person['id']}", server.gallery().version()
    before = client.get(here).json()["enrolments"]
    mixed = client.put(f"{here}/enrolments", data=TERMS, files=files(portrait(shade(RED, 2)), b"no image"))
    assert refused(mixed, 422, "photos-refused").detail.startswith("1 of 2 photos")
    assert client.get(here).json()["enrolments"] == before
    assert server.gallery().version() == version

    new = files(portrait(RED), portrait(shade(RED, 3)), portrait(RED))
    answer = client.put(f"{here}/enrolments", data={"consent": "form 8", "expires": "2090-01-01"}, files=new)
    done = EnrolmentsReplaced.model_validate_json(answer.content)
    assert [fate.fate for fate in done.photos] == ["enrolled", "enrolled", "repeated"]
    assert done.receipt.enrolments == tuple(sorted(one["id"] for one in before))
    after = client.get(here).json()["enrolments"]
    assert {one["consent"]["reference"] for one in after} == {"form 8"}
    assert not {one["id"] for one in after} & {one["id"] for one in before}
    assert server.gallery().version() == version + 1
    assert client.post("/v1/faces/receipts", json=answer.json()["receipt"]).json()["holds"]


@pytest.mark.usefixtures("nobody")
def test_the_last_face_takes_the_person_along(client: TestClient) -> None:
    here = f"{PERSONS}/{enrolled(client, 'Ana', portrait(RED))['id']}"
    face = client.get(here).json()["enrolments"][0]["id"]
    refused(client.delete(f"{here}/enrolments/{'0' * 32}"), 404, "not-found")
    assert client.delete(f"{here}/enrolments/{face}").json()["whole"]
    refused(client.get(here), 404, "unknown-person")


@pytest.mark.usefixtures("nobody")
def test_a_name_belongs_to_one_person(client: TestClient) -> None:
    ana, budi = (enrolled(client, name, portrait(colour)) for name, colour in (("Ana", RED), ("Budi", GREEN)))
    data = {"name": "ANA", **TERMS}
    refused(client.post(PERSONS, data=data, files=files(portrait(shade(RED, 1)))), 409, "name-taken")
    refused(client.patch(f"{PERSONS}/{budi['id']}", json={"name": "ana"}), 409, "name-taken")
    assert client.patch(f"{PERSONS}/{ana['id']}", json={"name": "ANA"}).json()["name"] == "ANA"
    refused(client.patch(f"{PERSONS}/{ana['id']}", json={"name": "a\u0000b"}), 422, "invalid")


@pytest.mark.usefixtures("nobody")
def test_whoever_looks_like_another(client: TestClient) -> None:
    ana = enrolled(client, "Ana", portrait(RED))
    data, photos = {"name": "Twin", **TERMS}, files(portrait(shade(RED, 1)))
    answer = client.post(PERSONS, data=data, files=photos)
    assert "it looks like Ana" in refused(answer, 422, "looks-like-another").detail
    assert answer.json()["errors"][0]["alike"] == {"id": ana["id"], "name": "Ana"}
    assert "(force=true)" in answer.json()["detail"]
    assert client.post(PERSONS, data=data | {"force": "true"}, files=photos).status_code == 201
    more = [*files(portrait(GREEN)), *photos]
    fates = client.post(PERSONS, data={"name": "Third", **TERMS}, files=more).json()["photos"]
    assert [(fate["fate"], bool(fate["alike"])) for fate in fates] == [("enrolled", False), ("refused", True)]


@pytest.mark.usefixtures("nobody")
def test_photos_without_the_one_face(client: TestClient, server: FaceServer) -> None:
    data, photos = {"name": "Ana", **TERMS}, files(portrait(RED, (160, 96)))
    refused(server.client(detector="none").post(PERSONS, data=data, files=photos), 422, "no-face")
    two = server.client(detector="two")
    assert "(largest=true)" in refused(two.post(PERSONS, data=data, files=photos), 422, "several-faces").detail
    assert two.post(PERSONS, data=data | {"largest": "true"}, files=photos).status_code == 201
    data["name"] = "Budi"
    dark = files(portrait(DARK))
    assert "(accept_flaws=true)" in refused(client.post(PERSONS, data=data, files=dark), 422, "flawed").detail
    assert client.post(PERSONS, data=data | {"accept_flaws": "true"}, files=dark).status_code == 201
    refused(client.post(PERSONS, data=data | {"name": "C"}, files=files(b"x", b"")), 422, "no-usable-photo")


@pytest.mark.usefixtures("nobody")
def test_a_person_in_json(client: TestClient) -> None:
    photos = [{"name": "a.png", "data": base64.b64encode(portrait(RED)).decode()}]
    answer = client.post(PERSONS, json={"name": "Ana", "photos": photos, "expires": "2090-02-03", **TERMS})
    assert (answer.status_code, answer.json()["photos"][0]["photo"]) == (201, "a.png")
    for wrong in ({"photos": photos, **TERMS}, {"name": "B", "photos": [], **TERMS}, {"name": "B", "photos": photos, "x": 1}):
        refused(client.post(PERSONS, json=wrong), 400, "malformed")
    refused(client.post(PERSONS, content=portrait(RED), headers={"Content-Type": "image/png"}), 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({"name": "Ana"}, 422, "invalid"),
        ({"name": "Ana", "consent": "c", "expires": "soon"}, 422, "invalid"),
        ({"name": "Ana", "consent": "c", "largest": "perhaps"}, 422, "invalid"),
        ({"name": "\u0007", "consent": "c"}, 422, "invalid"),
        ({"name": "x" * 201, "consent": "c"}, 422, "invalid"),
        ({"name": "x" * 5000, "consent": "c"}, 400, "malformed"),
        ({"name": "Ana", "consent": "c", "photo_path": "/etc/passwd"}, 400, "malformed"),
        ({"name": ["Ana", "Budi"], "consent": "c"}, 400, "malformed"),
    ],
)
def test_forms_that_cannot_be(client: TestClient, fields: dict[str, Any], status: int, reason: str) -> None:
    problem = refused(client.post(PERSONS, data=fields, files=files(portrait(BLUE))), status, reason)
    assert "Budi" not in problem.detail


def test_a_field_that_is_no_text(client: TestClient) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\xfe\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert "UTF-8" in refused(client.post(PERSONS, content=body, headers=headers), 400, "malformed").detail


def test_a_form_without_photos(client: TestClient) -> None:
    boundary = {"Content-Type": "multipart/form-data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAna\r\n--x--\r\n'
    refused(client.post(PERSONS, content=body, headers=boundary), 400, "no-photo")


@pytest.mark.usefixtures("nobody")
def test_pages_go_on_whoever_comes_and_goes(client: TestClient) -> None:
    people = {name: enrolled(client, name, portrait(shade(RED, at)), force="true")["id"] for at, name in enumerate("dbeaC")}
    first = PersonPage.model_validate_json(client.get(PERSONS, params={"limit": 2}).content)
    assert ([person.name for person in first.persons], first.total) == (["a", "b"], 5)
    assert first.next is not None
    assert client.delete(f"{PERSONS}/{people['b']}").status_code == 200
    enrolled(client, "aa", portrait(GREEN))
    second = client.get(PERSONS, params={"limit": 2, "after": first.next}).json()
    assert [person["name"] for person in second["persons"]] == ["C", "d"]
    last = client.get(PERSONS, params={"limit": 2, "after": second["next"]}).json()
    assert ([person["name"] for person in last["persons"]], last["next"]) == (["e"], None)
    for wrong in ("x", "\u00e4", first.next[:-4] + "AAAA", ""):
        refused(client.get(PERSONS, params={"after": wrong}), 422, "invalid")
    refused(client.get(PERSONS, params={"limit": 0}), 422, "invalid")


@pytest.mark.usefixtures("nobody")
def test_people_are_searched_by_name(client: TestClient) -> None:
    for name, colour in (("Ana Ruiz", RED), ("Budi", GREEN), ("Joana", YELLOW)):
        enrolled(client, name, portrait(colour))
    found = client.post(f"{PERSONS}/search", json={"name": "ANA", "limit": 1}).json()
    assert ([person["name"] for person in found["persons"]], found["total"]) == (["Ana Ruiz"], 2)
    more = client.post(f"{PERSONS}/search", json={"name": "ANA", "after": found["next"]}).json()
    assert [person["name"] for person in more["persons"]] == ["Joana"]


def test_nobody_has_this_id(client: TestClient) -> None:
    photos = files(portrait(BLUE))
    for answer in (
        client.get(NOBODY),
        client.get(f"{NOBODY}/enrolments"),
        client.patch(NOBODY, json={"group": "g"}),
        client.delete(NOBODY),
        client.post(f"{NOBODY}/enrolments", data=TERMS, files=photos),
        client.put(f"{NOBODY}/enrolments", data=TERMS, files=photos),
        client.delete(f"{NOBODY}/enrolments/{'0' * 32}"),
    ):
        refused(answer, 404, "unknown-person")
    refused(client.get(f"{PERSONS}/Ana"), 422, "invalid")
    refused(client.post("/v1/faces/receipts", json={"kind": "x"}), 422, "invalid")


@pytest.mark.usefixtures("nobody")
def test_who_did_it_is_known_and_nobody_is_named(client: TestClient, server: FaceServer) -> None:
    person = enrolled(client, "Ana Ruiz", ("Ana Ruiz.png", portrait(RED)), consent="form xyzzy")
    client.post(f"{PERSONS}/search", json={"name": "Ana Ruiz"})
    client.post("/v1/faces/identify", files=files(("Ana Ruiz.png", portrait(RED))))
    client.patch(f"{PERSONS}/{person['id']}", json={"name": "Ana Gomez"})
    client.get(PERSONS)
    client.delete(f"{PERSONS}/{person['id']}")
    key = next(one.id for one in server.keys.read())
    done = [(row.actor, row.action) for row in server.gallery().audit() if row.person == person["id"]]
    assert done == [(f"key {key}", "enrol"), (f"key {key}", "change"), (f"key {key}", "forget")]
    log = "".join(path.read_text() for path in (server.folder / "state" / "audit").iterdir())
    assert f'"subject":"person {person["id"]}"' in log
    assert '"labels":{"known":1}' in log
    for told in (log, client.get("/metrics").text):
        for secret in ("Ana", "Ruiz", "Gomez", "xyzzy", "png"):
            assert secret not in told
