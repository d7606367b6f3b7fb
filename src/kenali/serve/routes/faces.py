"""`/v1/faces`: faces found, named and compared. Names go to whoever asks, and nowhere else."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from kenali.errors import PhotoError
from kenali.faces.thresholds import Rate, ThresholdRecord
from kenali.serve import face_openapi as openapi
from kenali.serve import metrics, record
from kenali.serve.departure import unless_gone
from kenali.serve.face_schemas import (
    Detected,
    FaceRate,
    FacesSummary,
    FaceThreshold,
    Identified,
    Identity,
    PhotoFaces,
    PhotoNames,
    Verified,
)
from kenali.serve.faces.desk import only_face
from kenali.serve.faces.known import Known, NotComparable
from kenali.serve.faces.looking import Looked
from kenali.serve.person_schemas import ErasureReceipt, ReceiptVerdict
from kenali.serve.problems import ProblemError, all_refused, photo_problem
from kenali.serve.routes.context import registry_of, settings_of
from kenali.serve.routes.face_context import desk_of, distance_of, face_of, named_of, told
from kenali.serve.schemas import Refusal
from kenali.serve.security.guard import needs
from kenali.serve.uploads import read_photos

router = APIRouter(prefix="/v1/faces", tags=["faces"])

_NO_FACE = PhotoError("no-face", "no face was found")


@router.get("", dependencies=[needs("read", "identify", "enrol", "erase")], responses=openapi.SUMMARY_RESPONSES)
async def summary(request: Request) -> FacesSummary:
    """How many people are enrolled, and how near a face must be to be named."""
    desk = desk_of(request)
    with told():
        known = await desk.known()
    return FacesSummary(
        people=known.enrolled,
        photos=len(known.vectors),
        embedder=desk.embedder,
        threshold=_threshold(known),
        matcher=desk.settings.matcher,
        version=known.version,
    )


@router.post(
    "/detect",
    dependencies=[needs("identify", "enrol")],
    responses=openapi.DETECT_RESPONSES,
    openapi_extra={"requestBody": openapi.PHOTOS_BODY},
)
async def detect(request: Request) -> Detected:
    """Where the faces are, and how good each is to recognise by. Nobody is named, and nothing is kept."""
    looked = await _looked(request)
    found = tuple(
        _refusal(one) if one.error else PhotoFaces(**_size(one), faces=tuple(face_of(seen) for seen in one.faces))
        for one in looked
    )
    return Detected(photos=found)


@router.post(
    "/identify",
    dependencies=[needs("identify")],
    responses=openapi.IDENTIFY_RESPONSES,
    openapi_extra={"requestBody": openapi.PHOTOS_BODY},
)
async def identify(request: Request) -> Identified:
    """Who is in photos: an enrolled person's name for each face that is near enough, else `unknown`.

    Send one photo as the bytes of its file, or several as the files of a form or as base64 in JSON. Whoever was forgotten
    before the photos came, by this server or another, is named no more.
    """
    desk = desk_of(request)
    with told():
        photos = await _photos(request)
        answered, known = await unless_gone(request.receive, desk.identify(photos))
        if known.limits is None:
            raise NotComparable(known.why_not)
    looked = [one for one, _ in answered]
    _note(request, looked, [one.person is not None for _, named in answered for one in named])
    return Identified(
        photos=tuple(
            _refusal(one) if one.error else PhotoNames(**_size(one), faces=tuple(map(named_of, one.faces, named)))
            for one, named in answered
        ),
        threshold=known.limits.identify,
        fitted=known.limits.fitted,
        matcher=desk.settings.matcher,
    )


@router.post(
    "/verify",
    dependencies=[needs("identify")],
    responses=openapi.VERIFY_RESPONSES,
    openapi_extra={"requestBody": openapi.PHOTOS_BODY},
)
async def verify(
    request: Request,
    person: Annotated[Identity | None, Query(description="Compare one photo with this enrolled person.")] = None,
) -> Verified:
    """Whether two photos show the same person, or one photo an enrolled `person`; the largest face of each counts."""
    desk = desk_of(request)
    with told():
        photos = await _photos(request)
        wanted = 2 if person is None else 1
        if len(photos) != wanted:
            raise ProblemError("invalid", f"send {'two photos' if wanted == 2 else 'one photo'} to compare, not {len(photos)}")
        looked = await unless_gone(request.receive, desk.look(photos))
        _note(request, looked, [])
        _refuse_any(looked)
        faces = [face for one in looked if (face := only_face(one))]
        gap, known = await desk.compare(faces[0], faces[1] if person is None else person)
        if gap is None:
            raise ProblemError("unknown-person", "nobody with this id is enrolled")
        if known.limits is None:
            raise NotComparable(known.why_not)
    limit = known.limits.verify if person is None else known.limits.identify
    return Verified(
        same=gap <= limit,
        distance=distance_of(gap),
        threshold=limit,
        fitted=known.limits.fitted,
        faces=tuple(map(face_of, faces)),
    )


@router.post("/receipts", dependencies=[needs("erase")], responses=openapi.RECEIPT_RESPONSES)
async def check_receipt(request: Request, receipt: ErasureReceipt) -> ReceiptVerdict:
    """Check a receipt: that it is this gallery's own and unaltered, and that nothing of the person is left."""
    with told():
        verdict = await desk_of(request).check(receipt.model_dump(mode="json"))
    return ReceiptVerdict(holds=verdict.holds, signed=verdict.signed, ours=verdict.ours, remains=verdict.remains)


async def _photos(request: Request) -> list[tuple[str, bytes]]:
    registry_of(request).room.check()
    return await read_photos(request, settings_of(request))


async def _looked(request: Request) -> list[Looked]:
    with told():
        looked = await unless_gone(request.receive, desk_of(request).look(await _photos(request)))
    _note(request, looked, [])
    return looked


def _note(request: Request, looked: list[Looked], known: list[bool]) -> None:
    """Count for the audit log and the metrics; raises ProblemError where no photo could be used."""
    labels = record.of(request.scope).labels
    refused = [photo_problem(one.photo, one.error) for one in looked if one.error]
    labels.update(problem.reason for problem in refused)
    metrics.observe_faces("found", sum(len(one.faces) for one in looked))
    for outcome, wanted in (("known", True), ("unknown", False)):
        if number := known.count(wanted):
            labels[outcome] = number
            metrics.observe_faces(outcome, number)
    if len(refused) == len(looked):
        raise all_refused(refused)


def _refuse_any(looked: list[Looked]) -> None:
    """Raises ProblemError where a photo cannot be used or shows no face."""
    problems = [photo_problem(one.photo, one.error or _NO_FACE) for one in looked if one.error or not one.faces]
    if problems:
        raise ProblemError(problems[0].reason, problems[0].detail, errors=problems)


def _refusal(looked: Looked) -> Refusal:
    assert looked.error is not None
    return Refusal(photo=looked.photo, error=photo_problem(looked.photo, looked.error))


def _threshold(known: Known) -> FaceThreshold | None:
    limits = known.limits
    if limits is None:
        return None
    if known.record is None:
        return FaceThreshold(distance=limits.identify, verify=limits.verify, fitted=False)
    record = ThresholdRecord.from_json(known.record)
    return FaceThreshold(
        distance=limits.identify,
        verify=limits.verify,
        fitted=True,
        wished=record.far,
        far=_rate(record.identify.far),
        frr=_rate(record.identify.frr),
        strangers=_rate(record.strangers),
        persons=record.persons,
        photos=record.photos,
        date=record.fitted,
    )


def _rate(rate: Rate) -> FaceRate:
    return FaceRate(value=rate.value, low=rate.low, high=rate.high)


def _size(looked: Looked) -> dict[str, Any]:
    height, width = looked.size_px
    return {"photo": looked.photo, "width": width, "height": height}
