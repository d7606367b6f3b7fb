"""The client whose methods wait for their answers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
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
from kenali.client.waiting_faces import Faces
from kenali.serve.feedback_schemas import DriftReport, FeedbackTaken, SplitResults
from kenali.serve.schemas import Model, ModelList, Prediction, Refusal


class Client:
    """A client that waits for its answers. Safe to use from several threads; closes its connections with the `with` block."""

    def __init__(
        self, url: str, *, key: str | None = None, timeout_s: float = 60.0, attempts: int = 5, **httpx_options: Any
    ) -> None:
        """`url` is the server's, without `/v1`; further options go to `httpx.Client`, such as `verify`."""
        self._attempts = attempts
        self._http = httpx.Client(base_url=url, headers=authorization(key), timeout=timeout_s, **httpx_options)
        self.faces = Faces(self._answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def models(self) -> ModelList:
        """All models and splits of the server."""
        return ModelList.model_validate_json(self._answer(Ask("GET", "/v1/models")))

    def model(self, name: str) -> Model:
        """A model: classes, preprocessing, calibration, limits, provenance."""
        return Model.model_validate_json(self._answer(Ask("GET", model_path(name))))

    def predict(self, name: str, photo: PhotoToSend, **options: Unpack[Options]) -> Prediction:
        """What the model says of one photo. Raises ServerProblem where it cannot be used."""
        named = named_photo(photo)
        return only_prediction(named, self._answer(predict_ask(name, [named], options)))

    def predict_all(
        self, name: str, photos: Iterable[PhotoToSend], **options: Unpack[Options]
    ) -> Iterator[Prediction | Refusal]:
        """One entry a photo, in order, as they come; a photo that cannot be used is a Refusal."""
        for group in together(photos):
            try:
                yield from read_entries(group, self._answer(predict_ask(name, group, options)))
            except ServerProblem as error:
                yield from refusals(group, error)

    def feedback(self, name: str, prediction: str, label: str) -> FeedbackTaken:
        """Tell what a photo really showed, by the `id` of its prediction; telling another label corrects the first."""
        return FeedbackTaken.model_validate_json(self._answer(feedback_ask(name, prediction, label)))

    def split(self, name: str) -> SplitResults:
        """How the sides of an A/B split fare: photos, share unknown, and what feedback calls right, with intervals."""
        return SplitResults.model_validate_json(self._answer(Ask("GET", f"{model_path(name)}/split")))

    def drift(self, name: str, *, days: float = 30, language: str = "en") -> DriftReport:
        """Whether the photos of the last `days` still look like those that the model was judged on."""
        params = {"days": str(days), "lang": language}
        return DriftReport.model_validate_json(self._answer(Ask("GET", f"{model_path(name)}/drift", params)))

    def install(self, name: str, bundle: str | Path) -> Model:
        """Load the bundle, a folder or a ZIP, as `name`, or put it in the place of the one that has this name."""
        return Model.model_validate_json(self._answer(install_ask(name, Path(bundle))))

    def remove(self, name: str) -> None:
        """Unload a model."""
        self._answer(Ask("DELETE", model_path(name), repeatable=False))

    def _answer(self, ask: Ask) -> bytes:
        """The body of the server's answer. Raises ServerProblem, or KenaliError where no server answers."""
        for tried in range(1, self._attempts + 1):
            try:
                response = self._http.request(ask.method, ask.path, params=ask.params, headers=ask.headers, **ask.body)
            except httpx.TransportError as error:
                pause = pause_after_break(ask, error, tried, self._attempts)
            else:
                if response.is_success:
                    return response.content
                pause = pause_asked(ask, response, tried, self._attempts)
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")
