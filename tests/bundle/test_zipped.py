"""Bundles as ZIP files open like folders, and hostile ones write nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from kenali.bundle import open_bundle, zipped
from kenali.errors import BundleError
from tests.tiny import CLASS_NAMES, write_tiny_bundle


def pack(folder: Path, file: Path, inside: str) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.rglob("*"):
            if path.is_file():
                archive.write(path, inside + path.relative_to(folder).as_posix())
    return file


@pytest.mark.parametrize("inside", ["", "rocks/"])
def test_a_zipped_bundle_opens(tmp_path: Path, inside: str) -> None:
    bundle = write_tiny_bundle(tmp_path / "bundle")
    opened = open_bundle(pack(bundle, tmp_path / "bundle.zip", inside))
    assert opened.manifest.class_names == CLASS_NAMES
    assert opened.model.read_bytes() == (bundle / "model.onnx").read_bytes()


@pytest.mark.parametrize("name", ["../evil", "/evil", "rocks/../../evil", "C:evil", "..\\evil"])
def test_names_outside_are_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    file = pack(write_tiny_bundle(tmp_path / "bundle"), tmp_path / "bundle.zip", "rocks/")
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(BundleError, match="points outside"):
        open_bundle(file)
    assert not list(tmp_path.parent.glob("**/evil"))


def test_what_is_no_bundle_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.zip").write_text("no ZIP at all")
    with pytest.raises(BundleError, match="no readable ZIP"):
        open_bundle(tmp_path / "text.zip")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.txt").write_text("x")
    with pytest.raises(BundleError, match=r"has no kenali\.json"):
        open_bundle(pack(tmp_path / "photos", tmp_path / "photos.zip", ""))
    bundle = write_tiny_bundle(tmp_path / "bundle")
    file = pack(bundle, tmp_path / "bundle.zip", "")
    with monkeypatch.context() as patch:
        patch.setattr(zipped, "_MOST_MEMBERS", 2)
        with pytest.raises(BundleError, match="more files or bytes"):
            open_bundle(file)
    (bundle / "model.onnx").write_bytes(b"x")
    with pytest.raises(BundleError, match="checksum"):
        open_bundle(pack(bundle, tmp_path / "altered.zip", ""))


def test_a_member_larger_than_it_claims_is_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pack(write_tiny_bundle(tmp_path / "bundle"), tmp_path / "bundle.zip", "")
    monkeypatch.setattr(zipped, "_members", lambda file, archive: {Path("model.onnx"): archive.getinfo("model.onnx")})
    monkeypatch.setattr(zipped, "_MOST_BYTES", 100)
    with pytest.raises(BundleError, match="more bytes"):
        open_bundle(file)
