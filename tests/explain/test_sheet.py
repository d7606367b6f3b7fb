"""`kenali predict --explain`: pictures that are whole, names that cannot collide or escape."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from kenali.errors import KenaliError
from kenali.explain import Explainer, explanation_sheet, words_of
from kenali.inputs import PhotoInput
from kenali.network import Network
from kenali.predict import Classifier
from kenali.types import FloatArray, Pixels
from tests.tiny import coloured, spotted, write_tiny_bundle


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier.load(write_tiny_bundle(tmp_path_factory.mktemp("tiny") / "bundle"))


def photo(path: str, data: bytes) -> PhotoInput:
    return PhotoInput(path, partial(bytes, data))


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_an_explained_photo_keeps_its_prediction(classifier: Classifier) -> None:
    one = photo("a.png", png(spotted("red", (0, 0, 30, 30))))
    explained = Explainer(classifier)(one)
    plain = classifier.outcome(one)
    assert plain.probs is not None
    assert explained.outcome.probs is not None
    assert (explained.outcome.probs == plain.probs).all()
    assert explained.class_name == "red"
    assert explained.probability == pytest.approx(float(plain.probs[0]))
    assert Image.open(io.BytesIO(explained.png)).format == "PNG"


def test_one_look_serves_prediction_and_map(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    read: list[str] = []
    ask = Network.__call__

    def counted(network: Network, pixels: Pixels, *names: str) -> dict[str, FloatArray]:
        asked.append(names)
        return ask(network, pixels, *names)

    def reading() -> bytes:
        read.append("a.png")
        return coloured("red")

    monkeypatch.setattr(Network, "__call__", counted)
    assert Explainer(classifier)(PhotoInput("a.png", reading)).outcome.path == "a.png"
    assert len(asked) == len(read) == 1


def test_another_class_can_be_explained(classifier: Classifier) -> None:
    one = photo("a.png", coloured("red"))
    explained = Explainer(classifier, "blue")(one)
    assert explained.class_name == "blue"
    assert explained.probability < 0.1
    with pytest.raises(KenaliError, match="Did you mean 'blue'"):
        Explainer(classifier, "blau")


@pytest.mark.parametrize("size", [(20, 400), (400, 20), (1, 1), (3000, 100)])
def test_photos_of_any_shape_have_a_picture(classifier: Classifier, size: tuple[int, int]) -> None:
    explained = Explainer(classifier, words=("tidak ada", "paling kuat"))(photo("a.png", coloured("lime", size)))
    assert Image.open(io.BytesIO(explained.png)).width < 1000


def test_a_bad_photo_is_an_outcome_without_a_picture(classifier: Classifier) -> None:
    explained = Explainer(classifier)(photo("a.png", b"text"))
    assert explained.outcome.error
    assert explained.png == b""


def test_names_neither_collide_nor_escape(classifier: Classifier, tmp_path: Path) -> None:
    paths = [
        "a/x.jpg",
        "b/x.png",
        "X.gif",
        "../../x.jpg",
        "/etc/passwd",
        "con.png",
        "index.html",
        "..",
        "a b&<i>.png",
        "😀.jpg",
    ]
    explainer = Explainer(classifier)
    with explanation_sheet(tmp_path / "out", "maps") as sheet:
        names = [sheet.add(explainer(photo(path, coloured("blue")))) for path in paths]
    assert len({name.casefold() for name in names}) == len(paths)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {*names, "index.html"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<i>" not in page
    assert page.count("<img") == len(paths)


def test_what_stands_there_already_is_left_alone(classifier: Classifier, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("mine")
    with pytest.raises(KenaliError, match="not empty"), explanation_sheet(tmp_path, "maps"):
        pytest.fail("the folder must not be offered")
    assert [path.name for path in tmp_path.iterdir()] == ["own.txt"]


def test_an_interrupted_sheet_leaves_nothing(classifier: Classifier, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), explanation_sheet(tmp_path / "out", "maps") as sheet:
        sheet.add(Explainer(classifier)(photo("a.png", coloured("blue"))))
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_the_page_speaks_both_languages() -> None:
    assert set(words_of("en")) == set(words_of("id"))
    assert words_of("en")["title"] != words_of("id")["title"]
