"""Faces and people for the client whose methods wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


class Faces:
    """Who is in a photo, and who is enrolled: `client.faces`. People are told by their ids, which outlast their names."""

    def __init__(self, answer: Callable[[Ask], bytes]) -> None:
        self._answer = answer

    def summary(self) -> FacesSummary:
        """How many people are enrolled, and how near a face must be to be named."""
        return FacesSummary.model_validate_json(self._answer(Ask("GET", FACES)))

    def persons(self, name: str = "") -> Iterator[PersonSummary]:
        """Everybody who is enrolled, by name, or those whose name holds a text."""
        after: str | None = None
        while True:
            page = PersonPage.model_validate_json(self._answer(page_ask(name, after)))
            yield from page.persons
            if (after := page.next) is None:
                return

    def person(self, person: str) -> Person:
        """A person by id, with consents, dates, and all that is enrolled."""
        return Person.model_validate_json(self._answer(Ask("GET", person_path(person))))

    def enrol(self, name: str, photos: Sequence[PhotoToSend], *, group: str = "", **terms: Unpack[Terms]) -> PersonEnrolled:
        """Enrol somebody new: one face a photo. Raises ServerProblem where no photo can be used, or the name is taken."""
        return PersonEnrolled.model_validate_json(self._answer(enrol_ask(name, group, photos, terms)))

    def add(self, person: str, photos: Sequence[PhotoToSend], **terms: Unpack[Terms]) -> PersonEnrolled:
        """Enrol more photos of a person."""
        return PersonEnrolled.model_validate_json(self._answer(enrolments_ask("POST", person, photos, terms)))

    def replace(self, person: str, photos: Sequence[PhotoToSend], **terms: Unpack[Terms]) -> EnrolmentsReplaced:
        """Put these photos in the place of all that is enrolled of a person: all of them, or nothing is changed."""
        return EnrolmentsReplaced.model_validate_json(self._answer(enrolments_ask("PUT", person, photos, terms)))

    def change(self, person: str, **change: Unpack[Change]) -> PersonSummary:
        """Another name or group, or another last day for all that is enrolled, None for none."""
        return PersonSummary.model_validate_json(self._answer(change_ask(person, change)))

    def forget(self, person: str) -> ErasureReceipt:
        """Erase a person. Keep the receipt: it proves it, and comes once."""
        return ErasureReceipt.model_validate_json(self._answer(erase_ask(person_path(person))))

    def remove(self, person: str, enrolment: str) -> ErasureReceipt:
        """Erase one face that is enrolled, and the person with the last."""
        return ErasureReceipt.model_validate_json(self._answer(erase_ask(enrolment_path(person, enrolment))))

    def check(self, receipt: ErasureReceipt | Mapping[str, Any]) -> ReceiptVerdict:
        """Check a receipt: that it is the gallery's own and unaltered, and that nothing of the person is left."""
        return ReceiptVerdict.model_validate_json(self._answer(receipt_ask(receipt)))

    def detect(self, photo: PhotoToSend) -> PhotoFaces:
        """The faces in a photo, and how good each is to recognise by; nobody is named."""
        return only_faces(self._answer(look_ask("detect", [photo])))

    def identify(self, photo: PhotoToSend) -> PhotoNames:
        """Who is in a photo: a name for each face that is near enough, else `unknown`."""
        return only_names(self._answer(look_ask("identify", [photo])))

    def identify_all(self, photos: Iterable[PhotoToSend]) -> Iterator[PhotoNames | Refusal]:
        """One entry a photo, in order, as they come; a photo that cannot be used is a Refusal."""
        for group in together(photos):
            try:
                yield from Identified.model_validate_json(self._answer(look_ask("identify", group))).photos
            except ServerProblem as error:
                yield from refusals(group, error)

    def verify(self, one: PhotoToSend, other: PhotoToSend) -> Verified:
        """Whether two photos show the same person; the largest face of each counts."""
        return Verified.model_validate_json(self._answer(look_ask("verify", [one, other])))

    def verify_person(self, photo: PhotoToSend, person: str) -> Verified:
        """Whether a photo shows an enrolled person, by id."""
        return Verified.model_validate_json(self._answer(look_ask("verify", [photo], person)))
