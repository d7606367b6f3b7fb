"""What the OpenAPI document says of the routes about faces and people."""

from __future__ import annotations

from typing import Any

from kenali.serve import examples
from kenali.serve.face_schemas import Detected, FacesSummary, Identified, Verified
from kenali.serve.openapi import KEYS, PREDICT_BODY, REF, Responses, answers, refusals
from kenali.serve.person_schemas import (
    EnrolmentRecord,
    EnrolmentsReplaced,
    EnrolmentTerms,
    ErasureReceipt,
    NewPerson,
    Person,
    PersonEnrolled,
    PersonPage,
    PersonSummary,
    ReceiptVerdict,
)
from kenali.serve.problems import FACE_REASONS, PHOTO_REASONS

_GALLERY = (*KEYS, "gallery-unavailable", "invalid")
_BODY = ("malformed", "too-many-bytes", "slow-body")
_PHOTOS = (*_BODY, *PHOTO_REASONS, "no-usable-photo", "no-photo", "too-many-photos", "unsupported-media-type", "busy")
_SHOWN = examples.FACES


def _form(model: type[NewPerson | EnrolmentTerms], document: str) -> dict[str, Any]:
    """Photos with what is said of them: as a form, or as a JSON document."""
    schema = model.model_json_schema()
    photos = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
    form = {
        "type": "object",
        "properties": {**schema["properties"], "photo": photos},
        "required": [*schema["required"], "photo"],
        "additionalProperties": False,
    }
    return {
        "required": True,
        "description": "The fields and files of a form, files under whatever name; or JSON with the photos in base64.",
        "content": {
            "multipart/form-data": {"schema": form},
            "application/json": {"schema": {"$ref": REF.format(model=document)}, "example": _SHOWN[document]},
        },
    }


PHOTOS_BODY = PREDICT_BODY
PERSON_BODY = _form(NewPerson, "JsonPerson")
ENROLMENTS_BODY = _form(EnrolmentTerms, "JsonEnrolments")

SUMMARY_RESPONSES = answers(200, FacesSummary, "Numbers.", _SHOWN["summary"]) | refusals(*KEYS, "gallery-unavailable")
DETECT_RESPONSES = answers(200, Detected, "One entry a photo, in order.", _SHOWN["detected"]) | refusals(
    *KEYS, *_PHOTOS, "invalid"
)
IDENTIFY_RESPONSES = answers(200, Identified, "One entry a photo, in order.", _SHOWN["identified"]) | refusals(
    *_GALLERY, *_PHOTOS, "not-comparable"
)
VERIFY_RESPONSES = answers(200, Verified, "The comparison.", _SHOWN["verified"]) | refusals(
    *_GALLERY, *_PHOTOS, "no-face", "unknown-person", "not-comparable"
)
RECEIPT_RESPONSES = answers(200, ReceiptVerdict, "What the receipt is worth.", _SHOWN["verdict"]) | refusals(*_GALLERY, *_BODY)

PAGE_RESPONSES = answers(200, PersonPage, "People by name.", _SHOWN["page"]) | refusals(*_GALLERY)
SEARCH_RESPONSES = answers(200, PersonPage, "People by name.", _SHOWN["page"]) | refusals(*_GALLERY, *_BODY)
ENROL_RESPONSES = answers(201, PersonEnrolled, "Enrolled.", _SHOWN["enrolled"]) | refusals(
    *_GALLERY, *_PHOTOS, *FACE_REASONS, "name-taken"
)
PERSON_RESPONSES = answers(200, Person, "The person.", _SHOWN["person"]) | refusals(*_GALLERY, "unknown-person")
CHANGE_RESPONSES = answers(200, PersonSummary, "The person, changed.", _SHOWN["page"]["persons"][0]) | refusals(
    *_GALLERY, *_BODY, "unknown-person", "name-taken"
)
FORGET_RESPONSES = answers(200, ErasureReceipt, "Erased; the receipt.", _SHOWN["receipt"]) | refusals(
    *_GALLERY, "unknown-person"
)
_ENROLMENTS: Responses = {
    200: {
        "model": tuple[EnrolmentRecord, ...],
        "description": "What is enrolled.",
        "content": {"application/json": {"example": _SHOWN["person"]["enrolments"]}},
    }
}
ENROLMENTS_RESPONSES = _ENROLMENTS | refusals(*_GALLERY, "unknown-person")
ADD_RESPONSES = (
    answers(200, PersonEnrolled, "Nothing was new.", _SHOWN["enrolled"])
    | answers(201, PersonEnrolled, "Enrolled.", _SHOWN["enrolled"])
    | refusals(*_GALLERY, *_PHOTOS, *FACE_REASONS, "unknown-person")
)
REPLACE_RESPONSES = answers(200, EnrolmentsReplaced, "Replaced.", _SHOWN["replaced"]) | refusals(
    *_GALLERY, *_PHOTOS, "photos-refused", "unknown-person"
)
REMOVE_RESPONSES = answers(200, ErasureReceipt, "Erased; the receipt.", _SHOWN["receipt"]) | refusals(
    *_GALLERY, "unknown-person", "not-found"
)
