"""The live page of a real server in a real browser: a picture with its boxes, names, and what becomes of them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kenali.serve.routes.admin import PAGES
from tests.e2e.conftest import Visitor
from tests.e2e.test_accessible import AXE, DESK, PHONE, violations
from tests.serve.server import Server, serving
from tests.stream.answers import face, whole
from tests.stream.publisher import Publisher, jpeg

pytestmark = pytest.mark.skipif(not (PAGES / "live.html").is_file(), reason="the page is not built: run  make page")

COUNTS = {"received": 90, "answered": 60, "dropped": 30, "alive": True, "policy": "latest", "skew_ns": 0}


class Hub:
    """Publishes what a door and a belt see, ten frames a second, for as long as it is `running`."""

    def __init__(self) -> None:
        self.publisher = Publisher()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        step = 0
        while not self._stopped.wait(0.1):
            seen = [face("ana", 0.1 + step % 20 / 100), face("unknown", 0.7)]
            self.publisher.answer(seen, jpeg=jpeg("teal", (320, 240)))
            self.publisher.answer([whole("crack")], source="belt", jpeg=jpeg("gray", (200, 200)))
            if step % 10 == 0:
                self.publisher.status(door=COUNTS, belt=COUNTS)
            step += 1

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()
        self.publisher.close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with contextlib.closing(Hub()) as running:
        yield running


@pytest.fixture
def watching(chromium: str, hub: Hub, tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path, "--stream", hub.publisher.address, "--stream-names", "--no-spare", "--workers", "1") as server:
        yield server


@pytest.mark.parametrize(("locale", "device"), [("en-GB", DESK), ("id-ID", PHONE)], ids=["en-desk", "id-phone"])
def test_the_page_shows_who_is_there(
    watching: Server, visit: Callable[..., Visitor], hub: Hub, locale: str, device: dict[str, Any]
) -> None:
    visitor = visit(watching.url, locale=locale, **device)
    page = visitor.page
    page.goto(f"{watching.url}/live#door")
    page.wait_for_selector(".box[data-label=ana]")
    page.wait_for_selector("#here b:text-is('ana')")
    assert page.inner_text("#camera-name") == "door"
    told = {
        "en-GB": ("unknown", "still here", "of 90 received"),
        "id-ID": ("tidak dikenal", "masih ada", "dari 90 yang diterima"),
    }
    unknown, still_here, received = told[locale]
    assert page.inner_text(".box.unknown span") == unknown
    assert still_here in page.inner_text("#appearances tr[data-label=ana]")
    assert received in page.inner_text("#tiles")
    assert page.evaluate(TEAL)
    page.wait_for_function(FIFTH)  # boxes are drawn anew with each frame
    assert page.locator("#appearances tr").count() == 1  # the unknown are told of when asked for
    page.check("#strangers")
    page.wait_for_function("() => document.querySelectorAll('#appearances tr').length === 2")  # after enough frames have voted
    if AXE.is_file():
        assert violations(visitor) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.click("#cameras button:has-text('belt')")
    page.wait_for_function("() => document.querySelector('#labels').textContent === 'crack'")
    assert page.locator(".box").count() == 0
    assert "90" in page.inner_text("#sure")


FIFTH = """() => {
  const [box, stage] = [".box[data-label=ana]", "#stage"].map((what) => document.querySelector(what)?.getBoundingClientRect());
  return box && Math.abs(box.width / stage.width - 0.2) < 0.02;
}"""
TEAL = """() => {
  const [red, green] = document.querySelector("#picture").getContext("2d").getImageData(5, 5, 1, 1).data;
  return red < 40 && green > 90;
}"""


def test_a_hub_that_is_gone_is_said_to_be_gone(watching: Server, visit: Callable[..., Visitor], hub: Hub) -> None:
    page = visit(watching.url).page
    page.goto(f"{watching.url}/live")
    page.wait_for_selector("#boxes, .box", state="attached")
    page.wait_for_selector("#live:not([hidden])")
    assert not page.locator("#away").is_visible()
    hub.close()
    page.wait_for_selector("#away:not([hidden])")
