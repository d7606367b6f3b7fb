"""500 photos in a row leave nothing behind but their lines in the list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kenali.export import export
from kenali.export.loopback import Loopback
from tests.conftest import draw_photo
from tests.e2e.conftest import Visitor
from tests.tiny import write_tiny_bundle

ENGINE = "({ tensors: self._tfengine.memory().numTensors, wasm: self._tfengine.backend.wasm.HEAPU8.byteLength })"


def measured(visitor: Visitor) -> dict[str, float]:
    """Tensors and the WASM heap of the worker, and megabytes of JavaScript in page and workers."""
    (worker,) = [one for one in visitor.page.workers if not one.url.startswith("blob:")]
    engine: dict[str, float] = worker.evaluate(ENGINE)
    bytes_used: float = visitor.page.evaluate("performance.measureUserAgentSpecificMemory().then((told) => told.bytes)")
    return engine | {"megabytes": bytes_used / 2**20}


def test_five_hundred_photos_leave_no_memory_behind(visit: Callable[..., Visitor], chromium: str, tmp_path: Path) -> None:
    export(write_tiny_bundle(tmp_path / "bundle", doubting=True), "web", tmp_path / "web", certificate=False)
    photos = [(f"{n}.jpg", draw_photo(None, n)) for n in range(100)]
    with Loopback({"": tmp_path / "web"}) as server:
        visitor = visit(server.url)
        visitor.open()
        visitor.offer(*photos)
        before = measured(visitor)
        for _ in range(4):
            lines = visitor.offer(*photos)
            assert {line["state"] for line in lines} == {"done"}
        after = measured(visitor)
        visitor.context.close()
    assert after["tensors"] == before["tensors"]
    assert after["wasm"] == before["wasm"]
    assert after["megabytes"] < before["megabytes"] + 4
