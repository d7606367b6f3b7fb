"""The routes, in process: what is asked, what is answered, and every way of being refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from kenali.client.asking import packed
from kenali.serve.problems import KINDS
from kenali.serve.schemas import JsonPhotos, Model, ModelList, Prediction, PredictionList, Problem, Refusal
from kenali.serve.settings import BundleSpec, Split
from tests.conftest import encoded, picture
from tests.serve.conftest import MakeClient
from tests.tiny import CLASS_NAMES, coloured, write_tiny_bundle

RED, GREY, YELLOW = coloured("red"), coloured("grey"), coloured("yellow")
PREDICT = "/v1/models/colours/predict"


@pytest.fixture(scope="module")
def client(client_of: MakeClient) -> TestClient:
    return client_of()


def predict(client: TestClient, data: bytes, **options: Any) -> PredictionList:
    answer = client.post(PREDICT, content=data, params=options, headers={"Content-Type": "image/png"})
    assert answer.status_code == 200, answer.text
    return PredictionList.model_validate_json(answer.content)


def refused(answer: Any, status: int, reason: str) -> Problem:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(answer.content)
    assert (answer.status_code, problem.status, problem.reason) == (status, status, reason), answer.text
    assert problem.type.endswith(f"#{reason}")
    assert problem.title == KINDS[reason].title
    return problem


def test_one_photo_as_its_bytes(client: TestClient) -> None:
    answer = predict(client, RED)
    (entry,) = answer.predictions
    assert isinstance(entry, Prediction)
    assert (entry.label, entry.reason, entry.photo, answer.model) == ("red", None, "1", "colours")
    assert entry.confidence == entry.top[0].probability > 0.9
    assert {guess.label for guess in entry.top} == set(CLASS_NAMES)
    assert sum(guess.probability for guess in entry.top) == pytest.approx(1, abs=1e-5)
    assert entry.set == ("red",)
    assert entry.explanation is None


def test_photos_that_it_does_not_know(client: TestClient) -> None:
    novel, ambiguous = (predict(client, photo).predictions[0] for photo in (GREY, YELLOW))
    assert isinstance(novel, Prediction)
    assert isinstance(ambiguous, Prediction)
    assert (novel.label, novel.reason, novel.unknown) == ("unknown", "novel", True)
    assert (ambiguous.label, ambiguous.reason) == ("unknown", "ambiguous")


def test_the_options_of_a_prediction(client: TestClient) -> None:
    entry = predict(client, GREY, top_k=1, reject=0, explain=True).predictions[0]
    assert isinstance(entry, Prediction)
    assert entry.reason is None
    assert len(entry.top) == 1
    assert entry.explanation is not None
    assert entry.explanation.label == entry.label
    assert entry.explanation.png.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "options", [{"top_k": 0}, {"top_k": "many"}, {"reject": 1}, {"reject": 0.03}, {"explain": "perhaps"}, {"reject": "nan"}]
)
def test_options_that_cannot_be(client: TestClient, options: dict[str, Any]) -> None:
    refused(client.post(PREDICT, content=RED, params=options), 422, "invalid")


def test_files_of_a_form(client: TestClient) -> None:
    answer = client.post(PREDICT, files=[("a", ("one.png", RED)), ("b", ("two.png", b"no image")), ("c", ("ünï.png", GREY))])
    first, second, third = PredictionList.model_validate_json(answer.content).predictions
    assert isinstance(first, Prediction)
    assert isinstance(second, Refusal)
    assert isinstance(third, Prediction)
    assert (first.photo, first.label, third.photo, third.reason) == ("one.png", "red", "ünï.png", "novel")
    assert (second.photo, second.error.status, second.error.reason) == ("two.png", 415, "not-an-image")


def test_photos_in_json(client: TestClient) -> None:
    photos = [{"name": "red.png", "data": base64.b64encode(RED).decode()}, {"data": base64.b64encode(GREY).decode()}]
    answer = client.post(PREDICT, json={"photos": photos})
    first, second = PredictionList.model_validate_json(answer.content).predictions
    assert isinstance(first, Prediction)
    assert isinstance(second, Prediction)
    assert (first.photo, first.label, second.photo, second.reason) == ("red.png", "red", "2", "novel")


def test_a_photo_that_cannot_be_used_is_a_problem(client: TestClient) -> None:
    whole = encoded(picture(1), "PNG")
    for data, status, reason in (
        (b"", 422, "empty-file"),
        (b"hello", 415, "not-an-image"),
        (b"%PDF-1.7", 415, "unsupported-format"),
        (whole[: len(whole) // 2], 422, "truncated"),
    ):
        problem = refused(client.post(PREDICT, content=data), status, reason)
        assert problem.instance == PREDICT
        assert problem.errors is not None
        assert [(error.photo, error.reason) for error in problem.errors] == [("1", reason)]


def test_several_photos_of_which_none_can_be_used(client: TestClient) -> None:
    same = refused(client.post(PREDICT, files=[("a", ("a", b"x")), ("b", ("b", b"y"))]), 415, "not-an-image")
    assert [error.photo for error in same.errors or ()] == ["a", "b"]
    refused(client.post(PREDICT, files=[("a", ("a", b"x")), ("b", ("b", b""))]), 422, "no-usable-photo")


@pytest.mark.parametrize(
    ("content", "kind", "status", "reason"),
    [
        (b"photo", "text/plain", 415, "unsupported-media-type"),
        (b"{", "application/json", 400, "malformed"),
        (b'{"photos": []}', "application/json", 400, "malformed"),
        (b'{"photos": [{"data": "not base64!"}]}', "application/json", 400, "malformed"),
        (b'{"photos": [{"path": "/etc/passwd"}]}', "application/json", 400, "malformed"),
        (b"[" * 100_000, "application/json", 400, "malformed"),
        (b"--x--\r\n", "multipart/form-data", 400, "malformed"),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 400, "no-photo"),
        (b"--x\r\nA: b", "multipart/form-data; boundary=x", 400, "malformed"),
        (b"garbage", "multipart/form-data; boundary=x", 400, "malformed"),
        (b"--x\r\n" + b"A: " + b"b" * 9000 + b"\r\n\r\n\r\n--x--\r\n", "multipart/form-data; boundary=x", 400, "malformed"),
    ],
)
def test_bodies_that_cannot_be_read(client: TestClient, content: bytes, kind: str, status: int, reason: str) -> None:
    refused(client.post(PREDICT, content=content, headers={"Content-Type": kind}), status, reason)


def test_a_field_of_a_form_that_is_no_file(client: TestClient) -> None:
    answer = client.post(PREDICT, files={"photo": ("a.png", RED)}, data={"top_k": "3"})
    assert "options belong in the query" in refused(answer, 400, "malformed").detail


def test_caps_on_photos(client_of: MakeClient) -> None:
    client = client_of(max_photos=2, max_photo_bytes=1000, max_request_bytes=3000)
    long = bytes(1001)
    refused(client.post(PREDICT, content=long), 413, "too-many-bytes")
    refused(client.post(PREDICT, content=iter([long])), 413, "too-many-bytes")  # chunked: no length is announced
    refused(client.post(PREDICT, files={"a": ("a", long)}), 413, "too-many-bytes")
    refused(client.post(PREDICT, json={"photos": [{"data": base64.b64encode(long).decode()}]}), 413, "too-many-bytes")
    refused(client.post(PREDICT, files=[("a", ("a", bytes(900)))] * 2 + [("b", ("b", b""))]), 413, "too-many-photos")
    refused(client.post(PREDICT, json={"photos": [{"data": ""}] * 3}), 413, "too-many-photos")
    refused(client.post(PREDICT, files={"a": ("a", bytes(4000))}), 413, "too-many-bytes")


@pytest.mark.parametrize(
    ("value", "many", "status", "reason"),
    [
        ("1", 2000, 413, "too-many-photos"),
        ('{"data":""}', 2000, 413, "too-many-photos"),
        ("{}", 2000, 413, "too-many-photos"),
        ("[" * 100 + "]" * 100, 200, 400, "malformed"),
    ],
)
def test_values_in_json_are_counted_before_they_are_made(
    client_of: MakeClient, value: str, many: int, status: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(max_photos=2)
    content = f'{{"photos":[{",".join([value] * many)}]}}'
    monkeypatch.setattr(JsonPhotos, "model_validate_json", None)
    refused(client.post(PREDICT, content=content, headers={"Content-Type": "application/json"}), status, reason)


def test_names_may_hold_what_is_counted(client_of: MakeClient) -> None:
    client = client_of(max_photos=2)
    photo = {"name": ",[{" * 85, "data": base64.b64encode(RED).decode()}
    assert client.post(PREDICT, json={"photos": [photo] * 2}).status_code == 200


def test_a_full_queue_turns_away_at_once(client_of: MakeClient) -> None:
    client = client_of(queue=1)
    registry = client.app.state.registry  # type: ignore[attr-defined]
    with registry.room.enter(1):
        answer = client.post(PREDICT, content=RED)
        problem = refused(answer, 503, "busy")
    assert problem.retry_after
    assert int(answer.headers["retry-after"]) >= 1
    assert client.post(PREDICT, content=RED).status_code == 200


def test_models_are_listed_and_described(client: TestClient) -> None:
    (summary,) = ModelList.model_validate_json(client.get("/v1/models").content).models
    model = Model.model_validate_json(client.get("/v1/models/colours").content)
    assert summary.name == model.name == "colours"
    assert summary.class_names == model.class_names == CLASS_NAMES
    assert model.bundle == predict(client, RED).bundle
    assert model.preprocessing.image_size == (32, 32)
    assert model.reject_choices == (0.05, 0.2)
    assert model.limits.novelty == 0.4
    assert model.sets is not None
    assert model.report is None


def test_names_that_lead_nowhere(client: TestClient) -> None:
    assert "Did you mean 'colours'" in refused(client.get("/v1/models/colour"), 404, "unknown-model").detail
    refused(client.post("/v1/models/other/predict", content=RED), 404, "unknown-model")
    refused(client.get("/v1/models/..%2F..%2Fetc"), 404, "not-found")
    refused(client.get("/v1/models/-x"), 422, "invalid")
    refused(client.get("/nothing"), 404, "not-found")
    refused(client.get(PREDICT), 405, "method-not-allowed")
    assert client.request("OPTIONS", "/v1/models/colours").headers["allow"] == "DELETE, GET, PUT"


def test_a_split_is_answered_by_its_variants(client_of: MakeClient, colours: Path) -> None:
    bundles = (BundleSpec("a", colours), BundleSpec("b", colours))
    client = client_of(bundles=bundles, splits=(Split("both", (("a", 0.5), ("b", 0.5))),))
    (split,) = ModelList.model_validate_json(client.get("/v1/models").content).splits
    assert (split.name, {variant.model for variant in split.variants}) == ("both", {"a", "b"})
    answered = {
        unit: {
            client.post("/v1/models/both/predict", content=RED, headers={"Kenali-Unit": unit}).json()["model"] for _ in range(3)
        }
        for unit in map(str, range(12))
    }
    assert all(len(models) == 1 for models in answered.values())
    assert set.union(*answered.values()) == {"a", "b"}


def test_only_an_admin_key_changes_what_is_served(client: TestClient) -> None:
    refused(client.put("/v1/models/new", content=b"a bundle"), 401, "unauthorized")
    refused(client.delete("/v1/models/colours"), 401, "unauthorized")


def test_bundles_come_and_go_over_the_wire(client_of: MakeClient, tmp_path: Path) -> None:
    client = client_of(keyed=True)
    zipped = {"Content-Type": "application/zip"}
    for golden, status in ((1, 201), (2, 200)):
        data = packed(write_tiny_bundle(tmp_path / "other", golden=golden))
        answer = client.put("/v1/models/other", content=data, headers=zipped)
        assert answer.status_code == status
        model = Model.model_validate_json(answer.content)
        assert client.post("/v1/models/other/predict", content=RED).json()["bundle"] == model.bundle
    assert client.delete("/v1/models/other").status_code == 204
    refused(client.post("/v1/models/other/predict", content=RED), 404, "unknown-model")
    refused(client.delete("/v1/models/other"), 404, "unknown-model")


def test_a_bundle_that_cannot_be_served_is_refused(client_of: MakeClient) -> None:
    client = client_of(keyed=True)
    zipped = {"Content-Type": "application/zip"}
    refused(client.put("/v1/models/new", content=b"no zip", headers=zipped), 422, "bundle-refused")
    refused(client.put("/v1/models/new", content=b"{}", headers={"Content-Type": "text/html"}), 415, "unsupported-media-type")
    assert [model["name"] for model in client.get("/v1/models").json()["models"]] == ["colours"]


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == client.get("/readyz").json() == {"status": "ok"}


def test_a_server_that_is_told_to_stop_is_not_ready(client_of: MakeClient) -> None:
    client = client_of()
    client.app.state.draining = lambda: True  # type: ignore[attr-defined]
    refused(client.get("/readyz"), 503, "draining")
    assert client.post(PREDICT, content=RED).status_code == 200


def test_a_mistake_of_ours_is_told_without_its_traceback(client_of: MakeClient) -> None:
    client = client_of()
    client.app.state.registry = None  # type: ignore[attr-defined]
    answer = client.get("/v1/models")
    refused(answer, 500, "internal")
    assert "Traceback" not in answer.text
    assert json.loads(answer.text)["instance"] == "/v1/models"
