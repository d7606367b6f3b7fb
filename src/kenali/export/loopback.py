"""A web server for this machine alone: it hands a browser a few files and takes back what the page measured."""

from __future__ import annotations

import http.server
import queue
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from urllib.parse import unquote, urlsplit

MAX_MESSAGE = 1 << 20
"""Bytes that one message of a page may have."""

_TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html; charset=utf-8",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
}
_HEADERS = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Embedder-Policy": "require-corp",  # this and the next allow WASM threads
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

Resource = Path | bytes


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: browsers drop connections as they like, above all when they are ended."""


class Loopback:
    """Serves `resources` on 127.0.0.1 below a path that nobody can guess, for the length of a `with` block.

    A resource's name is the first part of its path; a folder offers everything in it, a file or bytes only themselves. The
    name "" is looked up last. What a page POSTs to `tell`, at most `MAX_MESSAGE` bytes, arrives in `messages`.
    """

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self.messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._resources = {name: one.resolve() if isinstance(one, Path) else one for name, one in resources.items()}
        self._token = secrets.token_urlsafe(18)
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """Where the resources begin; ends in a slash."""
        return f"{self.origin}/{self._token}/"

    def __enter__(self) -> Loopback:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def find(self, path: str) -> Resource | None:
        """The file or bytes at a path below `url`, still percent-encoded, or None: never anything outside the resources."""
        parts = PurePosixPath(unquote(path)).parts
        if any(part == ".." or "\\" in part or ":" in part or "\0" in part for part in parts) or path.startswith("/"):
            return None
        name, rest = (parts[0], parts[1:]) if parts and parts[0] in self._resources else ("", parts)
        found = self._resources.get(name)
        if not isinstance(found, Path) or found.is_file():
            return found if not rest else None
        file = found.joinpath(*rest)
        if file.is_dir():
            file = file / "index.html"
        return file if file.resolve().is_relative_to(found) and file.is_file() else None

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        loopback = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60
            server_version, sys_version = "kenali", ""

            def do_GET(self) -> None:
                path = loopback._below(self.path, self.headers.get("Host"))
                found = None if path is None else loopback.find(path)
                if found is None:
                    self._reply(404)
                elif isinstance(found, bytes):
                    self._reply(200, found)
                else:
                    self._reply(200, found.read_bytes(), _TYPES.get(found.suffix.lower(), "application/octet-stream"))

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if loopback._below(self.path, self.headers.get("Host")) != "tell":
                    self._reply(404)
                elif not length.isdecimal() or int(length) > MAX_MESSAGE:
                    self.close_connection = True
                    self._reply(413)
                else:
                    loopback.messages.put(self.rfile.read(int(length)))
                    self._reply(204)

            def _reply(self, status: int, body: bytes = b"", kind: str = "application/octet-stream") -> None:
                self.send_response(status)
                for name, value in _HEADERS.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the command line is not a log."""

        return Handler

    def _below(self, target: str, host: str | None) -> str | None:
        """The path below `url` that a request asks for; None for other paths and for hosts that only resolve to this one."""
        address, lead = urlsplit(target), f"/{self._token}/"
        if host != self.origin.removeprefix("http://") or not address.path.startswith(lead):
            return None
        return address.path.removeprefix(lead)
