"""One exported page and one browser a session; every test watches what the page asks for and complains about."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kenali.demo import write_demo_photos
from kenali.export import export
from kenali.export.loopback import Loopback
from kenali.serve.security.keys import KeyFile
from kenali.training.recipe import load_recipe
from kenali.training.run import train
from tests.e2e.photos import clip, photograph

BUILT = Path(__file__).parents[2] / "src" / "kenali" / "export" / "page" / "index.html"
ANSWER_MS = 20_000


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program of a Chromium; the tests are skipped where there is none."""
    found = os.environ.get("KENALI_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium is installed")
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("playwright is not installed")
    if not BUILT.is_file():
        pytest.skip("the page is not built: run  make page")
    return found


@pytest.fixture(scope="session")
def demo(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`photos/` of the demo and the `bundle/` that knows brick, grass and gravel."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo_photos(folder / "photos")
    train(folder / "photos", folder / "bundle", recipe=load_recipe(budget=0))
    return folder


@pytest.fixture(scope="session")
def exported(demo: Path) -> Path:
    """The default web export of the demo's bundle, certificate and all."""
    export(demo / "bundle", "web", demo / "web")
    return demo / "web"


@pytest.fixture(scope="package")  # while it lives, Playwright's event loop runs in this thread, and no other can
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser whose camera sees brick, then grass, again and again."""
    film = clip(tmp_path_factory.mktemp("camera") / "film.y4m", [_texture("brick.png"), _texture("grass.png")])
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = launched(playwright.chromium, chromium, film)
        yield started
        started.close()


def launched(kind: Any, program: str, film: Path) -> Any:
    """A browser of this `kind` of Playwright's, whose camera sees the film."""
    arguments = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
        "--enable-blink-features=ForceEagerMeasureMemory",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return kind.launch(executable_path=program, args=arguments)


def _texture(name: str) -> Any:
    return photograph(name).crop((0, 0, 85, 64))


@pytest.fixture(scope="session")
def server(exported: Path) -> Iterator[Loopback]:
    with Loopback({"": exported}) as started:
        yield started


@dataclass
class Visitor:
    """One visit in a browser profile of its own, with what the page asked for and what went wrong."""

    context: Any
    page: Any
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> None:
        """Load the page and wait until the model is ready."""
        self.page.goto(self.url + query)
        self.ready()

    def ready(self) -> None:
        self.page.wait_for_selector("html[data-state=ready]", state="attached", timeout=60_000)

    def offer(self, *photos: Path | tuple[str, bytes]) -> list[dict[str, str]]:
        """Choose photos and wait for their answers: the attributes of each one's line, in their order."""
        before = self.page.locator("#list > li").count()
        self.page.set_input_files("#files", [_file(photo) for photo in photos])
        return self.answers(before, len(photos))

    def answers(self, before: int, count: int) -> list[dict[str, str]]:
        """The attributes of the lines that came after the first `before`, once all are done."""
        self.page.wait_for_function(
            "([before, count]) => document.querySelectorAll('#list > li').length >= before + count"
            " && ![...document.querySelectorAll('#list > li')].some((one) => /waiting|working/.test(one.dataset.state))",
            arg=[before, count],
            timeout=ANSWER_MS * max(1, count // 10),
        )
        lines: list[dict[str, str]] = self.page.evaluate(
            "() => [...document.querySelectorAll('#list > li')].map((one) => ({ ...one.dataset }))"
        )
        return lines[before:]


def _file(photo: Path | tuple[str, bytes]) -> dict[str, Any]:
    name, data = (photo.name, photo.read_bytes()) if isinstance(photo, Path) else photo
    kind = "image/png" if name.endswith(".png") else "image/jpeg"
    return {"name": name, "mimeType": kind, "buffer": data}


@pytest.fixture
def visit(server: Loopback, visit_at: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """Makes a visitor of the exported page, or of another address, as `visit_at` does."""
    return lambda url=server.url, **options: visit_at(url, **options)


@pytest.fixture
def visit_at(browser: Any) -> Iterator[Callable[..., Visitor]]:
    """Makes a visitor of a server, in this browser or another.

    At the end no request may have left the origin, and nothing may have been complained about.
    """
    visitors: list[Visitor] = []

    def visit(url: str, by: Any = browser, **options: Any) -> Visitor:
        context = by.new_context(accept_downloads=True, **options)
        context.set_default_timeout(ANSWER_MS)
        visitor = Visitor(context, context.new_page(), url)
        context.on("request", lambda request: visitor.requests.append(request.url))
        context.on("weberror", lambda error: visitor.complaints.append(str(error.error)))
        context.on("console", lambda said: visitor.complaints.extend([said.text] if said.type == "error" else []))
        visitors.append(visitor)
        return visitor

    yield visit
    for visitor in visitors:
        visitor.context.close()
    for visitor in visitors:
        origin = visitor.url.split("/", 3)[:3]
        strangers = [
            url for url in visitor.requests if not url.startswith(("blob:", "data:")) and url.split("/", 3)[:3] != origin
        ]
        assert not strangers, "requests that left the origin"
        assert not visitor.complaints, "errors, or violations of the content security policy"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a server that several tests share."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def admin_key(state: Path) -> str:
    """A key that may do everything there."""
    return KeyFile(state).add("Boss", ["admin"])[1]
