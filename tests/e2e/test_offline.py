"""Flight mode: after one visit the page needs no network, whatever server it came from."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Visitor

Visit = Callable[..., Visitor]


def works_in_flight(visitor: Visitor, photo: Path) -> None:
    visitor.page.wait_for_selector("#offline[data-state=ready]", timeout=60_000)
    visitor.context.set_offline(True)
    visitor.page.reload()
    visitor.ready()
    (line,) = visitor.offer(photo)
    assert line["class"] == "brick"
    visitor.context.set_offline(False)


def test_flight_mode(visit: Visit, demo: Path) -> None:
    visitor = visit()
    visitor.open()
    works_in_flight(visitor, demo / "photos" / "test" / "brick" / "brick (49).jpg")


@pytest.fixture
def plain_server(exported: Path) -> Iterator[str]:
    """Python's own web server: no header allows threads."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=exported)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_any_static_server_will_do(visit: Visit, demo: Path, plain_server: str) -> None:
    visitor = visit(plain_server)
    visitor.open()
    assert visitor.page.evaluate("crossOriginIsolated")
    works_in_flight(visitor, demo / "photos" / "test" / "brick" / "brick (50).jpg")
