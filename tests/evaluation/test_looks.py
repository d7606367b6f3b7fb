"""Where the model looks over a test part: who is looked at, what is shown, and when the reader is warned."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from kenali.evaluation import Looks, looks, wilson
from kenali.evaluation.looks import SAMPLE, SINGLES
from kenali.evaluation.page import report_page
from kenali.evaluation.words import Words
from kenali.network import Network, softmax
from kenali.types import Photo, Predictions
from tests.evaluation.test_report import Outline, content
from tests.tiny import CLASS_NAMES, PREPROCESSING, mapless_model, spotted, tiny_model

COLOURS = ("red", "lime", "blue")
MIDDLE, TOP = (20, 20, 44, 44), (0, 0, 64, 8)


class Drawn:
    """A source that draws each photo: a coloured rectangle in the `box`, on grey."""

    def __init__(self, box: tuple[int, int, int, int]) -> None:
        self._box = box

    def read(self, path: str) -> bytes:
        buffer = io.BytesIO()
        spotted(path.split("/")[0], self._box).save(buffer, "PNG")
        return buffer.getvalue()


def seen(box: tuple[int, int, int, int], model: bytes = b"", n: int = 60, mistaken: int = 0) -> Looks:
    """Looks at `n` drawn photos, the first `mistaken` of which are labelled as the next class."""
    network = Network(model or tiny_model())
    drawn = np.arange(n) % 3
    labels = np.where(np.arange(n) < mistaken, (drawn + 1) % 3, drawn)
    photos = [Photo(f"{COLOURS[c]}/{i}.png", int(labels[i]), f"{i:064}", (64, 64), str(i)) for i, c in enumerate(drawn)]
    logits = np.eye(3, dtype=np.float32)[drawn] * 3
    found = looks(network, PREPROCESSING, Drawn(box), photos, labels, Predictions(softmax(logits), CLASS_NAMES))
    assert found is not None
    return found


@pytest.mark.parametrize("model", [tiny_model(), mapless_model()], ids=["maps", "occlusion"])
def test_a_subject_in_the_middle_is_found_there(model: bytes) -> None:
    found = seen(MIDDLE, model)
    assert found.whole.value == found.middle_only.value == 1
    assert found.whole.n == SAMPLE[found.method]
    assert found.edge_only.value < 0.5
    assert found.ring < 0.1
    assert not found.edge_suffices
    assert [(one.name, one.n) for one in found.classes] == [(name, SAMPLE[found.method] // 3) for name in CLASS_NAMES]
    assert len(found.right) == SINGLES[found.method]
    assert found.wrong == ()


def test_a_subject_at_the_edge_gets_a_warning() -> None:
    found = seen(TOP)
    assert found.edge_only.value == 1
    assert found.ring > 0.8
    assert found.edge_suffices
    assert found.as_json()["edge_suffices"] is True
    assert found.as_json()["heat"]["ring"]["even"] == pytest.approx(24 / 49, abs=1e-3)


def test_mistakes_show_what_spoke_for_the_wrong_answer() -> None:
    found = seen(MIDDLE, mistaken=5)
    cycle = [("green", "red"), ("blue", "green"), ("red", "blue")]
    assert [(one.true, one.predicted) for one in found.wrong] == (2 * cycle)[:5]
    picture = np.asarray(Image.open(io.BytesIO(found.wrong[0].jpeg)), np.int64)
    assert picture[80, 80, 0] > picture[80, 80, 2] + 40
    assert abs(picture[5, 5] - picture[5, 5, 0]).max() < 12


def test_without_photos_there_is_nothing_to_look_at() -> None:
    none = Predictions(np.zeros((0, 3), np.float32), CLASS_NAMES)
    assert looks(Network(tiny_model()), PREPROCESSING, Drawn(MIDDLE), (), [], none) is None


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("box", [MIDDLE, TOP])
def test_the_report_tells_it_in_plain_words(language: str, box: tuple[int, int, int, int]) -> None:
    text = report_page(replace(content(), looks=seen(box, mistaken=2)), Words(language))
    outline = Outline(text)
    assert (Words(language)("looks_edge_suffices") in outline.text) == (box == TOP)
    assert 'href="#looks"' in text
    assert Words(language)("looks_wrong") in outline.text
    assert "Undefined" not in outline.text


def test_the_warning_needs_more_than_the_majority() -> None:
    found = seen(TOP)
    assert not replace(found, edge_only=wilson(12, 24), whole=wilson(12, 24), majority=0.5).edge_suffices
