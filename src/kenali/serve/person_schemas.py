"""People as they go over the wire. Needs pydantic only."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from kenali.serve.face_schemas import Distance, FaceQuality, Identity
from kenali.serve.schemas import JsonPhotos, PhotoProblem, Wire

Text = Annotated[str, Field(min_length=1, max_length=200)]


class PersonSummary(Wire):
    """An enrolled person; `expires` is the first day after which something of the person's is no longer used."""

    id: Identity
    name: str
    group: str
    photos: int
    created: dt.datetime
    expires: dt.date | None = None


class PersonPage(Wire):
    """People by name; `next` is to be sent as `after` for the page that follows, None on the last one."""

    persons: tuple[PersonSummary, ...]
    total: int
    next: str | None = None


class ConsentRecord(Wire):
    """Why the person may be enrolled: the owner's own reference, when it was given and to whom."""

    reference: str
    given: dt.date | None = None
    by: str = ""


class EnrolmentRecord(Wire):
    """A face that is enrolled of a person."""

    id: Identity
    created: dt.datetime
    expires: dt.date | None = None
    consent: ConsentRecord
    quality: FaceQuality | None = None
    kept: bool = Field(description="Whether the photo itself is kept, as `kenali faces enroll` may; the server never does.")


class Person(PersonSummary):
    """A person and all that is enrolled of that person, the oldest first."""

    enrolments: tuple[EnrolmentRecord, ...]


class Alike(Wire):
    """An enrolled person whom a face looks like."""

    id: Identity
    name: str


class FaceProblem(PhotoProblem):
    """Why a photo cannot be enrolled, and who stands in the way."""

    alike: Alike | None = None


class PhotoFate(Wire):
    """What became of one photo: `reason` is a stable code, `detail` a sentence; `distance` that from somebody `alike`."""

    photo: str
    fate: Literal["enrolled", "repeated", "refused"]
    reason: str | None = None
    detail: str | None = None
    distance: Distance | None = None
    alike: Alike | None = None


class PersonEnrolled(Wire):
    """A person as enrolled now, and what became of each photo."""

    person: PersonSummary
    photos: tuple[PhotoFate, ...]


class ErasureReceipt(Wire):
    """Signed proof of an erasure, which names nobody: to be kept as it is, since the signature is over all of it.

    `file_rewritten` says whether the gallery's file was written anew without what was erased, None for a database server.
    """

    model_config = ConfigDict(extra="allow")

    kind: str
    gallery: str
    person: str
    reason: Literal["forget", "expire", "remove"]
    time: str
    actor: str
    whole: bool
    enrolments: tuple[str, ...]
    photos: int
    consents: int
    exports: int
    exports_missing: int
    file_rewritten: bool | None
    public_key: str
    signature: str


class EnrolmentsReplaced(PersonEnrolled):
    """As `PersonEnrolled`, with the receipt of what the new photos took the place of."""

    receipt: ErasureReceipt


class ReceiptVerdict(Wire):
    """What a receipt is worth: `signed` and unaltered, `ours`, and what `remains` by table; it `holds` if all is well."""

    holds: bool
    signed: bool
    ours: bool
    remains: dict[str, int]


class EnrolmentTerms(BaseModel):
    """On what terms photos are enrolled.

    `consent` is the owner's own record of why. After the day `expires` they are no longer used. `largest` takes the largest
    face of several, `accept_flaws` takes poor photos, `force` somebody who looks like another.
    """

    model_config = ConfigDict(extra="forbid")

    consent: Text
    consent_date: dt.date | None = None
    consent_by: str = Field(default="", max_length=200)
    expires: dt.date | None = None
    largest: bool = False
    accept_flaws: bool = False
    force: bool = False


class NewPerson(EnrolmentTerms):
    """Somebody to enrol."""

    name: Text
    group: str = Field(default="", max_length=200)


class JsonEnrolments(EnrolmentTerms, JsonPhotos):
    """The JSON request for more photos of a person."""


class JsonPerson(NewPerson, JsonPhotos):
    """The JSON request for a new person."""


class PersonChange(BaseModel):
    """What is to be different about a person; what is left out stays. `expires` null: no last day."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    group: str | None = Field(default=None, max_length=200)
    expires: dt.date | None = None


class PersonSearch(BaseModel):
    """Whose name holds this, whatever the case: sent in the body, since addresses end up in logs."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    after: str | None = Field(default=None, max_length=2000)
    limit: int = Field(default=100, ge=1, le=1000)
