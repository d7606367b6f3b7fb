"""What routes take from the application: the models of this worker, its settings.

Plain functions instead of dependencies: FastAPI would look into each of them anew for every request.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request

from kenali.serve import record
from kenali.serve.model import ServedModel
from kenali.serve.problems import ProblemError
from kenali.serve.records import Records
from kenali.serve.registry import Registry
from kenali.serve.settings import Settings


def registry_of(request: Request) -> Registry:
    registry: Registry = request.app.state.registry
    return registry


def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def records_of(request: Request) -> Records:
    records: Records = request.app.state.records
    return records


def caller_of(request: Request) -> str:
    """The id of the key that asks, `-` where none was needed."""
    return record.of(request.scope).key_id


Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="A model, or an A/B split.")]


def found(registry: Registry, name: str) -> ServedModel:
    """The model called `name`; ProblemError where there is none."""
    try:
        return registry.get(name)
    except KeyError as error:
        raise ProblemError("unknown-model", error.args[0]) from None


def chosen(registry: Registry, name: str, unit: str | None) -> ServedModel:
    """The model that answers for `name`, a model or a split; ProblemError where there is none."""
    try:
        return registry.choose(name, unit)
    except KeyError as error:
        raise ProblemError("unknown-model", error.args[0]) from None
