"""The options of `predict`: read in one step, since FastAPI looks into each parameter anew for every request, which took a
third of what it does for one.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

_UNIT = "Kenali-Unit"
_LONGEST_UNIT = 200


class PredictOptions(BaseModel):
    """What a request's query says."""

    model_config = ConfigDict(frozen=True)

    top_k: Annotated[int, Field(ge=1, le=1000, description="How many classes to give with their probabilities.")] = 5
    explain: Annotated[bool, Field(description="Add a PNG of where the evidence for the likeliest class lies.")] = False
    reject: Annotated[
        float | None, Field(ge=0, lt=1, description="Call this share of the model's own kind of photos unknown, 0 none.")
    ] = None
    keep: Annotated[bool, Field(description="Consent to the photos being stored, where the server keeps any.")] = False


_USUAL = PredictOptions()


def options_of(request: Request) -> PredictOptions:
    """The options of a request. Raises RequestValidationError for what they cannot be."""
    if not request.scope["query_string"]:
        return _USUAL
    try:
        return PredictOptions.model_validate(dict(request.query_params))
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False)
        raise RequestValidationError([each | {"loc": ("query", *each["loc"])} for each in told]) from None


def unit_of(request: Request) -> str | None:
    """Whom or what the photos are about, if the request says so. Raises RequestValidationError where that is too long."""
    unit = request.headers.get(_UNIT)
    if unit is not None and len(unit) > _LONGEST_UNIT:
        message = f"String should have at most {_LONGEST_UNIT} characters"
        raise RequestValidationError([{"type": "string_too_long", "loc": ("header", _UNIT), "msg": message, "input": unit}])
    return unit


def parameters() -> list[dict[str, Any]]:
    """What the OpenAPI document says of them."""
    properties = PredictOptions.model_json_schema()["properties"]
    query = [
        {"name": name, "in": "query", "required": False, "description": schema.pop("description"), "schema": schema}
        for name, schema in properties.items()
    ]
    unit = {
        "name": _UNIT,
        "in": "header",
        "required": False,
        "description": "Whom or what the photos are about; a split answers it alike.",
        "schema": {"type": "string", "maxLength": _LONGEST_UNIT},
    }
    return [*query, unit]
