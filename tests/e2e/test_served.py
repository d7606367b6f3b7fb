"""The page as `kenali serve` shows it: on this device by default, on the server by choice, and feedback from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kenali.predict import Classifier
from tests.e2e.conftest import Visitor
from tests.serve.server import serving

pytest.importorskip("fastapi")

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def served(demo: Path) -> Iterator[str]:
    """The address of the demo bundle's page, which nobody has asked for yet."""
    with serving(demo / "state", demo / "bundle", "--keep", demo / "kept") as server:
        yield f"{server.url}/models/bundle/"


@pytest.fixture(scope="module")
def photo(demo: Path) -> Path:
    return sorted((demo / "photos" / "test").glob("gravel/*.jpg"))[0]


def asked_server(visitor: Visitor) -> bool:
    return any("/predict" in url for url in visitor.requests)


def test_while_the_page_is_made_the_server_can_be_used(visit: Visit, served: str, photo: Path, demo: Path) -> None:
    visitor = visit(served)
    visitor.page.goto(served + "?lang=id")
    visitor.page.click("#making-instead")
    visitor.ready()
    (line,) = visitor.offer(photo)
    ((best, share),) = Classifier.load(demo / "bundle").predict(photo).top_k(1)[0]
    assert line["class"] == best
    assert float(line["confidence"]) == pytest.approx(share, abs=1e-3)
    assert asked_server(visitor)
    assert visitor.page.locator("#place input[value=device]").is_disabled()
    assert "dikirim ke server" in visitor.page.locator("#private").inner_text()
    assert visitor.page.locator("#heat").is_hidden()


def test_once_it_is_made_photos_stay_on_the_device(visit: Visit, served: str, photo: Path) -> None:
    visitor = visit(served)
    visitor.open()
    (line,) = visitor.offer(photo)
    assert line["class"] == "gravel"
    assert not asked_server(visitor)
    assert visitor.page.locator("#place input[value=device]").is_checked()
    assert "never leave this device" in visitor.page.locator("#private").inner_text()


def test_the_reader_may_choose_the_server_and_tell_it_the_right_name(
    visit: Visit, served: str, photo: Path, demo: Path
) -> None:
    visitor = visit(served)
    visitor.open()
    visitor.offer(photo)
    page = visitor.page
    page.once("dialog", lambda asked: asked.dismiss())
    page.click("#place input[value=server]")
    assert page.locator("#place input[value=device]").is_checked()
    assert not asked_server(visitor)
    page.on("dialog", lambda asked: asked.accept())
    page.click("#place input[value=server]")
    page.wait_for_selector("#feedback:not([hidden])")
    assert asked_server(visitor)
    assert page.locator("#learn").is_hidden()
    page.check("#keep-photos")
    (line,) = visitor.offer(photo)
    assert line["class"] == "gravel"
    page.wait_for_selector("#feedback:not([hidden])")
    page.select_option("#feedback-label", "brick")
    page.click("#feedback-send")
    page.wait_for_selector("#feedback-said:not(:empty)")
    assert page.locator("#feedback-said").inner_text() == "Thank you, noted."
    (kept,) = (demo / "kept" / "bundle").rglob("*.jpg")
    assert kept.parent.name == "brick"
    assert kept.read_bytes() == photo.read_bytes()
    page.click("#place input[value=device]")
    page.wait_for_selector("#heat:not([hidden])")
    assert page.locator("#feedback").is_hidden()
