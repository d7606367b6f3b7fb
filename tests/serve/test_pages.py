"""Pages: a fixed list of files, made once, with a stand-in until then."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kenali.export.web import PAGE
from kenali.serve.pages import listed
from tests.serve.conftest import MakeClient

needs_page = pytest.mark.skipif(not (PAGE / "index.html").is_file(), reason="the page is not built: run  make page")


@pytest.fixture(scope="module")
def client(client_of: MakeClient) -> TestClient:
    return client_of()


def test_the_index_leads_to_every_page(client: TestClient) -> None:
    english, indonesian = client.get("/"), client.get("/", headers={"Accept-Language": "id-ID,en;q=0.5"})
    assert "1 model answers here" in english.text
    assert "model menjawab di sini" in indonesian.text
    assert 'href="/models/colours/"' in english.text
    assert "script" not in english.headers["content-security-policy"]


@needs_page
def test_the_page_is_made_once_and_until_then_the_server_looks_at_photos(client: TestClient) -> None:
    first = client.get("/models/colours/")
    assert '<meta name="kenali-served" content="server making" />' in first.text
    assert first.headers["cache-control"] == "no-store"
    deadline = time.monotonic() + 60
    while client.get("/models/colours/made.json").json() == {"state": "making"}:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert client.get("/models/colours/made.json").json() == {"state": "made"}
    page = client.get("/models/colours/")
    assert '<meta name="kenali-served" content="device server" />' in page.text
    weights = client.get("/models/colours/model/weights.bin")
    assert weights.status_code == 200
    unchanged = client.get("/models/colours/model/weights.bin", headers={"If-None-Match": weights.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    worker = client.get("/models/colours/sw.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert '"model/weights.bin"' in worker.text
    assert "script-src 'self' blob:" in worker.headers["content-security-policy"]


@needs_page
@pytest.mark.parametrize(
    "path",
    [
        "../receipts.key",
        "%2e%2e/%2e%2e/receipts.key",
        "..%2freceipts.key",
        "/etc/passwd",
        "model/",
        "assets",
        "x%00y",
        "parity.json",
    ],
)
def test_only_the_page_s_own_files_are_given(client: TestClient, path: str) -> None:
    assert client.get(f"/models/colours/{path}").status_code in (404, 422)


def test_what_is_not_there_is_told(client: TestClient) -> None:
    assert client.get("/models/nothing/").json()["reason"] == "unknown-model"
    assert client.get("/models/colours/report/").json()["reason"] == "not-found"
    assert client.get("/models/colours", follow_redirects=False).headers["location"] == "/models/colours/"


def test_a_page_that_cannot_be_made_leaves_the_stand_in(client_of: MakeClient, tmp_path: Path) -> None:
    if not (PAGE / "index.html").is_file():
        pytest.skip("the page is not built: run  make page")
    (tmp_path / "pages").write_text("in the way")
    client = client_of(state=tmp_path)
    client.get("/models/colours/")
    for _ in range(100):
        if client.get("/models/colours/made.json").json() == {"state": "failed"}:
            break
        time.sleep(0.05)
    assert '<meta name="kenali-served" content="server" />' in client.get("/models/colours/").text
    assert client.get("/models/colours/sw.js").status_code == 404


def test_a_server_without_pages_has_none(client_of: MakeClient) -> None:
    client = client_of(pages=False)
    assert {client.get(path).status_code for path in ("/", "/models/colours/", "/models/colours/report/")} == {404}


def test_a_link_is_listed_as_the_file_it_leads_to_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    if os.name == "posix":
        (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert set(listed(tmp_path)) == {"a.txt"}
    assert listed(tmp_path / "nothing") == {}
