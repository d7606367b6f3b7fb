"""What the page's learning must repeat: `tests/golden/learning.json` holds what Kenali itself gives for drawn features.

`python -m tests.export.test_learning_golden` writes the file anew.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from kenali.bundle.novelty import unit_length
from kenali.evaluation.held_out import HeldOut
from kenali.evaluation.novelty import fit_prototypes, held_out_novelty
from kenali.evaluation.trust import fit_trust
from kenali.training.head import Examples, class_weights, cross_validate, fit_head
from kenali.types import FloatArray

GOLDEN = Path(__file__).parents[1] / "golden" / "learning.json"
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
PHOTOS, CLASSES, FOLDS = 45, 3, 5


def drawn(features: int) -> FloatArray:
    """float32 (45, d) in 0..2, by Park and Miller's generator, which a few lines repeat in any language."""
    state, values = 1, np.empty((PHOTOS, features))
    for i in range(PHOTOS):
        for j in range(features):
            state = state * 48271 % 2147483647
            values[i, j] = state / 2147483647 + 0.3 * (j % CLASSES == label(i))
    return values.astype(np.float32)


def label(photo: int) -> int:
    return 2 if photo % 4 == 3 else photo % CLASSES


def case(d: int) -> dict[str, Any]:
    features = drawn(d)
    labels = np.array([label(photo) for photo in range(PHOTOS)], np.int64)
    rows = Examples(features, labels, class_weights(labels, CLASSES), np.arange(PHOTOS), CLASSES)
    found = cross_validate(rows, np.arange(PHOTOS) % FOLDS, STRENGTHS)
    head = fit_head(rows, found.best)
    groups = [str(photo // 2) for photo in range(PHOTOS)]
    novelty = held_out_novelty(features, labels, groups)
    trust = fit_trust(HeldOut(found.logits, labels, found.heat, found.temperature, novelty), 0.05, 0.9)
    stranger = drawn(d)[:1] * np.linspace(0, 1, d, dtype=np.float32)
    return {
        "features": d,
        "losses": found.losses,
        "best": found.best,
        "logits": found.logits,
        "heat": found.heat,
        "temperature": found.temperature,
        "head_logits": head.logits(features),
        "weight": head.weight.T,
        "bias": head.bias,
        "novelty": novelty,
        "stranger": fit_prototypes(features, labels).novelty(stranger),
        "unit": unit_length(stranger)[0, :5],
        "limits": asdict(trust.limits),
        "choices": [{"reject": rate, **asdict(limits)} for rate, limits in trust.choices],
        "least": trust.least,
    }


def document() -> dict[str, Any]:
    """More features than photos, and fewer."""
    plain: dict[str, Any] = json.loads(json.dumps({"cases": [case(60), case(6)]}, default=lambda array: array.tolist()))
    return plain


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def numbers(value: Any) -> list[float]:
    if isinstance(value, (dict, list)):
        return [number for one in (value.values() if isinstance(value, dict) else value) for number in numbers(one)]
    return [float(value)]


def test_the_golden_numbers_are_what_kenali_gives() -> None:
    golden, now = json.loads(GOLDEN.read_text(encoding="utf-8")), document()
    assert [list(case) for case in golden["cases"]] == [list(case) for case in now["cases"]]
    np.testing.assert_allclose(numbers(golden), numbers(now), rtol=2e-3, atol=2e-3)


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(rounded(document())) + "\n", encoding="utf-8")
