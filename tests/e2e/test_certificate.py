"""A real browser computes what Python computes: the certificate of each kind of export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kenali.bundle.store import open_bundle
from kenali.errors import KenaliError
from kenali.export import export
from kenali.export.parity import verify
from kenali.files import write_atomically


def test_the_page_came_with_its_certificate(exported: Path, demo: Path) -> None:
    told = json.loads((exported / "parity.json").read_text(encoding="utf-8"))
    assert told["passed"] is True
    assert [one["setting"] for one in told["comparisons"]] == ["wasm", "wasm-1"]
    assert all(one["same_pixels"] == one["photos"] == 16 for one in told["comparisons"])
    assert (exported / "parity.html").is_file()


@pytest.mark.parametrize(("precision", "allowed"), [("float32", 1e-4), ("float16", 1e-2)])
def test_a_plain_export_keeps_its_tolerance(demo: Path, tmp_path: Path, precision: str, allowed: float) -> None:
    done = export(demo / "bundle", "tfjs", tmp_path / "out", precision=precision)  # type: ignore[arg-type]
    assert done.parity is not None
    assert done.parity["max_abs_diff"] <= allowed
    assert done.parity["top1_agreement"] == 1


def test_verifying_without_the_bundle_takes_the_drawn_pictures(exported: Path) -> None:
    certificate = verify(exported)
    assert certificate.golden == 0
    assert all(one.photos == 8 for one in certificate.comparisons)


def test_a_changed_weight_is_noticed(demo: Path, tmp_path: Path) -> None:
    export(demo / "bundle", "tfjs", tmp_path / "out", certificate=False)
    weights = bytearray((tmp_path / "out" / "weights.bin").read_bytes())
    weights[1000:1004] = b"\0\0\x80\x3f"
    write_atomically(tmp_path / "out" / "weights.bin", bytes(weights))
    with pytest.raises(KenaliError, match="checksum differs"):
        verify(tmp_path / "out", open_bundle(demo / "bundle").path)
