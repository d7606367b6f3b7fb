"""Faces and people for the client whose methods are awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Unpack

from kenali.client.asking import Ask, PhotoToSend, ServerProblem, refusals, together
from kenali.client.face_asking import (
    FACES,
    Change,
    Terms,
    change_ask,
    enrol_ask,
    enrolment_path,
    enrolments_ask,
    erase_ask,
    look_ask,
    only_faces,
    only_names,
    page_ask,
    person_path,
    receipt_ask,
)
from kenali.serve.face_schemas import FacesSummary, Identified, PhotoFaces, PhotoNames, Verified
from kenali.serve.person_schemas import (
    EnrolmentsReplaced,
    ErasureReceipt,
    Person,
    PersonEnrolled,
    PersonPage,
    PersonSummary,
    ReceiptVerdict,
)
from kenali.serve.schemas import Refusal


class AsyncFaces:
    """As `Faces`, with methods to await."""

    def __init__(self, answer: Callable[[Ask], Awaitable[bytes]]) -> None:
        self._answer = answer

    async def summary(self) -> FacesSummary:
        """How many people are enrolled, and how near a face must be to be named."""
        return FacesSummary.model_validate_json(await self._answer(Ask("GET", FACES)))

    async def persons(self, name: str = "") -> AsyncIterator[PersonSummary]:
        """Everybody who is enrolled, by name, or those whose name holds a text."""
        after: str | None = None
        while True:
            page = PersonPage.model_validate_json(await self._answer(page_ask(name, after)))
            for person in page.persons:
                yield person
            if (after := page.next) is None:
                return

    async def person(self, person: str) -> Person:
        """A person by id, with consents, dates, and all that is enrolled."""
        return Person.model_validate_json(await self._answer(Ask("GET", person_path(person))))

    async def enrol(
        self, name: str, photos: Sequence[PhotoToSend], *, group: str = "", **terms: Unpack[Terms]
    ) -> PersonEnrolled:
        """Enrol somebody new: one face a photo. Raises ServerProblem where no photo can be used, or the name is taken."""
        return PersonEnrolled.model_validate_json(
            await self._answer(await asyncio.to_thread(enrol_ask, name, group, photos, terms))
        )

    async def add(self, person: str, photos: Sequence[PhotoToSend], **terms: Unpack[Terms]) -> PersonEnrolled:
        """Enrol more photos of a person."""
        return PersonEnrolled.model_validate_json(
            await self._answer(await asyncio.to_thread(enrolments_ask, "POST", person, photos, terms))
        )

    async def replace(self, person: str, photos: Sequence[PhotoToSend], **terms: Unpack[Terms]) -> EnrolmentsReplaced:
        """Put these photos in the place of all that is enrolled of a person: all of them, or nothing is changed."""
        return EnrolmentsReplaced.model_validate_json(
            await self._answer(await asyncio.to_thread(enrolments_ask, "PUT", person, photos, terms))
        )

    async def change(self, person: str, **change: Unpack[Change]) -> PersonSummary:
        """Another name or group, or another last day for all that is enrolled, None for none."""
        return PersonSummary.model_validate_json(await self._answer(change_ask(person, change)))

    async def forget(self, person: str) -> ErasureReceipt:
        """Erase a person. Keep the receipt: it proves it, and comes once."""
        return ErasureReceipt.model_validate_json(await self._answer(erase_ask(person_path(person))))

    async def remove(self, person: str, enrolment: str) -> ErasureReceipt:
        """Erase one face that is enrolled, and the person with the last."""
        return ErasureReceipt.model_validate_json(await self._answer(erase_ask(enrolment_path(person, enrolment))))

    async def check(self, receipt: ErasureReceipt | Mapping[str, Any]) -> ReceiptVerdict:
        """Check a receipt: that it is the gallery's own and unaltered, and that nothing of the person is left."""
        return ReceiptVerdict.model_validate_json(await self._answer(receipt_ask(receipt)))

    async def detect(self, photo: PhotoToSend) -> PhotoFaces:
        """The faces in a photo, and how good each is to recognise by; nobody is named."""
        return only_faces(await self._answer(await asyncio.to_thread(look_ask, "detect", [photo])))

    async def identify(self, photo: PhotoToSend) -> PhotoNames:
        """Who is in a photo: a name for each face that is near enough, else `unknown`."""
        return only_names(await self._answer(await asyncio.to_thread(look_ask, "identify", [photo])))

    async def identify_all(self, photos: Iterable[PhotoToSend]) -> AsyncIterator[PhotoNames | Refusal]:
        """One entry a photo, in order, as they come; a photo that cannot be used is a Refusal."""
        groups = together(photos)
        while group := await asyncio.to_thread(next, groups, None):
            entries: Sequence[PhotoNames | Refusal]
            try:
                entries = Identified.model_validate_json(await self._answer(look_ask("identify", group))).photos
            except ServerProblem as error:
                entries = refusals(group, error)
            for entry in entries:
                yield entry

    async def verify(self, one: PhotoToSend, other: PhotoToSend) -> Verified:
        """Whether two photos show the same person; the largest face of each counts."""
        return Verified.model_validate_json(await self._answer(await asyncio.to_thread(look_ask, "verify", [one, other])))

    async def verify_person(self, photo: PhotoToSend, person: str) -> Verified:
        """Whether a photo shows an enrolled person, by id."""
        return Verified.model_validate_json(await self._answer(await asyncio.to_thread(look_ask, "verify", [photo], person)))
