"""The loopback server hands out what it was given and nothing else."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kenali.export.loopback import MAX_MESSAGE, Loopback


def ask(server: Loopback, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes, str]:
    """Status, body and type of a request for the raw `path`, which no client has tidied."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    try:
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return reply.status, reply.read(), reply.headers.get("Content-Type", "")
    finally:
        connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "export"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<p>page")
    (folder / "assets" / "a b.wasm").write_bytes(b"\0asm")
    return folder


def test_files_folders_and_bytes_are_served_with_their_types(folder: Path) -> None:
    with Loopback({"page": folder, "photo-0": b"photo", "one": folder / "index.html"}) as server:
        base = urlsplit(server.url).path
        assert ask(server, f"{base}page/index.html") == (200, b"<p>page", "text/html; charset=utf-8")
        assert ask(server, f"{base}page/") == (200, b"<p>page", "text/html; charset=utf-8")
        assert ask(server, f"{base}page/assets/a%20b.wasm?x=1") == (200, b"\0asm", "application/wasm")
        assert ask(server, f"{base}photo-0")[:2] == (200, b"photo")
        assert ask(server, f"{base}one")[1] == b"<p>page"
        assert ask(server, f"{base}nothing")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "page/../secret.txt",
        "page/%2e%2e/secret.txt",
        "page/..%2fsecret.txt",
        "page/..%5csecret.txt",
        "/etc/passwd",
        "page//etc/passwd",
    ],
)
def test_nothing_outside_is_served(folder: Path, path: str) -> None:
    with Loopback({"page": folder}) as server:
        assert ask(server, urlsplit(server.url).path + path)[0] == 404


def test_links_out_of_a_folder_are_not_followed(folder: Path) -> None:
    try:
        (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    except OSError:
        pytest.skip("this system makes no symbolic links")
    with Loopback({"page": folder}) as server:
        assert ask(server, f"{urlsplit(server.url).path}page/link.txt")[0] == 404


@given(st.text(max_size=40))
def test_no_path_leaves_its_folder(path: str) -> None:
    home = Path(__file__).parent
    found = Loopback.find(_unstarted(home), path)
    assert found is None or (isinstance(found, Path) and found.resolve().is_relative_to(home))


def _unstarted(home: Path) -> Loopback:
    server = Loopback.__new__(Loopback)
    server._resources = {"": home}
    return server


def test_strangers_learn_nothing(folder: Path) -> None:
    with Loopback({"": folder}) as server:
        base = urlsplit(server.url).path
        assert ask(server, "/index.html")[0] == 404
        assert ask(server, f"/{'x' * 24}/index.html")[0] == 404
        assert ask(server, f"{base}index.html", Host="example.org")[0] == 404
        assert ask(server, "/tell", "POST", b"{}")[0] == 404
        assert server.messages.empty()


def test_messages_arrive_unless_they_are_too_large(folder: Path) -> None:
    with Loopback({"": folder}) as server:
        tell = f"{urlsplit(server.url).path}tell"
        assert ask(server, tell, "POST", b"hello")[0] == 204
        assert server.messages.get(timeout=5) == b"hello"
        assert ask(server, tell, "POST", None, **{"Content-Length": str(MAX_MESSAGE + 1)})[0] == 413
        assert server.messages.empty()


def test_threads_are_allowed_by_isolation(folder: Path) -> None:
    with Loopback({"": folder}) as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
        connection.request("GET", urlsplit(server.url).path)
        headers = connection.getresponse().headers
        connection.close()
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["X-Content-Type-Options"] == "nosniff"
