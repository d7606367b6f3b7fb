"""`/v1/models`: what is served; loading, replacing and unloading bundles."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from kenali.errors import KenaliError
from kenali.serve import openapi, record
from kenali.serve.model import ServedModel
from kenali.serve.problems import ProblemError
from kenali.serve.registry import Registry
from kenali.serve.routes.context import Name, found, registry_of, settings_of
from kenali.serve.schemas import (
    CalibrationSummary,
    LimitsSummary,
    Model,
    ModelList,
    ModelSummary,
    PreprocessingSummary,
    SetsSummary,
    SplitSummary,
    Variant,
)
from kenali.serve.security.guard import needs
from kenali.serve.uploads import received_bundle

router = APIRouter(tags=["models"])


@router.get("/v1/models", dependencies=[needs("read")], responses=openapi.MODELS_RESPONSES)
async def list_models(request: Request) -> ModelList:
    """All models and A/B splits that can be asked."""
    registry = registry_of(request)
    return ModelList(
        models=tuple(_summary(registry.get(name), registry) for name in registry.names()),
        splits=tuple(
            SplitSummary(name=split.name, variants=tuple(Variant(model=model, share=share) for model, share in split.shares))
            for split in registry.splits.values()
        ),
    )


@router.get("/v1/models/{name}", dependencies=[needs("read")], responses=openapi.MODEL_RESPONSES)
async def describe_model(request: Request, name: Name) -> Model:
    """A model's classes, preprocessing, calibration, limits and provenance."""
    registry = registry_of(request)
    return _described(found(registry, name), registry)


@router.put(
    "/v1/models/{name}",
    dependencies=[needs("admin")],
    responses=openapi.PUT_RESPONSES,
    openapi_extra={"requestBody": openapi.PUT_BODY},
)
async def put_model(request: Request, response: Response, name: Name) -> Model:
    """Load a bundle under this name, or put it in the place of the one that has it; no request is dropped.

    The body is the bundle as a ZIP. Its checksums are compared and its golden photos replayed before it answers anything;
    the answer comes once every worker uses it.
    """
    registry = registry_of(request)
    record.of(request.scope).subject = f"model {name}"
    new = name not in registry.names()
    async with received_bundle(request, settings_of(request).run) as file:
        try:
            model = await registry.install(name, file)
        except KenaliError as error:
            raise ProblemError("bundle-refused", str(error).replace(str(file), "what was sent")) from None
    response.status_code = 201 if new else 200
    return _described(model, registry)


@router.delete("/v1/models/{name}", status_code=204, dependencies=[needs("admin")], responses=openapi.DELETE_RESPONSES)
async def delete_model(request: Request, name: Name) -> None:
    """Unload a model. Requests that it is answering end first."""
    registry = registry_of(request)
    record.of(request.scope).subject = f"model {name}"
    found(registry, name)
    try:
        await registry.remove(name)
    except KenaliError as error:
        raise ProblemError("conflict", str(error)) from None


def _summary(model: ServedModel, registry: Registry) -> ModelSummary:
    return ModelSummary(
        name=model.name,
        bundle=model.bundle_id,
        class_names=model.manifest.class_names,
        loaded_at=model.loaded_at.timestamp(),
        problem=registry.problems.get(model.name),
    )


def _described(model: ServedModel, registry: Registry) -> Model:
    manifest = model.manifest
    return Model(
        **_summary(model, registry).model_dump(),
        preprocessing=PreprocessingSummary(**asdict(manifest.preprocessing)),
        calibration=CalibrationSummary(**manifest.calibration.model_dump()),
        limits=LimitsSummary(**manifest.thresholds.model_dump()),
        reject_choices=tuple(choice.reject for choice in manifest.thresholds.choices),
        sets=SetsSummary(**manifest.sets.model_dump()) if manifest.sets else None,
        outputs=manifest.outputs,
        parameters=manifest.parameters,
        provenance=manifest.provenance,
        report=f"/models/{model.name}/report/" if "report/index.html" in manifest.files else None,
    )
