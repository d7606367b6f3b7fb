"""Two tiny bundles on drawn photos, as a user compares them."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import kenali
from kenali.bundle.graph import attach_head
from kenali.bundle.manifest import Manifest
from kenali.bundle.store import seal, writable_bundle
from kenali.evaluation.comparison import Comparison, Side
from kenali.evaluation.metrics import wilson
from kenali.evaluation.paired import Difference
from kenali.evaluation.words import Words
from tests.evaluation.test_report import Outline
from tests.tiny import CLASS_NAMES, PREPROCESSING, coloured, tiny_backbone, write_tiny_bundle

COLOURS = {"red": "rgb({}, 20, 20)", "green": "rgb(20, {}, 20)", "blue": "rgb(20, 20, {})"}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare") / "photos"
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for shade in range(150, 250, 12):
            (folder / name / f"{name}-{shade}.png").write_bytes(coloured(colour.format(shade)))
    return folder


def write_swapped_bundle(path: Path) -> Path:
    """Like the tiny bundle, but it takes green for blue and blue for green."""
    swapped = np.eye(3, dtype=np.float32)[[0, 2, 1]] * 8
    with writable_bundle(path) as folder:
        (folder / "model.onnx").write_bytes(attach_head(tiny_backbone(), swapped, np.zeros(3, np.float32)))
        seal(folder, Manifest(name=path.name, class_names=CLASS_NAMES, preprocessing=PREPROCESSING))
    return path


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One that is always right, and one that is not."""
    folder = tmp_path_factory.mktemp("bundles")
    return write_tiny_bundle(folder / "good"), write_swapped_bundle(folder / "swapped")


def test_the_better_one_is_named(bundles: tuple[Path, Path], photos: Path) -> None:
    found = kenali.compare(*bundles, photos)
    assert (found.verdict, found.n, found.groups) == ("a", 27, 27)
    assert (found.both, found.only_a, found.only_b, found.neither) == (9, 18, 0, 0)
    assert found.p_value == pytest.approx(2 * 0.5**18)
    assert found.accuracy.value == pytest.approx(-2 / 3)
    assert found.accuracy.high < 0 < found.brier.low < found.log_loss.low
    assert len(found.differing) == 18
    turned = kenali.compare(bundles[1], bundles[0], photos)
    assert (turned.verdict, turned.p_value) == ("b", found.p_value)
    assert "B (good) is better: 100.0% right against 33.3%" in turned.headline(Words())
    assert "< 0.0001" in " ".join(turned.sentences(Words()))


def test_declared_groups_count_as_one(bundles: tuple[Path, Path], photos: Path) -> None:
    found = kenali.compare(*bundles, photos, group_by="(red|green|blue)/")
    assert (found.groups, found.verdict) == (3, "none")
    assert found.p_value == pytest.approx(0.5)
    assert found.photos_needed == 81  # six groups of two kinds differ in as many photos of three


@pytest.mark.parametrize("language", ["en", "id"])
def test_page_figures_and_table_are_written(bundles: tuple[Path, Path], photos: Path, tmp_path: Path, language: str) -> None:
    found = kenali.compare(*bundles, photos, tmp_path, language=language)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    outline = Outline(text)
    assert found.headline(Words(language)) in outline.text
    assert text.count("data:image/jpeg") == 18
    ids = {value for name, value in outline.attributes if name == "id"}
    assert {value[1:] for name, value in outline.attributes if name == "href"} <= ids
    assert json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8")) == json.loads(json.dumps(found.as_json()))
    with (tmp_path / "differences.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(row["true"], row["a"], row["b"]) for row in rows} == {("green", "green", "blue"), ("blue", "blue", "green")}


def test_a_bundle_is_not_compared_with_itself(bundles: tuple[Path, Path], photos: Path) -> None:
    with pytest.raises(kenali.KenaliError, match="same bundle"):
        kenali.compare(bundles[0], bundles[0], photos)


def test_photos_that_either_learned_from_are_named_once(photos: Path, tmp_path: Path) -> None:
    paths = sorted(photos.rglob("*.png"))
    for name, learned in (("one", paths[:3]), ("other", paths[2:4])):
        rows = [f"x,x,x,train,{hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in learned]
        (write_tiny_bundle(tmp_path / name) / "split.csv").write_text("path,label,group,split,sha256\n" + "".join(rows))
    (alarm,) = kenali.compare(tmp_path / "one", tmp_path / "other", photos, tmp_path / "page").alarms
    assert alarm.kind == "leak"
    assert set(alarm.evidence) == {path.relative_to(photos).as_posix() for path in paths[:4]}
    assert "4 of these photos are among those" in (tmp_path / "page" / "index.html").read_text(encoding="utf-8")


def test_photos_of_a_strange_class_are_left_out(bundles: tuple[Path, Path], photos: Path, tmp_path: Path) -> None:
    rows = [f"{path},{path.parent.name}" for path in sorted(photos.rglob("*.png"))[:12]]
    (tmp_path / "list.csv").write_text("path,label\n" + "\n".join([*rows, rows[0].rpartition(",")[0] + "x.png,pink"]))
    (photos / "blue" / "blue-150.pngx.png").write_bytes(coloured("pink"))
    try:
        found = kenali.compare(*bundles, tmp_path / "list.csv")
    finally:
        (photos / "blue" / "blue-150.pngx.png").unlink()
    assert found.n == 12
    assert [alarm.kind for alarm in found.alarms] == ["unknown-class"]


def told(only_a: int, only_b: int, gap: Difference, needed: int | None, p_value: float = 0.5) -> str:
    side = Side("x", wilson(50, 100), 0.2, 0.3)
    even = Difference(0.0, -0.1, 0.1)
    one = Comparison(side, side, 40, only_a, only_b, 50, 100, gap, even, even, p_value, needed, ())
    return " ".join([one.headline(Words()), *one.sentences(Words())])


def test_what_it_would_take_to_know_more_is_said() -> None:
    assert "No difference in accuracy can be shown on 100 photos" in told(4, 6, Difference(0.02, -0.04, 0.08), 1_234)
    assert "About 1,200 photos of this kind would be needed" in told(4, 6, Difference(0.02, -0.04, 0.08), 1_234)
    assert "too narrow to be believed" in told(0, 4, Difference(0.04, 0.01, 0.08), 300, p_value=0.125)
    assert "of one percentage point" in told(5, 5, Difference(0.0, -0.04, 0.04), 9_000)
    assert "cannot tell them apart" in told(0, 0, Difference(0.0, 0.0, 0.0), None)
