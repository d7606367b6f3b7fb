"""The OpenAPI document: what FastAPI finds out by itself, and here what it cannot know."""

from __future__ import annotations

import itertools
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from kenali.serve import examples
from kenali.serve.feedback_schemas import DriftReport, FeedbackTaken, SplitResults
from kenali.serve.key_schemas import KeyList, KeySummary
from kenali.serve.person_schemas import JsonEnrolments, JsonPerson
from kenali.serve.problems import KINDS, MEDIA_TYPE, PHOTO_REASONS, ProblemError
from kenali.serve.schemas import JsonPhotos, Model, ModelList, PredictionList, Problem
from kenali.serve.security.keys import CLOSED

Responses = dict[int | str, dict[str, Any]]

DESCRIPTION = (
    "Classifiers of photos that say how sure they are, and when they do not know.\n\n"
    "Every error is a problem document (RFC 9457) with a stable `reason`. A server that has too much to do answers "
    "429 or 503 with `Retry-After`, at once: try again then."
)
TAGS = [
    {"name": "predict", "description": "Photos in, names and probabilities out."},
    {"name": "faces", "description": "Who is in a photo, of the people who are enrolled."},
    {"name": "people", "description": "Who is enrolled: on what terms, for how long, and no more."},
    {"name": "models", "description": "What is served, and how its numbers are to be read."},
    {"name": "feedback", "description": "What the photos really showed, and whether they have changed."},
    {"name": "streams", "description": "What cameras see, where the server watches a hub."},
    {"name": "operation", "description": "For those who look after the server."},
    {"name": "health", "description": "For load balancers and watchdogs."},
]

PHOTO = {"schema": {"type": "string", "format": "binary"}}
REF = "#/components/schemas/{model}"


def refusals(*reasons: str) -> Responses:
    """The responses of a route that may refuse for these reasons, with an example each."""
    found: Responses = {}
    for reason in reasons:
        kind = KINDS[reason]
        response = found.setdefault(
            kind.status, {"model": Problem, "description": "", "content": {MEDIA_TYPE: {"examples": {}}}}
        )
        response["description"] = "; ".join(filter(None, [response["description"], kind.title]))
        problem = ProblemError(reason, examples.DETAILS[reason], retry_after_s=1.0 if kind.status in (429, 503) else None)
        response["content"][MEDIA_TYPE]["examples"][reason] = {"value": problem.problem().model_dump(exclude_none=True)}
        if kind.status in (429, 503):
            response["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return found


def answers(status: int, model: type[BaseModel], description: str, example: dict[str, Any]) -> Responses:
    """The good answer of a route, with a real example."""
    return {status: {"model": model, "description": description, "content": {"application/json": {"example": example}}}}


KEYS = ("unauthorized", "forbidden", "rate")

PREDICT_RESPONSES = answers(200, PredictionList, "One entry a photo, in order.", examples.PREDICTIONS) | refusals(
    *PHOTO_REASONS,
    "no-usable-photo",
    *KEYS,
    "malformed",
    "no-photo",
    "too-many-photos",
    "unsupported-media-type",
    "unknown-model",
    "slow-body",
    "invalid",
    "busy",
)
PREDICT_BODY = {
    "required": True,
    "description": "One photo as the bytes of its file; several as the files of a form, whatever its fields are called; JSON.",
    "content": {
        "application/octet-stream": PHOTO,
        "image/jpeg": PHOTO,
        "image/png": PHOTO,
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"photo": {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}},
                "required": ["photo"],
            }
        },
        "application/json": {"schema": {"$ref": REF.format(model="JsonPhotos")}, "example": examples.JSON_PHOTOS},
    },
}
MODELS_RESPONSES = answers(200, ModelList, "Models and splits.", examples.MODELS) | refusals(*KEYS)
MODEL_RESPONSES = answers(200, Model, "The model.", examples.MODEL) | refusals(*KEYS, "unknown-model", "invalid")
PUT_BODY = {
    "required": True,
    "description": "A bundle as a ZIP: the folder itself or its files.",
    "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
}
PUT_RESPONSES = (
    answers(200, Model, "The bundle took the place of another.", examples.MODEL)
    | answers(201, Model, "The bundle is served.", examples.MODEL)
    | refusals(*KEYS, "too-many-bytes", "unsupported-media-type", "slow-body", "invalid", "bundle-refused", "busy")
)
FEEDBACK_RESPONSES = answers(200, FeedbackTaken, "Noted.", examples.FEEDBACK) | refusals(
    *KEYS, "malformed", "unknown-model", "unknown-prediction", "slow-body", "too-many-bytes", "invalid", "disk-full"
)
SPLIT_RESPONSES = answers(200, SplitResults, "The sides.", examples.SPLIT) | refusals(
    *KEYS, "unknown-model", "not-a-split", "invalid"
)
DRIFT_RESPONSES = answers(200, DriftReport, "The comparison.", examples.DRIFT) | refusals(
    *KEYS, "unknown-model", "too-few-photos", "invalid"
)
_UNLOADED: Responses = {204: {"description": "Unloaded."}}
DELETE_RESPONSES = _UNLOADED | refusals(*KEYS, "unknown-model", "conflict", "invalid")
_EXPOSITION: Responses = {
    200: {"description": "Prometheus's text format, version 0.0.4.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}
METRICS_RESPONSES = _EXPOSITION | refusals(*KEYS)
KEYS_RESPONSES = answers(200, KeyList, "Keys, oldest first.", {"keys": [examples.KEY], "own": examples.KEY["id"]}) | refusals(
    *KEYS
)
REVOKE_RESPONSES = answers(200, KeySummary, "The key, revoked.", examples.KEY) | refusals(*KEYS, "not-found", "conflict")
HEALTH_RESPONSES: Responses = {}
READY_RESPONSES = refusals("not-ready", "draining")


def document(app: FastAPI) -> dict[str, Any]:
    """The document of `app`. While the server has no keys, nobody needs one but for what only an admin may do."""
    if app.openapi_schema is None:
        app.openapi_schema = _made(app)
    made: dict[str, Any] = app.openapi_schema
    if app.state.security.keys.required:
        return made
    paths = {path: {method: _opened(told) for method, told in operations.items()} for path, operations in made["paths"].items()}
    return made | {"paths": paths}


def _opened(operation: dict[str, Any]) -> dict[str, Any]:
    needs: list[dict[str, list[str]]] = operation.get("security", [])
    opened = any(CLOSED.isdisjoint(scopes) for need in needs for scopes in need.values())
    return operation | {"security": [{}, *needs]} if opened else operation


def _alternatives(needs: list[dict[str, list[str]]]) -> list[dict[str, list[str]]]:
    """Each of the scopes that a route takes, where `needs` joined them."""
    return [
        {scheme: list(chosen)}
        for need in needs
        for scheme, scopes in need.items()
        for chosen in itertools.product(*(scope.split("|") for scope in scopes))
    ]


def _made(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with the JSON request of `predict`, and problems under their media type."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        license_info=app.license_info,
        separate_input_output_schemas=False,
    )
    for document in (JsonPhotos, JsonPerson, JsonEnrolments):
        schema = document.model_json_schema(ref_template=REF)
        found["components"]["schemas"] |= schema.pop("$defs") | {document.__name__: schema}
    for operation in (operation for path in found["paths"].values() for operation in path.values()):
        if "security" in operation:
            operation["security"] = _alternatives(operation["security"])
        for status, response in operation["responses"].items():
            if int(status) >= 400 and "application/json" in response.get("content", {}):
                content = response["content"]
                content.setdefault(MEDIA_TYPE, {}).update(content.pop("application/json"))
    return found
