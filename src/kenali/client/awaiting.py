"""The client whose methods are awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from kenali.client.asking import (
    Ask,
    Options,
    PhotoToSend,
    ServerProblem,
    authorization,
    feedback_ask,
    install_ask,
    model_path,
    named_photo,
    only_prediction,
    pause_after_break,
    pause_asked,
    predict_ask,
    read_entries,
    refusals,
    together,
)
from kenali.client.awaiting_faces import AsyncFaces
from kenali.serve.feedback_schemas import DriftReport, FeedbackTaken, SplitResults
from kenali.serve.schemas import Model, ModelList, Prediction, Refusal


class AsyncClient:
    """A client whose methods are awaited: as `Client`."""

    def __init__(
        self, url: str, *, key: str | None = None, timeout_s: float = 60.0, attempts: int = 5, **httpx_options: Any
    ) -> None:
        """As `Client`; further options go to `httpx.AsyncClient`."""
        self._attempts = attempts
        self._http = httpx.AsyncClient(base_url=url, headers=authorization(key), timeout=timeout_s, **httpx_options)
        self.faces = AsyncFaces(self._answer)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def models(self) -> ModelList:
        """All models and splits of the server."""
        return ModelList.model_validate_json(await self._answer(Ask("GET", "/v1/models")))

    async def model(self, name: str) -> Model:
        """A model: classes, preprocessing, calibration, limits, provenance."""
        return Model.model_validate_json(await self._answer(Ask("GET", model_path(name))))

    async def predict(self, name: str, photo: PhotoToSend, **options: Unpack[Options]) -> Prediction:
        """What the model says of one photo. Raises ServerProblem where it cannot be used."""
        named = await asyncio.to_thread(named_photo, photo)
        return only_prediction(named, await self._answer(predict_ask(name, [named], options)))

    async def predict_all(
        self, name: str, photos: Iterable[PhotoToSend], **options: Unpack[Options]
    ) -> AsyncIterator[Prediction | Refusal]:
        """One entry a photo, in order, as they come; a photo that cannot be used is a Refusal."""
        groups = together(photos)
        while group := await asyncio.to_thread(next, groups, None):
            entries: Sequence[Prediction | Refusal]
            try:
                entries = read_entries(group, await self._answer(predict_ask(name, group, options)))
            except ServerProblem as error:
                entries = refusals(group, error)
            for entry in entries:
                yield entry

    async def feedback(self, name: str, prediction: str, label: str) -> FeedbackTaken:
        """Tell what a photo really showed, by the `id` of its prediction; telling another label corrects the first."""
        return FeedbackTaken.model_validate_json(await self._answer(feedback_ask(name, prediction, label)))

    async def split(self, name: str) -> SplitResults:
        """How the sides of an A/B split fare: photos, share unknown, and what feedback calls right, with intervals."""
        return SplitResults.model_validate_json(await self._answer(Ask("GET", f"{model_path(name)}/split")))

    async def drift(self, name: str, *, days: float = 30, language: str = "en") -> DriftReport:
        """Whether the photos of the last `days` still look like those that the model was judged on."""
        params = {"days": str(days), "lang": language}
        return DriftReport.model_validate_json(await self._answer(Ask("GET", f"{model_path(name)}/drift", params)))

    async def install(self, name: str, bundle: str | Path) -> Model:
        """Load the bundle, a folder or a ZIP, as `name`, or put it in the place of the one that has this name."""
        return Model.model_validate_json(await self._answer(await asyncio.to_thread(install_ask, name, Path(bundle))))

    async def remove(self, name: str) -> None:
        """Unload a model."""
        await self._answer(Ask("DELETE", model_path(name), repeatable=False))

    async def _answer(self, ask: Ask) -> bytes:
        """The body of the server's answer. Raises ServerProblem, or KenaliError where no server answers."""
        for tried in range(1, self._attempts + 1):
            try:
                response = await self._http.request(ask.method, ask.path, params=ask.params, headers=ask.headers, **ask.body)
            except httpx.TransportError as error:
                pause = pause_after_break(ask, error, tried, self._attempts)
            else:
                if response.is_success:
                    return response.content
                pause = pause_asked(ask, response, tried, self._attempts)
            await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")
