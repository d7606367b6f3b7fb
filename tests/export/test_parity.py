"""Certificates: an export that answers as its bundle does passes, any other fails, and nothing is claimed unseen.

A program that answers by ONNX Runtime stands in for the browser; `tests/e2e` drives a real one.
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from kenali.bundle.golden import draw
from kenali.bundle.store import open_bundle
from kenali.errors import KenaliError
from kenali.export import parity, replay
from kenali.export.browser import VARIABLE
from kenali.export.certificate import CertificateWords, certificate_page, write_certificate
from kenali.export.certificate_words import ENGLISH, INDONESIAN
from kenali.export.parity import ParityError, certify, verify
from kenali.export.values import Rounding
from kenali.files import sha256_of, write_atomically
from tests.evaluation.test_words import fields
from tests.tiny import write_tiny_bundle

_DRAWN = functools.cache(draw)

posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for a browser is a shell script")


@pytest.fixture(autouse=True)
def _draw_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parity, "draw", _DRAWN)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_tiny_bundle(tmp_path / "bundle", doubting=True)


def export(bundle: Path, folder: Path, target: str, **changes: Any) -> Path:
    """The files of an export, as far as replaying reads them; the weights of a page are a stand-in."""
    opened = open_bundle(bundle)
    model = folder / "model" if target == "web" else folder
    if target == "onnx":
        write_atomically(model / "model.onnx", opened.model.read_bytes())
    else:
        write_atomically(model / "model.json", "{}")
        write_atomically(model / "weights.bin", b"weights")
    manifest = opened.manifest.model_dump(
        mode="json", include={"format", "name", "class_names", "preprocessing", "calibration"}
    )
    manifest["thresholds"] = opened.manifest.thresholds.model_dump(mode="json")
    manifest |= {
        "precision": "float32",
        "bundle_sha256": sha256_of(bundle / "kenali.json"),
        "weights_sha256": sha256_of(model / ("model.onnx" if target == "onnx" else "weights.bin")),
    }
    write_atomically(model / "kenali.json", json.dumps(manifest | changes))
    return folder


@pytest.fixture
def behave(tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a browser in place that behaves as told."""
    write_atomically(tmp_path / "runner" / "parity.html", "<p>runner")
    monkeypatch.setattr(replay, "RUNNER", tmp_path / "runner")

    def put(behaviour: str) -> None:
        program = tmp_path / "browser"
        fake = Path(__file__).parent / "fake_browser.py"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {fake} {bundle / "model.onnx"} {behaviour} "$@"\n')
        program.chmod(0o755)
        monkeypatch.setenv(VARIABLE, str(program))

    return put


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parity, "find_browser", lambda: None)


def test_an_onnx_export_is_replayed_here(bundle: Path, tmp_path: Path) -> None:
    certificate = certify(open_bundle(bundle), export(bundle, tmp_path / "out", "onnx"))
    assert certificate.passed
    assert (certificate.golden, len(certificate.drawn)) == (2, 8)
    assert certificate.promise is not None
    assert certificate.promise < 1e-6
    (one,) = certificate.comparisons
    assert (one.photos, one.same_answer, one.same_doubt, one.probability) == (10, 10, 10, 0)


def test_an_onnx_export_with_other_weights_fails(bundle: Path, tmp_path: Path) -> None:
    folder = export(bundle, tmp_path / "out", "onnx")
    model = onnx.load(folder / "model.onnx")
    (weight,) = (tensor for tensor in model.graph.initializer if tensor.name == "head.weight")
    weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight) * np.float32(1.01), weight.name))
    onnx.save(model, folder / "model.onnx")
    with pytest.raises(KenaliError, match="checksum differs"):
        certify(open_bundle(bundle), folder)
    manifest = json.loads((folder / "kenali.json").read_text())
    write_atomically(folder / "kenali.json", json.dumps(manifest | {"weights_sha256": sha256_of(folder / "model.onnx")}))
    with pytest.raises(ParityError, match=r"ONNX Runtime .* differs by .* in a probability; at most 0.0001 is allowed"):
        certify(open_bundle(bundle), folder)


@posix
@pytest.mark.parametrize("target", ["web", "tfjs"])
def test_a_browser_that_agrees_gives_a_certificate(bundle: Path, tmp_path: Path, behave: Any, target: str) -> None:
    behave("good")
    folder = export(bundle, tmp_path / "out", target)
    seen = []
    certificate = certify(open_bundle(bundle), folder, progress=lambda *where: seen.append(where))
    assert certificate.passed
    assert certificate.browser == "Fake 1.0"
    assert [one.setting for one in certificate.comparisons] == ["wasm", "wasm-1"]
    assert seen[-1] == ("browser", 20, 20)
    write_certificate(folder, certificate)
    told = json.loads((folder / "parity.json").read_text())
    assert told["passed"] is True
    assert told["comparisons"][0]["same_pixels"] == 10


@posix
def test_an_export_is_verified_with_its_bundle_and_without(bundle: Path, tmp_path: Path, behave: Any) -> None:
    behave("good")
    folder = export(bundle, tmp_path / "out", "web")
    write_certificate(folder, certify(open_bundle(bundle), folder))
    assert verify(folder).golden == 0  # the drawn pictures alone
    certificate = verify(folder, bundle, settings=("wasm", "webgpu"))
    assert certificate.golden == 2
    assert certificate.absent == (("webgpu", "no adapter"),)


@posix
@pytest.mark.parametrize(
    ("behaviour", "error", "what"),
    [
        ("off", ParityError, "in a probability"),
        ("nan", ParityError, "in a probability"),
        ("pixels", ParityError, "makes other pixels of 10 of 10"),
        ("failed", KenaliError, "weights.bin is missing"),
        ("garbage", KenaliError, "sent what is no result"),
        ("crash", KenaliError, "exit code 3: no display"),
        ("silent", KenaliError, "said nothing for"),
    ],
)
def test_a_browser_that_does_not_agree_gives_none(
    bundle: Path,
    tmp_path: Path,
    behave: Any,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: str,
    error: type[Exception],
    what: str,
) -> None:
    behave(behaviour)
    monkeypatch.setattr(replay, "STALL_S", 1.0 if behaviour == "silent" else 60.0)
    with pytest.raises(error, match=what):
        certify(open_bundle(bundle), export(bundle, tmp_path / "out", "web"))


@posix
def test_only_a_missing_backend_may_be_absent(bundle: Path, tmp_path: Path, behave: Any) -> None:
    behave("good")
    folder = export(bundle, tmp_path / "out", "web")
    with pytest.raises(KenaliError, match="could not run the export: no adapter"):
        verify(folder, bundle, settings=("webgpu",))


def test_without_a_browser_nothing_is_claimed(bundle: Path, tmp_path: Path, no_browser: None) -> None:
    folder = export(bundle, tmp_path / "out", "web")
    certificate = certify(open_bundle(bundle), folder)
    assert certificate.passed is None
    told = certificate.document()
    assert told["comparisons"] is None
    assert "nobody has checked" in told["unproven"]
    write_certificate(folder, certificate)
    assert "nobody has checked" in (folder / "parity.html").read_text(encoding="utf-8")
    with pytest.raises(KenaliError, match="no Chromium, Chrome or Edge was found"):
        verify(folder, bundle)


def test_verifying_names_what_is_wrong(bundle: Path, tmp_path: Path, no_browser: None) -> None:
    folder = export(bundle, tmp_path / "out", "web")
    with pytest.raises(KenaliError, match="no export at"):
        verify(tmp_path / "nothing")
    with pytest.raises(KenaliError, match=r"neither model\.json nor model\.onnx"):
        verify(bundle.parent)
    with pytest.raises(KenaliError, match=r"holds no parity\.json"):
        verify(folder)
    write_atomically(folder / "parity.json", '{"drawn": []}')
    with pytest.raises(KenaliError, match=r"parity\.json is damaged"):
        verify(folder)
    with pytest.raises(KenaliError, match=r"Did you mean 'webgpu'"):
        verify(folder, settings=["webgp"])
    other = write_tiny_bundle(tmp_path / "other", golden=3)
    with pytest.raises(KenaliError, match="from another bundle"):
        verify(folder, other)
    (folder / "model" / "weights.bin").write_bytes(b"other")
    with pytest.raises(KenaliError, match="checksum differs"):
        verify(folder, bundle)


def test_a_bundle_that_breaks_its_own_promise_is_not_vouched_for(bundle: Path, tmp_path: Path) -> None:
    listing = bundle / "golden" / "golden.json"
    records = json.loads(listing.read_text())
    records[0]["logits"][0] += 1
    listing.write_text(json.dumps(records))
    manifest = json.loads((bundle / "kenali.json").read_text())
    manifest["files"]["golden/golden.json"] = {"sha256": sha256_of(listing), "size": listing.stat().st_size}
    (bundle / "kenali.json").write_text(json.dumps(manifest))
    folder = export(bundle, tmp_path / "out", "onnx")
    with pytest.raises(ParityError, match="does not answer as it did when it was made"):
        certify(open_bundle(bundle), folder)


@pytest.mark.parametrize("labelled", [0, 40])
def test_what_rounding_costs_is_told(bundle: Path, tmp_path: Path, labelled: int) -> None:
    before, after = (0.925, 0.9) if labelled else (None, None)
    rounding = Rounding(48, 0.03, 0.004, 1.0, labelled, before, after)
    certificate = certify(open_bundle(bundle), export(bundle, tmp_path / "out", "onnx", precision="int8"), rounding)
    assert certificate.document()["rounding"]["n"] == 48
    page = certificate_page(certificate, CertificateWords("id"))
    assert ("92,5%" in page) == ("-2,5" in page) == bool(labelled)
    assert ("--photos PHOTOS" in page) != bool(labelled)


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_page_allows_its_own_style_sheet_alone(bundle: Path, tmp_path: Path, language: str) -> None:
    certificate = certify(open_bundle(bundle), export(bundle, tmp_path / "out", "onnx"))
    page = certificate_page(certificate, CertificateWords(language))
    assert "unsafe-inline" not in page
    assert "style=" not in page.split("</style>")[-1]
    assert page.count("<style>") == page.count("'sha256-") == 2
    assert f'lang="{language}"' in page


def test_both_languages_say_the_same() -> None:
    assert ENGLISH.keys() == INDONESIAN.keys()
    for key, sentence in ENGLISH.items():
        assert fields(sentence) == fields(INDONESIAN[key]), key


def test_small_differences_are_written_in_two_digits() -> None:
    words = CertificateWords("id")
    assert [words.small(value) for value in (0, 3.14e-6, 0.01, 0.123, 1e-12)] == [
        "0",
        "0,0000031",
        "0,01",
        "0,12",
        "< 0,000000001",
    ]
