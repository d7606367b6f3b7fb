"""`POST /v1/models/{name}/predict`."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from kenali.errors import KenaliError
from kenali.serve import openapi, record
from kenali.serve.departure import unless_gone
from kenali.serve.model import Prediction as Predicted
from kenali.serve.model import ServedModel
from kenali.serve.options import options_of, parameters, unit_of
from kenali.serve.problems import ProblemError, all_refused, photo_problem
from kenali.serve.room import Busy
from kenali.serve.routes.context import Name, caller_of, chosen, records_of, registry_of, settings_of
from kenali.serve.schemas import Explanation, Guess, Prediction, PredictionList, Refusal
from kenali.serve.security.guard import needs
from kenali.serve.uploads import read_photos

router = APIRouter(tags=["predict"])


@router.post(
    "/v1/models/{name}/predict",
    dependencies=[needs("predict")],
    responses=openapi.PREDICT_RESPONSES,
    openapi_extra={"requestBody": openapi.PREDICT_BODY, "parameters": parameters()},
)
async def predict(
    request: Request,
    name: Name,
) -> Response:
    """Name photos, or say that they are unknown.

    Send one photo as the bytes of its file, or several as the files of a form or as base64 in JSON. Of several photos those
    that cannot be used have an `error` in the answer; where none can, the answer is a problem.
    """
    registry, options = registry_of(request), options_of(request)
    model = chosen(registry, name, unit_of(request))
    try:
        registry.room.check()
        photos = await read_photos(request, settings_of(request))
        predicted = await unless_gone(request.receive, model.predict(photos, reject=options.reject, explain=options.explain))
    except Busy as busy:
        raise ProblemError("busy", str(busy), retry_after_s=busy.retry_after_s) from None
    except KenaliError as error:
        raise ProblemError("invalid", str(error)) from None
    record.of(request.scope).predicted(model, predicted)
    records = records_of(request)
    ids = await records.issue(name, model, predicted)
    kept = [False] * len(ids)
    if options.keep:
        kept = await records.keep(model, predicted, ids, [data for _, data in photos], caller_of(request))
    return Response(_answer(model, predicted, ids, kept, options.top_k).model_dump_json(), media_type="application/json")


def _answer(
    model: ServedModel, predicted: Sequence[Predicted], ids: Sequence[str], kept: Sequence[bool], top_k: int
) -> PredictionList:
    """Raises ProblemError where no photo could be used."""
    refused = [photo_problem(each.photo, each.error) for each in predicted if each.error]
    if len(refused) == len(predicted):
        raise all_refused(refused)
    names = model.manifest.class_names
    entries = tuple(
        Refusal(photo=each.photo, error=photo_problem(each.photo, each.error))
        if each.error
        else _entry(each, number, stored, names, top_k)
        for each, number, stored in zip(predicted, ids, kept, strict=True)
    )
    return PredictionList(model=model.name, bundle=model.bundle_id, predictions=entries)


def _entry(predicted: Predicted, number: str, kept: bool, class_names: Sequence[str], top_k: int) -> Prediction:
    outcome = predicted.outcome
    label = outcome.label(class_names)
    assert outcome.probs is not None
    assert label is not None
    probs = outcome.probs.tolist()
    picture = predicted.explanation
    order = sorted(range(len(probs)), key=probs.__getitem__, reverse=True)
    likeliest = class_names[order[0]]
    return Prediction(
        id=number,
        photo=predicted.photo,
        label=label,
        reason=outcome.reason,
        confidence=round(probs[order[0]], 6),
        top=tuple(Guess(label=class_names[one], probability=round(probs[one], 6)) for one in order[:top_k]),
        novelty=None if outcome.novelty is None else round(outcome.novelty, 6),
        set=tuple(class_names[one] for one in outcome.candidates) or None,
        explanation=Explanation(label=likeliest, png=base64.b64encode(picture)) if picture else None,
        kept=kept,
    )
