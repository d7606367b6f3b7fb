"""A hub's `/status` (JSON) and `/metrics` (Prometheus), on this machine alone."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kenali.errors import KenaliError
from kenali.stream.status import Document

_HOST = "127.0.0.1"


@contextlib.contextmanager
def serving_status(port: int, status: Callable[[], Document]) -> Iterator[str]:
    """Tell the document that `status` returns, from threads of its own; the address. KenaliError where the port is taken."""
    from kenali.stream.metrics import CONTENT_TYPE, exposition

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.headers.get("Host", _HOST).partition(":")[0] not in (_HOST, "localhost"):
                self.send_error(403)  # a page elsewhere whose name was made to mean this machine
            elif self.path == "/status":
                self._tell("application/json", json.dumps(status(), indent=1).encode())
            elif self.path == "/metrics":
                self._tell(CONTENT_TYPE, exposition(status))
            else:
                self.send_error(404)

        def _tell(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    try:
        server = ThreadingHTTPServer((_HOST, port), Handler)
    except OSError as error:
        raise KenaliError(f"cannot tell the status at port {port} ({error.strerror}); choose another by --status") from None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name="status").start()
    try:
        yield f"http://{_HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
