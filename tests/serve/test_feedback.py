"""Feedback, A/B results and drift over HTTP, in process."""

from __future__ import annotations

import io
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from kenali.bundle.manifest import MANIFEST_NAME
from kenali.bundle.reference import write_reference
from kenali.bundle.store import open_bundle, seal
from kenali.evaluation.drift_run import answered, drift_of_observed
from kenali.predict import Classifier
from kenali.serve.feedback import FeedbackBook
from kenali.serve.feedback_schemas import DriftReport, FeedbackTaken, SplitResults
from kenali.serve.receipts import Receipt
from kenali.serve.schemas import Prediction, PredictionList
from kenali.serve.settings import BundleSpec, Split
from tests.serve.conftest import MakeClient
from tests.tiny import coloured

RED, GREY = coloured("red"), coloured("grey")


def predicted(client: TestClient, name: str, data: bytes = RED, **options: Any) -> tuple[str, Prediction]:
    answer = client.post(f"/v1/models/{name}/predict", content=data, params=options, headers={"Content-Type": "image/png"})
    assert answer.status_code == 200, answer.text
    found = PredictionList.model_validate_json(answer.content)
    (entry,) = found.predictions
    assert isinstance(entry, Prediction)
    return found.model, entry


def told(client: TestClient, name: str, prediction: str, label: str) -> FeedbackTaken:
    answer = client.post(f"/v1/models/{name}/feedback", json={"id": prediction, "label": label})
    assert answer.status_code == 200, answer.text
    return FeedbackTaken.model_validate_json(answer.content)


def reason(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["reason"]


def test_kept_photos_are_filed_by_feedback(client_of: MakeClient, tmp_path: Path) -> None:
    client = client_of(keep=tmp_path / "kept")
    _, asked = predicted(client, "colours", keep=True)
    _, unasked = predicted(client, "colours")
    assert (asked.kept, unasked.kept) == (True, False)
    taken = told(client, "colours", asked.id, "crimson")
    assert (taken.answered, taken.right, taken.kept) == ("red", False, True)
    assert told(client, "colours", asked.id, "red").right
    assert told(client, "colours", asked.id, "red").right
    assert not told(client, "colours", unasked.id, "red").kept
    assert [path.name for path in (tmp_path / "kept" / "colours").rglob("*.png")] == [f"{asked.id}.png"]


def test_without_a_place_nothing_is_kept_but_feedback_is_taken(client_of: MakeClient) -> None:
    client = client_of()
    _, entry = predicted(client, "colours", GREY, keep=True)
    assert not entry.kept
    taken = told(client, "colours", entry.id, "green")
    assert (taken.right, taken.kept) == (None, False)  # it was called unknown, which is neither right nor wrong


def test_feedback_that_makes_no_sense_is_refused(client_of: MakeClient) -> None:
    client = client_of()
    _, entry = predicted(client, "colours")
    address = "/v1/models/colours/feedback"
    assert reason(client.post(address, json={"id": "ab" * 29, "label": "red"})) == (404, "unknown-prediction")
    assert reason(client.post("/v1/models/nothing/feedback", json={"id": entry.id, "label": "red"})) == (404, "unknown-model")
    for label in ("", "  ", "a\nb", "x" * 101):
        assert reason(client.post(address, json={"id": entry.id, "label": label})) == (422, "invalid")
    assert reason(client.post(address, json={"id": "../../x", "label": "red"})) == (422, "invalid")


def test_a_full_disk_refuses_feedback_but_no_prediction(
    client_of: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(keep=tmp_path / "kept")
    _, entry = predicted(client, "colours", keep=True)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kenali.serve.keep.write_atomically", full)
    assert reason(client.post("/v1/models/colours/feedback", json={"id": entry.id, "label": "red"})) == (507, "disk-full")
    assert not predicted(client, "colours", keep=True)[1].kept


def test_the_sides_of_a_split_are_counted(client_of: MakeClient, colours: Path, tmp_path: Path) -> None:
    both = (BundleSpec("a", colours), BundleSpec("b", colours))
    client = client_of(bundles=both, splits=(Split("ab", (("a", 0.5), ("b", 0.5))),), state=tmp_path)
    seen: Counter[str] = Counter()
    for number in range(12):
        model, entry = predicted(client, "ab", GREY if number % 4 == 0 else RED)
        seen[model] += 1
        told(client, "ab", entry.id, "red")
    predicted(client, "a")  # asked by its own name, so not part of the split
    client.app.state.records.close()  # type: ignore[attr-defined]
    found = SplitResults.model_validate_json(client.get("/v1/models/ab/split").content)
    assert {side.model: side.photos for side in found.variants} == dict(seen)
    assert sum(side.feedback for side in found.variants) == 12
    assert sum(side.unknown.n * (side.unknown.value or 0) for side in found.variants) == pytest.approx(3)
    assert all(side.right.value == 1 for side in found.variants if side.right.n)
    assert reason(client.get("/v1/models/a/split")) == (404, "not-a-split")


def photo(level: int, colour: int) -> bytes:
    """A plain photo, mostly of one of the three colours."""
    pixels = np.full((40, 48, 3), level // 3, np.uint8)
    pixels[..., colour] = level
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def judged(colours: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny bundle with bright photos to compare with, which it answered itself."""
    folder = tmp_path_factory.mktemp("judged")
    new = folder / "new"
    for number in range(60):
        path = new / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(photo(180 + number, number % 3))
    classifier = Classifier.load(colours)
    sample = answered(classifier, new, None, lambda *_: None).sample
    bundle = folder / "colours"
    shutil.copytree(colours, bundle)
    (bundle / MANIFEST_NAME).unlink()
    write_reference(bundle, sample)
    seal(bundle, open_bundle(colours).manifest)
    return bundle


def test_drift_is_measured_on_what_is_answered(client_of: MakeClient, judged: Path, tmp_path: Path) -> None:
    client = client_of(bundles=(BundleSpec("colours", judged),), state=tmp_path)
    client.app.state.registry.engine.sampler.take = lambda: True  # type: ignore[attr-defined]
    predicted(client, "colours", photo(90, 0))
    assert reason(client.get("/v1/models/colours/drift")) == (409, "too-few-photos")
    assert client.get("/models/colours/drift/").status_code == 409
    for number in range(60):
        predicted(client, "colours", photo(60 + number, number % 3))
    client.app.state.records.close()  # type: ignore[attr-defined]
    found = DriftReport.model_validate_json(client.get("/v1/models/colours/drift?lang=id").content)
    assert found.verdict != "none"
    assert "brightness" in {change["measure"] for change in found.changes if change["changed"]}
    assert any("lebih gelap" in sentence for sentence in found.sentences)
    page = client.get("/models/colours/drift/", headers={"Accept-Language": "fr, id;q=0.8"})
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "lebih gelap" in page.text
    assert drift_of_observed(judged, tmp_path / "observed").drift.verdict == found.verdict


def test_the_last_correction_counts_whichever_worker_heard_it(tmp_path: Path) -> None:
    one, other = FeedbackBook(tmp_path), FeedbackBook(tmp_path)
    one.remember("b" * 12, ("cat", "dog"))
    receipt = Receipt(0, "b" * 12, 0, None, 0.9)
    one.record("m", "first", receipt, "cat", "-")
    other.record("m", "second", receipt, "dog\u2028", "-")
    time.sleep(0.0001)
    one.record("m", "second", receipt, "cat", "-")
    (judged,) = one.judged(["m"])
    assert (judged.told, judged.right.value) == (2, 1.0)
