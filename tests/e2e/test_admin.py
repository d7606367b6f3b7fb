"""The admin page of a real server in a real browser: logging in, watching, replacing a model, revoking a key."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kenali.serve.routes.admin import PAGES
from kenali.serve.security.keys import KeyFile
from tests.e2e.conftest import Visitor
from tests.e2e.test_accessible import AXE, DESK, PHONE, violations
from tests.serve.server import Server, serving
from tests.tiny import coloured, write_tiny_bundle

pytestmark = pytest.mark.skipif(not (PAGES / "admin.html").is_file(), reason="the page is not built: run  make page")


@pytest.fixture(scope="module")
def colours(chromium: str, admin_key: str, state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    bundle = write_tiny_bundle(tmp_path_factory.mktemp("served") / "colours", doubting=True)
    with serving(state, bundle, "--no-spare", "--workers", "1") as running:
        yield running


def log_in(visitor: Visitor, key: str) -> Any:
    page = visitor.page
    page.goto(f"{visitor.url}/admin")
    page.fill("#key", key)
    page.click("#login .primary")
    page.wait_for_selector("#models a")
    return page


@pytest.mark.parametrize(("locale", "device"), [("en-GB", DESK), ("id-ID", PHONE)], ids=["en-desk", "id-phone"])
def test_a_person_looks_after_the_server(
    visit: Callable[..., Visitor],
    colours: Server,
    state: Path,
    admin_key: str,
    tmp_path: Path,
    locale: str,
    device: dict[str, Any],
) -> None:
    other, secret = KeyFile(state).add("Line 3")
    visitor = visit(colours.url, locale=locale, **device)
    page = log_in(visitor, admin_key)
    predict = f"{colours.url}/v1/models/colours/predict"
    assert httpx.post(predict, content=coloured("red"), headers={"X-Api-Key": secret}).status_code == 200
    page.wait_for_function("() => Number(document.querySelector('#models tr td:nth-child(4)').textContent) >= 1")
    if AXE.is_file():
        assert violations(visitor) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    folder = write_tiny_bundle(tmp_path / "new", golden=1 if locale == "en-GB" else 3)
    replacement = shutil.make_archive(str(folder), "zip", folder)
    before = page.inner_text("#models code")
    with page.expect_file_chooser() as choosing:
        page.click("[data-action='replace colours']")
    choosing.value.set_files(replacement)
    page.click("#ask-yes")
    page.wait_for_function("(before) => document.querySelector('#models code').textContent !== before", arg=before)
    assert (
        page.inner_text("#said")
        == {
            "en-GB": "colours answers with the new bundle, in all workers.",
            "id-ID": "colours menjawab dengan bundel baru, di semua proses kerja.",
        }[locale]
    )

    page.locator("#keys tr", has_text="Line 3").last.locator("button").click()
    page.click("#ask-yes")
    page.wait_for_function("() => !document.querySelector('#keys button')")
    assert {key.id: key for key in KeyFile(state).read()}[other.id].revoked
    page.click("header form button")
    page.wait_for_url("**/login")


def test_what_the_server_refuses_is_told_in_its_own_words(
    visit: Callable[..., Visitor], colours: Server, admin_key: str, tmp_path: Path
) -> None:
    visitor = visit(colours.url)
    page = log_in(visitor, admin_key)
    (tmp_path / "notes.zip").write_bytes(b"no zip")
    page.fill("#install-name", "new")
    page.set_input_files("#install-file", tmp_path / "notes.zip")
    page.click("#install-send")
    page.wait_for_selector("#said.warning")
    assert "no readable ZIP" in page.inner_text("#said")
    assert "/" not in page.inner_text("#said")
    assert visitor.complaints == ["Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"]
    visitor.complaints.clear()
