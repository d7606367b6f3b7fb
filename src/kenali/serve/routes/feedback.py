"""Feedback on predictions, what it says of an A/B split, and drift."""

from __future__ import annotations

import asyncio
import errno
from typing import Annotated

from fastapi import APIRouter, Query, Request

from kenali.errors import KenaliError
from kenali.evaluation.metrics import wilson
from kenali.serve import openapi
from kenali.serve.drifting import Drifting
from kenali.serve.feedback import Judged
from kenali.serve.feedback_schemas import DriftReport, Feedback, FeedbackTaken, Interval, SplitResults, VariantResults
from kenali.serve.keep import DiskFull
from kenali.serve.observations import Tally, read_tallies
from kenali.serve.problems import ProblemError
from kenali.serve.records import Records
from kenali.serve.registry import Registry
from kenali.serve.routes.context import Name, caller_of, found, records_of, registry_of
from kenali.serve.security.guard import needs
from kenali.types import Proportion

router = APIRouter(tags=["feedback"])

_DISK_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@router.post("/v1/models/{name}/feedback", dependencies=[needs("feedback")], responses=openapi.FEEDBACK_RESPONSES)
async def tell(request: Request, name: Name, feedback: Feedback) -> FeedbackTaken:
    """Tell what a photo really showed, by the id of its prediction.

    A label that the model does not know is welcome too. Telling the same again changes nothing; telling another label corrects
    the first. Where the photo was kept, it is filed under this label.
    """
    registry, records = registry_of(request), records_of(request)
    for model in _models(registry, name):
        receipt = records.receipts.read(model, feedback.id)
        if receipt is not None:
            break
    else:
        raise ProblemError("unknown-prediction", "this id names no prediction of this model")
    by = caller_of(request)
    try:
        async with records.writing:
            await asyncio.to_thread(records.book.record, model, feedback.id, receipt, feedback.label, by)
        keeper = records.keeper
        kept = keeper is not None and await asyncio.to_thread(keeper.label, model, feedback.id, feedback.label, by)
    except DiskFull as error:
        raise ProblemError("disk-full", str(error)) from None
    except OSError as error:
        if error.errno in _DISK_FULL:
            raise ProblemError("disk-full", "the server's disk is full: the feedback was not noted") from None
        raise
    answered = await asyncio.to_thread(records.book.answered, receipt)
    right = None if receipt.reason or answered is None else answered == feedback.label
    return FeedbackTaken(id=feedback.id, model=model, label=feedback.label, answered=answered, right=right, kept=kept)


@router.get("/v1/models/{name}/split", dependencies=[needs("read")], responses=openapi.SPLIT_RESPONSES)
async def split_results(request: Request, name: Name) -> SplitResults:
    """How the sides of an A/B split fare: photos, the share called unknown, and the share that feedback calls right.

    Counts are some seconds old. Each version of a model counts for itself; intervals are Wilson's, 95 %.
    """
    registry, records = registry_of(request), records_of(request)
    split = registry.splits.get(name)
    if split is None:
        found(registry, name)
        raise ProblemError("not-a-split", f"{name!r} is a model; only an A/B split has sides to compare")
    tallies, judged = await asyncio.to_thread(_counted, records, [model for model, _ in split.shares])
    return SplitResults(
        name=name,
        variants=tuple(
            _variant(model, share, tally, judged.get((model, tally.bundle)))
            for model, share in split.shares
            for tally in (
                [one for one in tallies if one.asked == name and one.model == model] or [_none_yet(registry, name, model)]
            )
        ),
    )


@router.get("/v1/models/{name}/drift", dependencies=[needs("read")], responses=openapi.DRIFT_RESPONSES)
async def drift(
    request: Request,
    name: Name,
    days: Annotated[float, Query(gt=0, le=3650, description="How far back to look.")] = 30,
    lang: Annotated[str, Query(pattern="^(en|id)$", description="Language of the sentences.")] = "en",
) -> DriftReport:
    """Whether the photos that are being answered still look like those that the model was judged on, and its answers too.

    It rests on measures of a sample of the photos; no photo is stored for it.
    """
    model = found(registry_of(request), name)
    drifting: Drifting = request.app.state.drifting
    try:
        result = await drifting.of(model.path, model.bundle_id, name, days)
    except KenaliError as error:
        raise ProblemError("too-few-photos", str(error)) from None
    return DriftReport.model_validate(await asyncio.to_thread(drifting.told, result, lang))


def _models(registry: Registry, name: str) -> list[str]:
    """The models that may have answered under a name."""
    split = registry.splits.get(name)
    return [model for model, _ in split.shares] if split else [found(registry, name).name]


def _counted(records: Records, models: list[str]) -> tuple[tuple[Tally, ...], dict[tuple[str, str], Judged]]:
    judged = {(one.model, one.bundle): one for one in records.book.judged(models)}
    return read_tallies(records.state), judged


def _none_yet(registry: Registry, name: str, model: str) -> Tally:
    return Tally(name, model, registry.get(model).bundle_id, 0, 0)


def _variant(model: str, share: float, tally: Tally, judged: Judged | None) -> VariantResults:
    return VariantResults(
        model=model,
        bundle=tally.bundle,
        share=share,
        photos=tally.photos,
        unknown=_interval(wilson(tally.unknown, tally.photos)),
        feedback=judged.told if judged else 0,
        right=_interval(judged.right if judged else wilson(0, 0)),
    )


def _interval(share: Proportion) -> Interval:
    return Interval(value=share.value if share.n else None, low=share.low, high=share.high, n=share.n)
