from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from kenali.doubt import Limits
from kenali.errors import KenaliError
from kenali.evaluation import hold_out, metrics_document, predictions_csv, score
from kenali.evaluation.trust import fit_trust
from kenali.types import Notice, Predictions

NAMES = ("gold", "jasper")
PROBS = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], np.float32)


def test_document_holds_what_the_design_promises() -> None:
    metrics = score(PROBS, [0, 1, 1], NAMES)
    document = metrics_document(
        metrics,
        bundle="runs/minerals",
        class_names=NAMES,
        cross_validation=metrics,
        alarms=[Notice("small", "few photos", ("3",))],
        seconds={"scan": 0.5},
        parameters=2562,
    )
    assert document["format"] == 1
    assert document["accuracy"] == {
        "value": pytest.approx(2 / 3), "low": pytest.approx(0.2077, abs=1e-4),
        "high": pytest.approx(0.9385, abs=1e-4), "n": 3,
    }  # fmt: skip
    assert document["per_class"]["jasper"] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        "support": 2,
    }
    assert document["confusion_matrix"] == [[1, 0], [1, 1]]
    assert document["class_names"] == ["gold", "jasper"]
    assert document["cross_validation"] == {"accuracy": document["accuracy"]}
    assert document["alarms"] == [{"kind": "small", "what": "few photos", "evidence": ["3"]}]
    assert document["seconds"] == {"scan": 0.5}
    assert document["parameters"] == 2562
    assert document["top_k"] == {"1": pytest.approx(2 / 3)}
    for key in ("balanced_accuracy", "macro_f1", "weighted_f1", "macro_precision", "weighted_recall", "ece", "brier"):
        assert isinstance(document[key], float)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


@pytest.mark.parametrize("metrics", [None, score(np.zeros((0, 2)), [], NAMES)])
def test_document_says_null_where_nothing_was_tested(metrics: None) -> None:
    document = metrics_document(metrics, bundle="b", class_names=NAMES)
    for key in (
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "ece",
        "brier",
        "cross_validation",
        "parameters",
        "calibration",
        "rejection",
        "sets",
    ):
        assert document[key] is None
    assert document["per_class"] == document["top_k"] == document["seconds"] == {}
    assert document["confusion_matrix"] == document["alarms"] == []
    assert document["class_names"] == ["gold", "jasper"]
    json.dumps(document, allow_nan=False)


def test_predictions_table_reads_back() -> None:
    table = predictions_csv(["a, b.jpg", 'c"d.jpg', "é\n.jpg"], [0, 0, 1], Predictions(PROBS, NAMES))
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert list(rows[0]) == ["path", "true", "predicted", "correct", "confidence", "p:gold", "p:jasper", "novelty", "unknown"]
    assert [row["path"] for row in rows] == ["a, b.jpg", 'c"d.jpg', "é\n.jpg"]
    assert [row["predicted"] for row in rows] == ["gold", "jasper", "gold"]
    assert [row["correct"] for row in rows] == ["1", "0", "0"]
    assert [float(row["confidence"]) for row in rows] == pytest.approx([0.9, 0.8, 0.6])
    assert {row["novelty"] for row in rows} == {row["unknown"] for row in rows} == {""}


def test_the_table_says_which_photos_are_unknown() -> None:
    predictions = Predictions(PROBS, NAMES, np.array([0.1, 0.5, 0.2], np.float32), Limits(novelty=0.4, ambiguous=0.7))
    rows = list(csv.DictReader(io.StringIO(predictions_csv(["a", "b", "c"], [0, 0, 1], predictions))))
    assert [row["unknown"] for row in rows] == ["", "novel", "ambiguous"]
    assert [float(row["novelty"]) for row in rows] == pytest.approx([0.1, 0.5, 0.2])


def test_document_tells_of_calibration_unknown_photos_and_sets() -> None:
    labels = np.arange(100) % 2
    logits = (np.eye(2)[labels] * 3 + np.random.default_rng(0).normal(size=(100, 2))).astype(np.float32)
    held = hold_out(logits, labels, np.linspace(0, 1, 100).astype(np.float32), np.arange(100) % 5)
    trust = fit_trust(held, 0.1, 0.9)
    predictions = trust.predictions(logits, NAMES, held.novelty)
    document = metrics_document(
        score(predictions.probs, labels, NAMES),
        bundle="b",
        class_names=NAMES,
        calibration=trust.calibration,
        rejection=trust.rejection(predictions, labels),
        sets=trust.set_score(predictions, labels),
    )
    assert set(document["calibration"]) == {
        *("method", "temperature", "n", "ece_before", "ece_after", "ece_chance", "brier_before", "brier_after"),
    }
    rejection = document["rejection"]
    assert rejection["novel"] == 10
    assert rejection["rejected"]["n"] == 100
    assert rejection["accuracy_of_rest"]["n"] == 100 - rejection["novel"] - rejection["ambiguous"]
    assert rejection["expected"][0] <= 10 <= rejection["expected"][1]
    assert document["sets"]["covered"]["value"] >= 0.85
    assert json.loads(json.dumps(document, allow_nan=False)) == document


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_table_is_a_formula(start: str) -> None:
    names = (f"{start}1+1", "plain")
    table = predictions_csv([f"{start}cmd|x.jpg"], [0], Predictions(np.array([[0.9, 0.1]], np.float32), names))
    for row in csv.reader(io.StringIO(table, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_predictions_table_needs_one_path_and_label_a_row() -> None:
    with pytest.raises(KenaliError, match="got 1, 3, 3"):
        predictions_csv(["a"], [0, 0, 1], Predictions(PROBS, NAMES))
