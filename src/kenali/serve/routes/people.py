"""`/v1/faces/persons`: who is enrolled, on what terms; enrolling, changing, forgetting."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from kenali.errors import PhotoError
from kenali.faces.gallery.enrolling import Outcome
from kenali.faces.gallery.values import EnrolledFace
from kenali.faces.gallery.values import Person as Somebody
from kenali.serve import face_openapi as openapi
from kenali.serve import metrics, record
from kenali.serve.departure import unless_gone
from kenali.serve.face_schemas import Identity
from kenali.serve.faces.desk import Enrolled
from kenali.serve.faces.paging import page
from kenali.serve.person_schemas import (
    Alike,
    ConsentRecord,
    EnrolmentRecord,
    EnrolmentsReplaced,
    EnrolmentTerms,
    ErasureReceipt,
    FaceProblem,
    JsonEnrolments,
    JsonPerson,
    NewPerson,
    Person,
    PersonChange,
    PersonEnrolled,
    PersonPage,
    PersonSearch,
    PersonSummary,
    PhotoFate,
)
from kenali.serve.problems import ProblemError, all_refused, photo_problem
from kenali.serve.routes.context import caller_of, registry_of, settings_of
from kenali.serve.routes.face_context import desk_of, quality_of, told
from kenali.serve.security.guard import needs, needs_all
from kenali.serve.uploads import read_form

router = APIRouter(prefix="/v1/faces/persons", tags=["people"])

PersonId = Annotated[Identity, Path(description="A person's pseudonym.")]
After = Annotated[str | None, Query(max_length=2000, description="What the page before said in `next`.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many people at most.")]


@router.get("", dependencies=[needs("enrol", "erase")], responses=openapi.PAGE_RESPONSES)
async def list_persons(request: Request, after: After = None, limit: Limit = 100) -> PersonPage:
    """Who is enrolled, by name, page by page."""
    return await _page(request, "", after, limit)


@router.post("/search", dependencies=[needs("enrol", "erase")], responses=openapi.SEARCH_RESPONSES)
async def search_persons(request: Request, search: PersonSearch) -> PersonPage:
    """Whose name holds a text, page by page. The text comes in the body: addresses end up in logs."""
    return await _page(request, search.name, search.after, search.limit)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("enrol")],
    responses=openapi.ENROL_RESPONSES,
    openapi_extra={"requestBody": openapi.PERSON_BODY},
)
async def enrol_person(request: Request) -> PersonEnrolled:
    """Enrol somebody, with consent: one face a photo. What became of each photo is told; no photo is kept.

    Photos that cannot be used are left out; where none can, nobody is enrolled and the answer is a problem.
    """
    desk = desk_of(request)
    with told():
        registry_of(request).room.check()
        new, photos = await read_form(request, settings_of(request), NewPerson, JsonPerson)
        done = await unless_gone(request.receive, desk.enrol(new, photos, _actor(request)))
    _note(request, done.outcomes)
    if done.person is None:
        raise all_refused(_refusals(done))
    _about(request, done.person.id)
    return PersonEnrolled(person=_summary(done.person), photos=_fates(done))


@router.get("/{person}", dependencies=[needs("enrol", "erase")], responses=openapi.PERSON_RESPONSES)
async def show_person(request: Request, person: PersonId) -> Person:
    """A person, with consents, dates, and all that is enrolled."""
    with told():
        found, faces = await desk_of(request).person(person)
    return Person(**_summary(found).model_dump(), enrolments=tuple(map(_enrolment, faces)))


@router.patch("/{person}", dependencies=[needs("enrol")], responses=openapi.CHANGE_RESPONSES)
async def change_person(request: Request, person: PersonId, change: PersonChange) -> PersonSummary:
    """Another name or group, or another last day for all that is enrolled; null for none."""
    _about(request, person)
    with told():
        done = await desk_of(request).change(
            person,
            new_name=change.name,
            group=change.group,
            expires=change.expires,
            unlimited="expires" in change.model_fields_set and change.expires is None,
            actor=_actor(request),
        )
    return _summary(done)


@router.delete("/{person}", dependencies=[needs("erase")], responses=openapi.FORGET_RESPONSES)
async def forget_person(request: Request, person: PersonId) -> ErasureReceipt:
    """Erase a person: vectors, consents, kept photos, search indexes, exports. The receipt is signed and can be checked."""
    _about(request, person)
    with told():
        return ErasureReceipt.model_validate(await desk_of(request).forget(person, _actor(request)))


@router.get("/{person}/enrolments", dependencies=[needs("enrol", "erase")], responses=openapi.ENROLMENTS_RESPONSES)
async def list_enrolments(request: Request, person: PersonId) -> tuple[EnrolmentRecord, ...]:
    """All that is enrolled of a person, the oldest first."""
    with told():
        _, faces = await desk_of(request).person(person)
    return tuple(map(_enrolment, faces))


@router.post(
    "/{person}/enrolments",
    status_code=201,
    dependencies=[needs("enrol")],
    responses=openapi.ADD_RESPONSES,
    openapi_extra={"requestBody": openapi.ENROLMENTS_BODY},
)
async def add_enrolments(request: Request, response: Response, person: PersonId) -> PersonEnrolled:
    """Enrol more photos of a person. Photos that are enrolled already are `repeated`, not enrolled twice."""
    desk = desk_of(request)
    _about(request, person)
    with told():
        registry_of(request).room.check()
        terms, photos = await read_form(request, settings_of(request), EnrolmentTerms, JsonEnrolments)
        done = await unless_gone(request.receive, desk.add(person, photos, terms, _actor(request)))
    _note(request, done.outcomes)
    refused = _refusals(done)
    if len(refused) == len(done.outcomes):
        raise all_refused(refused)
    assert done.person is not None
    if not any(outcome.fate == "enrolled" for outcome in done.outcomes):
        response.status_code = 200
    return PersonEnrolled(person=_summary(done.person), photos=_fates(done))


@router.put(
    "/{person}/enrolments",
    dependencies=[needs_all("enrol", "erase")],
    responses=openapi.REPLACE_RESPONSES,
    openapi_extra={"requestBody": openapi.ENROLMENTS_BODY},
)
async def replace_enrolments(request: Request, person: PersonId) -> EnrolmentsReplaced:
    """Put these photos in the place of all that is enrolled of a person, in one change.

    All of them, or nothing is changed. The receipt is of what they took the place of.
    """
    desk = desk_of(request)
    _about(request, person)
    with told():
        registry_of(request).room.check()
        terms, photos = await read_form(request, settings_of(request), EnrolmentTerms, JsonEnrolments)
        done = await unless_gone(request.receive, desk.replace(person, photos, terms, _actor(request)))
    _note(request, done.outcomes)
    if done.person is None or done.receipt is None:
        refused = _refusals(done)
        detail = f"{len(refused)} of {len(done.outcomes)} photos cannot be enrolled: nothing was changed"
        raise ProblemError("photos-refused", detail, errors=refused)
    receipt = ErasureReceipt.model_validate(done.receipt)
    return EnrolmentsReplaced(person=_summary(done.person), photos=_fates(done), receipt=receipt)


@router.delete("/{person}/enrolments/{enrolment}", dependencies=[needs("erase")], responses=openapi.REMOVE_RESPONSES)
async def remove_enrolment(
    request: Request, person: PersonId, enrolment: Annotated[Identity, Path(description="One face that is enrolled.")]
) -> ErasureReceipt:
    """Erase one face that is enrolled; the person too, if it was the last (`whole` in the receipt)."""
    _about(request, person)
    with told():
        return ErasureReceipt.model_validate(await desk_of(request).forget(person, _actor(request), enrolment))


async def _page(request: Request, name: str, after: str | None, limit: int) -> PersonPage:
    desk = desk_of(request)
    with told():
        everybody = await desk.people()
        wanted = name.casefold()
        people = [person for person in everybody if wanted in person.name.casefold()] if wanted else everybody
        found, following = page(people, after, limit, desk.pages)
    return PersonPage(persons=tuple(map(_summary, found)), total=len(people), next=following)


def _actor(request: Request) -> str:
    """Who does it, for the gallery's audit."""
    return f"key {caller_of(request)}"


def _about(request: Request, person: str) -> None:
    """The audit log says whom it was about, by pseudonym."""
    record.of(request.scope).subject = f"person {person}"


def _note(request: Request, outcomes: list[Outcome]) -> None:
    labels = record.of(request.scope).labels
    labels.update(outcome.reason or outcome.fate for outcome in outcomes)
    for fate in ("enrolled", "refused"):
        if number := sum(outcome.fate == fate for outcome in outcomes):
            metrics.observe_faces(fate, number)


def _refusals(done: Enrolled) -> list[FaceProblem]:
    return [
        FaceProblem(
            **photo_problem(outcome.path, PhotoError(outcome.reason, _sentence(outcome))).model_dump(),
            alike=_alike(outcome, done),
        )
        for outcome in done.outcomes
        if outcome.fate == "refused"
    ]


def _fates(done: Enrolled) -> tuple[PhotoFate, ...]:
    return tuple(
        PhotoFate(
            photo=outcome.path,
            fate=outcome.fate,
            reason=outcome.reason or None,
            detail=_sentence(outcome) or None,
            distance=outcome.distance,
            alike=_alike(outcome, done),
        )
        for outcome in done.outcomes
    )


def _alike(outcome: Outcome, done: Enrolled) -> Alike | None:
    return None if outcome.alike is None else Alike(id=done.ids[outcome.alike], name=outcome.alike)


def _sentence(outcome: Outcome) -> str:
    """The sentence with options as they are called here."""
    detail = outcome.detail
    for option in ("largest", "accept-flaws", "force"):
        detail = detail.replace(f"(--{option})", f"({option.replace('-', '_')}=true)")
    return detail


def _summary(person: Somebody) -> PersonSummary:
    return PersonSummary(
        id=person.id,
        name=person.name,
        group=person.group,
        photos=person.faces,
        created=person.created,
        expires=person.expires,
    )


def _enrolment(face: EnrolledFace) -> EnrolmentRecord:
    consent = face.consent
    return EnrolmentRecord(
        id=face.id,
        created=face.created,
        expires=face.expires,
        consent=ConsentRecord(reference=consent.reference, given=consent.given, by=consent.by),
        quality=quality_of(face.quality) if face.quality else None,
        kept=face.kept,
    )
