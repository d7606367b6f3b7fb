"""The clients: what they ask, what they make of the answers, when they try again; and that they know the whole contract."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import kenali
from kenali.client import Options
from kenali.client.awaiting_faces import AsyncFaces
from kenali.client.waiting_faces import Faces
from kenali.serve.examples import FEEDBACK, MODEL, PREDICTIONS, SPLIT
from kenali.serve.problems import ProblemError, all_refused
from kenali.serve.schemas import PhotoProblem, Prediction, Refusal

Handler = Callable[[httpx.Request], httpx.Response]
ONE = PREDICTIONS | {"predictions": PREDICTIONS["predictions"][:1]}
NOT_AN_IMAGE = PhotoProblem(photo="1", status=415, reason="not-an-image", detail="the file is not an image")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the clients make, which here take no time."""
    made: list[float] = []

    async def noted(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr("kenali.client.waiting.time.sleep", made.append)
    monkeypatch.setattr("kenali.client.awaiting.asyncio.sleep", noted)
    return made


def client_of(handler: Handler, **options: Any) -> kenali.Client:
    return kenali.Client("http://server", transport=httpx.MockTransport(handler), **options)


def answering(*answers: httpx.Response | Exception) -> tuple[Handler, list[httpx.Request]]:
    """A server that gives these answers one after the other, and the requests it got."""
    requests: list[httpx.Request] = []
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle, requests


def refusal(error: ProblemError) -> httpx.Response:
    response = error.response()
    return httpx.Response(response.status_code, content=bytes(response.body), headers=dict(response.headers))


def test_one_photo_goes_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "jasper.jpg").write_bytes(b"photo")
    handler, requests = answering(httpx.Response(200, json=ONE))
    with client_of(handler, key="secret") as client:
        found = client.predict("minerals", tmp_path / "jasper.jpg", top_k=3, explain=True, reject=0.2, unit="line 3")
    assert (found.photo, found.label, found.unknown) == ("jasper.jpg", "jasper", False)
    (request,) = requests
    assert request.url == "http://server/v1/models/minerals/predict?top_k=3&explain=true&reject=0.2"
    assert request.content == b"photo"
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["kenali-unit"] == "line 3"


def test_names_cannot_lead_elsewhere() -> None:
    handler, requests = answering(httpx.Response(200, json=ONE))
    with client_of(handler) as client:
        client.predict("../keys?x=", b"photo")
    assert requests[0].url.raw_path == b"/v1/models/..%2Fkeys%3Fx%3D/predict"


def test_many_photos_go_in_groups_and_bad_ones_stay_in_their_place() -> None:
    groups: list[int] = []

    def handle(request: httpx.Request) -> httpx.Response:
        count = request.content.count(b"filename=")
        groups.append(count)
        if count == 0:
            return refusal(all_refused([NOT_AN_IMAGE]))
        entries = [PREDICTIONS["predictions"][0] | {"photo": str(number)} for number in range(count)]
        return httpx.Response(200, json=PREDICTIONS | {"predictions": entries})

    with client_of(handle) as client:
        entries = list(client.predict_all("minerals", [b"photo"] * 32 + [("bad.txt", b"hello")]))
    assert groups == [16, 16, 0]
    assert all(isinstance(entry, Prediction) for entry in entries[:-1])
    assert isinstance(entries[-1], Refusal)
    assert (entries[-1].photo, entries[-1].error.reason) == ("bad.txt", "not-an-image")


def test_a_photo_that_cannot_be_used_is_an_error_that_can_be_read() -> None:
    handler, _ = answering(refusal(all_refused([NOT_AN_IMAGE])))
    with client_of(handler) as client, pytest.raises(kenali.ServerProblem, match="not an image") as told:
        client.predict("minerals", b"hello")
    assert (told.value.problem.status, told.value.problem.reason) == (415, "not-an-image")
    assert isinstance(told.value, kenali.KenaliError)


def test_a_problem_of_the_request_ends_a_batch() -> None:
    handler, _ = answering(refusal(ProblemError("unknown-model", "there is no model 'rock'")))
    with client_of(handler) as client, pytest.raises(kenali.ServerProblem, match="no model"):
        list(client.predict_all("rock", [b"a", b"b"]))


def test_busy_servers_and_broken_connections_are_tried_again(pauses: list[float]) -> None:
    handler, requests = answering(
        refusal(ProblemError("busy", "busy", retry_after_s=7)),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("closed"),
        httpx.Response(502, text="Bad gateway"),
        httpx.Response(200, json=ONE),
    )
    with client_of(handler) as client:
        assert client.predict("minerals", b"photo").label == "jasper"
    assert len(requests) == 5
    assert pauses[0] == 7
    assert 0.25 <= pauses[1] <= 0.75
    assert 1 <= pauses[3] <= 3


def test_patience_ends(pauses: list[float]) -> None:
    handler, requests = answering(*[refusal(ProblemError("rate", "slower, please", retry_after_s=1)) for _ in range(3)])
    with client_of(handler, attempts=3) as client, pytest.raises(kenali.ServerProblem, match="slower") as told:
        client.model("minerals")
    assert told.value.problem.retry_after == 1
    assert (len(requests), len(pauses)) == (3, 2)
    handler, _ = answering(*[httpx.ConnectError("refused", request=httpx.Request("GET", "http://server/")) for _ in range(2)])
    with client_of(handler, attempts=2) as client, pytest.raises(kenali.KenaliError, match="no answer from http://server"):
        client.models()


def test_what_may_have_acted_is_not_repeated(pauses: list[float], tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(b"zip")
    for broken in (httpx.ReadError("reset"), httpx.ReadTimeout("slow")):
        handler, requests = answering(broken)
        with client_of(handler) as client, pytest.raises(kenali.KenaliError, match="no answer"):
            client.install("minerals", tmp_path / "bundle.zip")
        assert len(requests) == 1
    handler, _ = answering(httpx.ConnectError("refused"), httpx.Response(200, json=MODEL))
    with client_of(handler) as client:
        assert client.install("minerals", tmp_path / "bundle.zip").name == "minerals"
    assert len(pauses) == 1


@pytest.mark.parametrize("status", [502, 504])
def test_what_a_proxy_gave_up_on_is_not_repeated(pauses: list[float], status: int) -> None:
    async def main() -> None:
        handler, requests = answering(refusal(ProblemError("busy", "busy", retry_after_s=7)), httpx.Response(status))
        async with kenali.AsyncClient("http://server", transport=httpx.MockTransport(handler)) as client:
            with pytest.raises(kenali.ServerProblem, match=str(status)):
                await client.remove("minerals")
        assert (len(requests), pauses) == (2, [7])  # who was busy had not begun

    asyncio.run(main())


def test_the_async_client_does_the_same(pauses: list[float]) -> None:
    async def main() -> None:
        handler, requests = answering(
            refusal(ProblemError("busy", "busy", retry_after_s=7)),
            httpx.Response(200, json=ONE),
            httpx.Response(200, json=PREDICTIONS),
            httpx.Response(200, json=FEEDBACK),
            httpx.Response(200, json=SPLIT),
            httpx.Response(204),
        )
        async with kenali.AsyncClient("http://server", transport=httpx.MockTransport(handler)) as client:
            found = await client.predict("minerals", ("jasper.jpg", b"photo"))
            assert (found.photo, found.label) == ("jasper.jpg", "jasper")
            entries = [entry async for entry in client.predict_all("minerals", [b"a", b"b", b"c"])]
            assert [type(entry) for entry in entries] == [Prediction, Prediction, Refusal]
            assert (await client.feedback("minerals", found.id, "jasper")).right
            assert json.loads(requests[-1].content) == {"id": found.id, "label": "jasper"}
            assert (await client.split("rocks")).variants[0].model == "minerals"
            await client.remove("minerals")
        assert pauses == [7]

    asyncio.run(main())


def test_a_proxy_that_speaks_no_problems_is_understood(pauses: list[float]) -> None:
    handler, _ = answering(httpx.Response(403, text="<html>No</html>"))
    with client_of(handler) as client, pytest.raises(kenali.ServerProblem, match="403 Forbidden"):
        client.models()


def test_who_is_led_elsewhere_is_told_where() -> None:
    moved = httpx.Response(301, headers={"location": "https://server/"})
    with (
        client_of(lambda request: moved) as client,
        pytest.raises(kenali.KenaliError, match="301 and leads to https://server/"),
    ):
        client.models()
    with client_of(lambda request: httpx.Response(304)) as client, pytest.raises(kenali.KenaliError, match="answered 304"):
        client.models()


def test_the_clients_import_neither_models_nor_servers() -> None:
    code = "import kenali; kenali.Client; import sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"numpy", "onnxruntime", "PIL", "fastapi", "starlette", "uvicorn"}


def test_the_clients_know_the_whole_contract() -> None:
    """Every operation of models and faces has a method, in both clients, and every option of a prediction a name."""
    from kenali.serve.app import create_app
    from kenali.serve.settings import FaceSettings, Settings

    document = create_app(Settings(bundles=(), state=Path("nowhere"), faces=FaceSettings())).openapi()
    methods = {
        ("/v1/models", "get"): "models",
        ("/v1/models/{name}", "get"): "model",
        ("/v1/models/{name}", "put"): "install",
        ("/v1/models/{name}", "delete"): "remove",
        ("/v1/models/{name}/predict", "post"): "predict",
        ("/v1/models/{name}/feedback", "post"): "feedback",
        ("/v1/models/{name}/split", "get"): "split",
        ("/v1/models/{name}/drift", "get"): "drift",
    }
    faces = {
        ("", "get"): "summary",
        ("/detect", "post"): "detect",
        ("/identify", "post"): "identify",
        ("/verify", "post"): "verify",
        ("/receipts", "post"): "check",
        ("/persons", "get"): "persons",
        ("/persons", "post"): "enrol",
        ("/persons/search", "post"): "persons",
        ("/persons/{person}", "get"): "person",
        ("/persons/{person}", "patch"): "change",
        ("/persons/{person}", "delete"): "forget",
        ("/persons/{person}/enrolments", "get"): "person",
        ("/persons/{person}/enrolments", "post"): "add",
        ("/persons/{person}/enrolments", "put"): "replace",
        ("/persons/{person}/enrolments/{enrolment}", "delete"): "remove",
    }
    paths = document["paths"]
    known = {("/v1/faces" + path, method) for path, method in faces} | set(methods)
    served = {(path, method) for path in paths if path.startswith(("/v1/models", "/v1/faces")) for method in paths[path]}
    assert known == served
    for name in faces.values():
        assert getattr(Faces, name).__doc__ == getattr(AsyncFaces, name).__doc__
    for name in methods.values():
        assert getattr(kenali.Client, name).__doc__ == getattr(kenali.AsyncClient, name).__doc__
    told = {parameter["name"] for parameter in paths["/v1/models/{name}/predict"]["post"]["parameters"]}
    assert {"name", "Kenali-Unit"} | set(Options.__annotations__) - {"unit"} == told
