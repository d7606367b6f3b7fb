"""Photos in the page: named as Python names them, explained, doubted, refused, and listed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from kenali.predict import Classifier
from tests.e2e.conftest import Visitor
from tests.e2e.photos import huge, photograph

Visit = Callable[..., Visitor]
JPEG_NOISE = 0.011
"""What the browser's decoder and 8-bit weights may move a usual photo's probability by."""


@pytest.fixture(scope="module")
def test_photos(demo: Path) -> list[Path]:
    return sorted((demo / "photos" / "test").glob("*/*.jpg"))


def test_chosen_photos_are_named_as_python_names_them(visit: Visit, demo: Path, test_photos: list[Path]) -> None:
    visitor = visit()
    visitor.open()
    lines = visitor.offer(*test_photos)
    predictions = Classifier.load(demo / "bundle").predict(test_photos)
    assert [line["name"] for line in lines] == [photo.name for photo in test_photos]
    assert {line["state"] for line in lines} == {"done"}
    best = [ranked[0] for ranked in predictions.top_k(1)]
    assert [line["class"] for line in lines] == [name for name, _ in best]
    gaps = [abs(float(line["confidence"]) - value) for line, (_, value) in zip(lines, best, strict=True)]
    assert max(gaps) < 0.1
    assert sorted(gaps)[len(gaps) // 2] < JPEG_NOISE


def test_a_dropped_photo_is_shown_with_every_class_ranked(visit: Visit, test_photos: list[Path]) -> None:
    visitor = visit()
    visitor.open("?lang=id")
    drop(visitor, test_photos[0])
    (line,) = visitor.answers(0, 1)
    page = visitor.page
    assert page.locator("html").get_attribute("lang") == "id"
    shares = [float(one.get_attribute("data-share")) for one in page.locator("#photo-classes > li").all()]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 3
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert page.locator("#photo-classes > li").first.get_attribute("data-class") == line["class"] == "brick"
    assert page.locator("#photo-label").inner_text().startswith("brick")
    assert "%" in page.locator("#photo-classes").inner_text()


def drop(visitor: Visitor, photo: Path) -> None:
    """Let a file fall onto the page."""
    data = list(photo.read_bytes())
    transfer = visitor.page.evaluate_handle(
        "([name, data]) => { const transfer = new DataTransfer();"
        " transfer.items.add(new File([new Uint8Array(data)], name, { type: 'image/jpeg' })); return transfer; }",
        [photo.name, data],
    )
    visitor.page.dispatch_event("body", "drop", {"dataTransfer": transfer})


def test_a_pasted_photo_is_named(visit: Visit, test_photos: list[Path]) -> None:
    visitor = visit()
    visitor.open()
    visitor.page.evaluate(
        "(data) => { const transfer = new DataTransfer();"
        " transfer.items.add(new File([new Uint8Array(data)], 'pasted.jpg', { type: 'image/jpeg' }));"
        " document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true })); }",
        list(test_photos[-1].read_bytes()),
    )
    (line,) = visitor.answers(0, 1)
    assert line["class"] == "gravel"


def test_a_strange_photo_is_unknown_and_says_why(visit: Visit, tmp_path: Path) -> None:
    visitor = visit()
    visitor.open()
    photograph("astronaut.png").save(tmp_path / "astronaut.png")
    (line,) = visitor.offer(tmp_path / "astronaut.png")
    assert (line["label"], line["reason"]) == ("unknown", "novel")
    page = visitor.page
    assert page.locator("#photo-reason").is_visible()
    page.select_option("#strict", "0")
    page.wait_for_selector("#list > li:not([data-label=unknown])", state="attached")
    assert page.locator("#photo-reason").is_hidden()


def test_the_heat_map_lies_over_the_photo(visit: Visit, test_photos: list[Path]) -> None:
    visitor = visit()
    visitor.open()
    visitor.offer(test_photos[0])
    page = visitor.page
    page.click("#heat")
    page.wait_for_selector("#photo-heat[data-state=shown]")
    assert page.locator("#heat").get_attribute("aria-pressed") == "true"
    drawn = page.evaluate(
        "() => { const canvas = document.querySelector('#photo-heat');"
        " const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;"
        " const opacity = pixels.filter((_, n) => n % 4 === 3); return [Math.min(...opacity), Math.max(...opacity)]; }"
    )
    assert drawn[1] - drawn[0] > 60  # hot here, cold there
    page.click("#heat")
    page.wait_for_selector("#photo-heat[data-state=off]", state="attached")


def test_files_that_are_no_photos_are_refused_and_the_rest_named(visit: Visit, test_photos: list[Path]) -> None:
    whole = test_photos[0].read_bytes()
    visitor = visit()
    visitor.open()
    found = visitor.offer(
        ("cut.jpg", whole[: len(whole) // 2]),
        ("text.jpg", b"This is no image."),
        ("empty.jpg", b""),
        ("header.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 200),
        ("good.jpg", whole),
    )
    codes = {line["name"]: line.get("code") or line["class"] for line in found}
    assert codes == {
        "cut.jpg": "truncated",
        "text.jpg": "not-an-image",
        "empty.jpg": "empty-file",
        "header.png": "corrupt",
        "good.jpg": "brick",
    }


def test_a_photo_of_fifty_megapixels_is_named(visit: Visit, tmp_path: Path) -> None:
    visitor = visit()
    visitor.open()
    visitor.page.set_input_files("#files", huge(tmp_path / "huge.jpg"))
    (line,) = visitor.answers(0, 1)
    assert line["state"] == "done"


def test_a_batch_becomes_a_table(visit: Visit, test_photos: list[Path]) -> None:
    visitor = visit()
    visitor.open()
    lines = visitor.offer(*test_photos[::4], ("broken.jpg", b"no image"))
    with visitor.page.expect_download() as saved:
        visitor.page.click("#csv")
    text = Path(saved.value.path()).read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["path"] for row in rows] == [line["name"] for line in lines]
    assert [row["label"] for row in rows] == [line.get("label", "") for line in lines]
    assert [row["path"] for row in rows if row["error"]] == ["broken.jpg"]
