"""A classifier from a bundle: every kind of input, errors that stop nothing, flat memory."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kenali
from kenali.bundle.golden import replay
from kenali.bundle.novelty import Prototypes, attach_novelty
from kenali.errors import KenaliError, PhotoError
from kenali.inputs import PhotoInput, photo_inputs
from kenali.network import Network
from kenali.predict import Classifier
from tests.tiny import CLASS_NAMES, PREPROCESSING, coloured, tiny_model, write_tiny_bundle


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier.load(write_tiny_bundle(tmp_path_factory.mktemp("tiny") / "bundle"))


def test_every_kind_of_input_gives_the_same_answer(classifier: Classifier, tmp_path: Path) -> None:
    data = coloured("red")
    (tmp_path / "a.png").write_bytes(data)
    image = Image.open(io.BytesIO(data))
    for photo in (str(tmp_path / "a.png"), tmp_path / "a.png", data, image, np.asarray(image)):
        predictions = classifier.predict(photo)
        assert predictions.top_k(1)[0][0][0] == "red"
        assert predictions.probs.dtype == np.float32
        assert predictions.probs.sum() == pytest.approx(1)
    assert len(classifier.predict([data, coloured("blue")])) == 2
    assert len(classifier.predict([])) == 0


def test_answers_do_not_depend_on_neighbours(classifier: Classifier) -> None:
    photos = [coloured(colour) for colour in ("red", "lime", "blue", "gray")]
    together = classifier.predict(photos).probs
    alone = np.concatenate([classifier.predict(photo).probs for photo in photos])
    assert np.array_equal(together, alone)


def test_a_bad_array_gets_a_sentence(classifier: Classifier) -> None:
    with pytest.raises(KenaliError, match="uint8 RGB"):
        classifier.predict(np.zeros((4, 4), np.float32))
    with pytest.raises(PhotoError, match=r"photo 0: the file is not an image"):
        classifier.predict(b"text")


def test_unreadable_files_are_reported_and_the_rest_predicted(classifier: Classifier, tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(coloured("lime"))
    (tmp_path / "empty.png").touch()
    names = [str(tmp_path / name) for name in ("good.png", "empty.png", "missing.png")]
    outcomes = list(classifier.outcomes(photo_inputs(names)))
    assert [outcome.error is None for outcome in outcomes] == [True, False, False]
    assert "empty" in (outcomes[1].error or "")
    assert "no file" in (outcomes[2].error or "")


def test_folders_patterns_zips_and_lists(tmp_path: Path) -> None:
    for name in ("a/x.png", "a/b/y.png", "z.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(coloured("red"))
    (tmp_path / "a" / "notes.DS_Store").touch()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("x.png", coloured("blue"))
    found = [photo.path for photo in photo_inputs([str(tmp_path / "a"), str(tmp_path / "*.png"), str(tmp_path / "all.zip")])]
    expected = ["a/b/y.png", "a/notes.DS_Store", "a/x.png", "z.png", "all.zip/x.png"]
    assert [Path(path).relative_to(tmp_path).as_posix() for path in found] == expected
    listed = [photo.path for photo in photo_inputs(["-"], [f"{tmp_path / 'z.png'}\n", "\n"])]
    assert listed == [str(tmp_path / "z.png")]


def test_golden_answers_are_repeated(classifier: Classifier) -> None:
    assert classifier.verify() < 1e-5


def test_predicting_imports_nothing_of_training(classifier: Classifier, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(coloured("red"))
    program = (
        "import sys, kenali\n"
        "print(kenali.load(sys.argv[1]).predict(sys.argv[2]).top_k(1))\n"
        "heavy = {'torch', 'timm', 'scipy', 'sklearn', 'onnx', 'jinja2', 'kenali.training'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program, str(classifier.path), str(tmp_path / "a.png")], check=True, env=os.environ)


def test_predicting_leaves_no_trace(classifier: Classifier, tmp_path: Path) -> None:
    """ONNX Runtime's telemetry, where it is on, keeps a session file among the temporary ones and an id in the user's home."""
    silenced = ("ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "CI")
    environment = {name: value for name, value in os.environ.items() if name not in silenced}
    places = ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR", "TEMP", "TMP")
    program = "import sys, kenali; kenali.load(sys.argv[1])"
    command = [sys.executable, "-c", program, str(classifier.path)]
    subprocess.run(command, check=True, env=environment | dict.fromkeys(places, str(tmp_path)))
    assert not list(tmp_path.iterdir())


def test_load_is_the_public_verb(classifier: Classifier) -> None:
    assert kenali.load(classifier.path).class_names == CLASS_NAMES


COLOURS = ("red", "gray", "yellow", "blue")


@pytest.fixture(scope="module")
def doubting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bundle(tmp_path_factory.mktemp("doubting") / "bundle", doubting=True)


def test_photos_beyond_a_limit_are_unknown(doubting: Path) -> None:
    predictions = kenali.load(doubting).predict([coloured(colour) for colour in COLOURS])
    assert predictions.reasons == (None, "novel", "ambiguous", None)
    assert predictions.unknown.tolist() == [False, True, True, False]
    assert predictions.novelty is not None
    assert predictions.novelty == pytest.approx([0, 1 - 3**-0.5, 1 - 2**-0.5, 0], abs=1e-5)
    assert predictions.labels[[0, 3]].tolist() == [0, 2]


def test_another_rate_moves_the_limits(doubting: Path) -> None:
    photos = [coloured(colour) for colour in COLOURS]
    assert not kenali.load(doubting, reject=0).predict(photos).unknown.any()
    assert kenali.load(doubting, reject=0.2).predict(photos).reasons == (None, "novel", "novel", None)
    with pytest.raises(KenaliError, match=r"rate of 3%: choose one of 0%, 5%, 20%"):
        kenali.load(doubting, reject=0.03)


def test_a_bundle_without_limits_knows_every_photo(classifier: Classifier) -> None:
    predictions = classifier.predict([coloured("gray")])
    assert predictions.reasons == (None,)
    assert predictions.novelty is None
    with pytest.raises(KenaliError, match="none were held out"):
        kenali.load(classifier.path, reject=0.05)


def test_sets_hold_the_classes_that_cannot_be_excluded(doubting: Path) -> None:
    outcomes = list(kenali.load(doubting).outcomes(PhotoInput(name, partial(coloured, name)) for name in ("red", "yellow")))
    assert [outcome.candidates for outcome in outcomes] == [(0,), (0, 1)]


def test_golden_photos_prove_the_novelty_too(doubting: Path) -> None:
    classifier = kenali.load(doubting)
    assert classifier.verify() < 1e-5
    other = attach_novelty(tiny_model(), Prototypes(-np.eye(3, dtype=np.float32)))
    assert replay(doubting, Network(other), PREPROCESSING) > 0.5
