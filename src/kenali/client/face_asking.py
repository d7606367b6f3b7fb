"""What both clients share about faces: each question as a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NotRequired, Required, TypedDict

from kenali.client.asking import Ask, PhotoToSend, named_photo
from kenali.serve.face_schemas import Detected, Identified, PhotoFaces, PhotoNames
from kenali.serve.person_schemas import ErasureReceipt

FACES = "/v1/faces"
PERSONS = f"{FACES}/persons"


class Terms(TypedDict, total=False):
    """On what terms photos are enrolled.

    `consent` is your own record of why, such as a form's number, `consent_date` and `consent_by` when and by whom it was taken.
    `expires` is the last day of use. `largest` takes the largest face of several, `accept_flaws` takes poor photos, `force`
    somebody who looks like another.
    """

    consent: Required[str]
    consent_date: date
    consent_by: str
    expires: date
    largest: bool
    accept_flaws: bool
    force: bool


class Change(TypedDict):
    """What is to be different about a person; `expires` None: no last day."""

    name: NotRequired[str]
    group: NotRequired[str]
    expires: NotRequired[date | None]


def person_path(person: str) -> str:
    """The path of a person by pseudonym, which is checked: it may lead nowhere else."""
    return f"{PERSONS}/{_identity(person)}"


def enrolment_path(person: str, enrolment: str) -> str:
    return f"{person_path(person)}/enrolments/{_identity(enrolment)}"


def page_ask(name: str, after: str | None) -> Ask:
    """A page of people, of those whose `name` holds a text where one is given."""
    further = {} if after is None else {"after": after}
    if name:
        return Ask("POST", f"{PERSONS}/search", body={"json": {"name": name, **further}})
    return Ask("GET", PERSONS, params=further)


def enrol_ask(name: str, group: str, photos: Sequence[PhotoToSend], terms: Terms) -> Ask:
    """Not to be repeated: the second time the name is taken."""
    return Ask("POST", PERSONS, body=_form({"name": name, "group": group, **terms}, photos), repeatable=False)


def enrolments_ask(method: str, person: str, photos: Sequence[PhotoToSend], terms: Terms) -> Ask:
    """POST adds, and may be repeated; PUT replaces, and the receipt comes once."""
    return Ask(method, f"{person_path(person)}/enrolments", body=_form({**terms}, photos), repeatable=method == "POST")


def change_ask(person: str, change: Change) -> Ask:
    return Ask("PATCH", person_path(person), body={"json": {name: _plain(value) for name, value in change.items()}})


def erase_ask(path: str) -> Ask:
    """Not to be repeated: the receipt comes once."""
    return Ask("DELETE", path, repeatable=False)


def receipt_ask(receipt: ErasureReceipt | Mapping[str, Any]) -> Ask:
    document = receipt.model_dump(mode="json") if isinstance(receipt, ErasureReceipt) else dict(receipt)
    return Ask("POST", f"{FACES}/receipts", body={"json": document})


def look_ask(verb: str, photos: Sequence[PhotoToSend], person: str | None = None) -> Ask:
    """`detect`, `identify` or `verify`; the last with one photo and an enrolled `person`, or with two."""
    params = {} if person is None else {"person": _identity(person)}
    return Ask("POST", f"{FACES}/{verb}", params=params, body=_form({}, photos))


def only_faces(body: bytes) -> PhotoFaces:
    """The one entry of an answer: a photo alone that cannot be used is a problem."""
    (entry,) = Detected.model_validate_json(body).photos
    assert isinstance(entry, PhotoFaces)
    return entry


def only_names(body: bytes) -> PhotoNames:
    (entry,) = Identified.model_validate_json(body).photos
    assert isinstance(entry, PhotoNames)
    return entry


def _form(fields: Mapping[str, Any], photos: Sequence[PhotoToSend]) -> dict[str, Any]:
    named = [named_photo(photo) for photo in photos]
    files = [("photo", (title or str(n), data, "application/octet-stream")) for n, (title, data) in enumerate(named, 1)]
    return {"data": {name: str(_plain(value)) for name, value in fields.items()}, "files": files}


def _plain(value: Any) -> Any:
    """Dates and truths as they go over the wire."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else value


def _identity(text: str) -> str:
    if len(text) != 32 or not set(text) <= set("0123456789abcdef"):
        raise ValueError(f"expected the id of a person or an enrolment, 32 hexadecimal digits, got {text[:40]!r}")
    return text
