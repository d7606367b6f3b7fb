"""Every kind of bad and odd file that people have in their folders: each ends in the ledger once, and nothing breaks."""

from __future__ import annotations

import csv
import importlib
import os
import stat
import struct
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from kenali.cache import Cache
from kenali.images import MAX_PIXELS
from kenali.photos import Scan, save_ledger, scan
from kenali.photos.folder import FolderSource
from tests.conftest import draw_photo, encoded, picture

POSIX = sys.platform != "win32"
LINUX = sys.platform == "linux"  # elsewhere file systems refuse names that are not Unicode, and decompose accents

JPEG = draw_photo(None, 1)
PNG = draw_photo(None, 2, file_format="PNG")
LARGE = picture(3, (240, 320))


@dataclass(frozen=True)
class Case:
    """A file to put at `path`, and what must become of it. `make` holds its bytes or puts something there itself."""

    path: str
    make: bytes | Callable[[Path], None]
    fate: str = "used"
    reason: str = ""
    shown: str | None = None  # the path in the ledger where it differs
    possible: bool = True


def png_with_bad_checksum() -> bytes:
    """Every pixel is there; only the checksum of their chunk is wrong."""
    data = draw_photo(None, 39, file_format="PNG")
    at = data.index(b"IDAT") - 4
    end = at + 8 + struct.unpack(">I", data[at : at + 4])[0]
    return data[:end] + b"\0\0\0\0" + data[end + 4 :]


def with_orientation(seed: int, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(picture(seed, (60, 90)), exif=exif.tobytes())


def frames(file_format: str, **options: object) -> bytes:
    return encoded(picture(4), file_format, save_all=True, append_images=[picture(5), picture(6)], **options)


def transparent(seed: int, mode: str) -> Image.Image:
    image = picture(seed).convert(mode)
    image.putalpha(picture(seed + 500).convert("L"))
    return image


def deep_grey(seed: int) -> Image.Image:
    return Image.fromarray(np.asarray(picture(seed).convert("L"), np.uint16) * 257)


def linked_to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def write_outside_and_link(path: Path) -> None:
    target = path.parents[2] / "elsewhere.jpg"
    draw_photo(target, 7)
    path.symlink_to(target)


def write_undecodable_name(path: Path) -> None:
    Path(os.fsdecode(os.fsencode(path.parent) + b"/caf\xe9.jpg")).write_bytes(draw_photo(None, 8))


CASES = [
    # files that are no photo
    Case("cats/zero.jpg", b"", "quarantined", "empty-file"),
    Case("cats/text.jpg", b"Dear Sir or Madam, please find attached\n" * 9, "quarantined", "not-an-image"),
    Case("cats/page.jpg", b"<!DOCTYPE html><html><body>404</body></html>", "quarantined", "not-an-image"),
    Case("cats/zeros.jpg", bytes(4096), "quarantined", "not-an-image"),
    Case("cats/paper.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "quarantined", "unsupported-format"),
    Case("cats/drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "quarantined", "unsupported-format"),
    Case("cats/phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "quarantined", "unsupported-format"),
    Case("cats/new.avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "quarantined", "unsupported-format"),
    Case("cats/clip.mp4", b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2", "quarantined", "unsupported-format"),
    Case("cats/layers.psd", b"8BPS\0\1" + bytes(64), "quarantined", "unsupported-format"),
    Case("cats/photos.zip", b"PK\3\4\x14\0\0\0\0\0" + bytes(40), "quarantined", "not-an-image"),
    Case("cats/.DS_Store", b"\0\0\0\1Bud1", "quarantined", "not-an-image"),
    Case("cats/Thumbs.db", b"\xd0\xcf\x11\xe0", "quarantined", "not-an-image"),
    Case("cats/._a0.jpg", b"\0\5\x16\7", "quarantined", "not-an-image"),
    # damaged photos
    Case("cats/truncated.jpg", JPEG[: len(JPEG) // 2], "quarantined", "truncated"),
    Case("cats/header-only.jpg", JPEG[:20], "quarantined", "corrupt"),
    Case("cats/truncated.png", PNG[: len(PNG) // 2], "quarantined", "truncated"),
    Case("cats/checksum.png", png_with_bad_checksum()),
    Case("cats/scratched.png", PNG[:3000] + b"\x55\xaa" * 60 + PNG[3120:], "quarantined", "corrupt"),
    Case("cats/rubbish.png", b"\x89PNG\r\n\x1a\n" + b"rubbish" * 20, "quarantined", "corrupt"),
    # more than one picture, or far too much of one
    Case("cats/animated.gif", frames("GIF"), "quarantined", "animated"),
    Case("cats/animated.webp", frames("WEBP"), "quarantined", "animated"),
    Case("cats/animated.png", frames("PNG"), "quarantined", "animated"),
    Case("cats/pages.tif", frames("TIFF"), "quarantined", "animated"),
    Case("cats/bomb.png", encoded(Image.new("1", (MAX_PIXELS // 9000 + 1, 9000)), "PNG"), "quarantined", "too-many-pixels"),
    Case("cats/float.tif", encoded(Image.new("F", (40, 40), 0.5), "TIFF"), "quarantined", "unsupported-format"),
    # odd photos that can be used
    Case("dogs/one-pixel.png", encoded(Image.new("RGB", (1, 1), "teal"), "PNG")),
    Case("dogs/strip.png", encoded(picture(20, (1, 300)), "PNG")),
    Case("dogs/print.jpg", encoded(picture(21).convert("CMYK"))),
    Case("dogs/grey.jpg", encoded(picture(22).convert("L"))),
    Case("dogs/deep.png", encoded(deep_grey(23), "PNG")),
    Case("dogs/fax.png", encoded(picture(24).convert("1"), "PNG")),
    Case("dogs/palette.png", encoded(picture(25).convert("P"), "PNG", transparency=3)),
    Case("dogs/clear.png", encoded(transparent(26, "RGB"), "PNG")),
    Case("dogs/clear-grey.png", encoded(transparent(27, "L"), "PNG")),
    Case("dogs/still.gif", encoded(picture(28), "GIF")),
    Case("dogs/modern.webp", encoded(picture(29), "WEBP")),
    Case("dogs/plain.bmp", encoded(picture(30), "BMP")),
    Case("dogs/scan.tif", encoded(picture(31), "TIFF")),
    Case("dogs/turned.jpg", with_orientation(32, 6)),
    Case("dogs/bad-exif.jpg", encoded(picture(33), exif=b"Exif\0\0MM\0*\0\0\xff\xff" + b"\xee" * 40)),
    Case("dogs/two-views.jpg", encoded(picture(34), "MPO", save_all=True, append_images=[picture(35)])),
    Case("dogs/scratched.jpg", JPEG[:1500] + b"\x55\xaa" * 60 + JPEG[1620:]),  # libjpeg reads on after damage
    Case("dogs/really-png.jpg", draw_photo(None, 37, file_format="PNG")),
    Case("dogs/no-extension", draw_photo(None, 38)),
    # names and places
    Case(f"dogs/{unicodedata.normalize('NFD', 'Anjing lucu é')}.jpg", draw_photo(None, 40), possible=LINUX),
    Case("dogs/🐶🐾.jpg", draw_photo(None, 41)),
    Case("dogs/كلب.jpg", draw_photo(None, 42)),
    Case("dogs/new\nline.jpg", draw_photo(None, 43), possible=POSIX),
    Case("dogs/carriage\rreturn.jpg", draw_photo(None, 44), possible=POSIX),
    Case("dogs/ spaces .jpg ", draw_photo(None, 45), possible=POSIX),
    Case('dogs/"quoted", he said; =1+1.jpg', draw_photo(None, 46), possible=POSIX),
    Case("dogs/back\\slash.jpg", draw_photo(None, 47), possible=POSIX),
    Case(f"dogs/{'long' * 60}.jpg", draw_photo(None, 48), possible=POSIX),
    Case("dogs/odd name", write_undecodable_name, "quarantined", "unreadable-name", shown="dogs/caf\\xe9.jpg", possible=LINUX),
    Case("dogs/nested/deeper/photo.jpg", draw_photo(None, 49)),
    Case("dogs/folder.jpg/inside.jpg", draw_photo(None, 50)),
    Case("dogs/.hidden/photo.jpg", draw_photo(None, 51), "quarantined", "hidden-folder"),
    Case("loose.jpg", draw_photo(None, 52), "quarantined", "outside-class"),
    Case("empty/", lambda path: path.mkdir(parents=True), shown="none"),
    Case("dogs/linked.jpg", write_outside_and_link, possible=POSIX),
    Case("dogs/broken.jpg", linked_to("nowhere.jpg"), "quarantined", "broken-link", possible=POSIX),
    Case("dogs/self.jpg", linked_to("self.jpg"), "quarantined", "unreadable", possible=POSIX),
    Case("dogs/loop", linked_to("."), "quarantined", "folder-link", possible=POSIX),
    Case("dogs/pipe.jpg", lambda path: os.mkfifo(path), "quarantined", "not-a-file", possible=POSIX),
    Case("dogs/locked.jpg", draw_photo(None, 53), "quarantined", "unreadable"),
    # copies
    Case("cats/large.jpg", encoded(LARGE, quality=95)),
    Case("cats/z-copy.jpg", encoded(LARGE, quality=95), "duplicate", "exact-copy"),
    Case("dogs/z-copy.jpg", encoded(LARGE, quality=95), "duplicate", "exact-copy"),
    Case("cats/a-smaller.jpg", encoded(LARGE.resize((160, 120)), quality=50), "duplicate", "near-copy"),
    Case("cats/mirrored.jpg", encoded(ImageOps.mirror(LARGE), quality=95)),
    *(Case(f"cats/a{number}.jpg", draw_photo(None, 900 + number)) for number in range(4)),
]
CASES = [case for case in CASES if case.possible]
FILES = {case.shown or case.path: case for case in CASES if case.shown != "none"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bad") / "photos"
    for case in CASES:
        path = root / case.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(case.make):
            case.make(path)
        else:
            path.write_bytes(case.make)
    return root


@pytest.fixture(scope="module")
def scanned(folder: Path) -> Scan:
    before = snapshot(folder)
    with pytest.MonkeyPatch.context() as patched:
        lock_one_file(patched)
        found = scan(folder)
    assert snapshot(folder) == before
    return found


def lock_one_file(patched: pytest.MonkeyPatch) -> None:
    """Tests may run as root, whom no permission stops."""
    read = FolderSource.read

    def refuse(source: FolderSource, path: str) -> bytes:
        if path == "dogs/locked.jpg":
            raise PermissionError(13, "Permission denied", path)
        return read(source, path)

    patched.setattr(FolderSource, "read", refuse)


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Size, time and bytes of everything below `folder`."""
    seen = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        data = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        seen[str(path)] = (status.st_size, status.st_mtime_ns, data)
    return seen


def test_the_table_is_long() -> None:
    assert len(CASES) >= 36


@pytest.mark.parametrize("path", FILES, ids=ascii)
def test_each_file_meets_its_fate(scanned: Scan, path: str) -> None:
    (row,) = (row for row in scanned.ledger.rows if row.path == path)
    assert (row.fate, row.reason) == (FILES[path].fate, FILES[path].reason), row.detail
    assert bool(row.detail) == (row.fate != "used")
    assert "\n" not in row.detail.replace(path, "")


def test_every_file_has_one_row_and_the_totals_reconcile(scanned: Scan) -> None:
    ledger = scanned.ledger
    assert sorted(row.path for row in ledger.rows) == sorted(FILES)
    document = ledger.as_json()
    assert document["total"] == len(FILES) == document["used"] + document["duplicate"] + document["quarantined"]
    assert [photo.path for photo in scanned.photoset.photos] == [row.path for row in ledger.rows if row.fate == "used"]
    assert set(scanned.facts) == {photo.path for photo in scanned.photoset.photos}


def test_no_absolute_path_is_told(scanned: Scan, folder: Path) -> None:
    assert str(folder.parent) not in str(scanned.ledger.as_json())


def test_the_ledger_reads_back(scanned: Scan, tmp_path: Path) -> None:
    save_ledger(tmp_path / "ledger.csv", scanned.ledger)
    with (tmp_path / "ledger.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["path"], row["fate"], row["reason"]) for row in rows] == [
        (row.path, row.fate, row.reason) for row in scanned.ledger.rows
    ]


def test_a_mirrored_copy_is_used_but_shares_the_group(scanned: Scan) -> None:
    group = {photo.path: photo.group for photo in scanned.photoset.photos}
    assert group["cats/mirrored.jpg"] == group["cats/large.jpg"]
    assert group["cats/a1.jpg"] != group["cats/large.jpg"]


def test_what_is_wrong_with_the_set_as_a_whole(scanned: Scan) -> None:
    told = {warning.kind: warning.evidence for warning in scanned.ledger.warnings}
    assert told["empty-class"] == ("empty",)
    assert told["label-conflict"] == ("cats/large.jpg = dogs/z-copy.jpg",)
    assert set(told["wrong-extension"]) >= {"dogs/really-png.jpg", "dogs/no-extension"}
    assert set(told["odd-aspect"]) == {"dogs/strip.png"}
    assert set(told["odd-size"]) == {"dogs/strip.png", "dogs/one-pixel.png"}


def test_a_second_scan_decodes_nothing_and_says_the_same(
    scanned: Scan, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_one_file(monkeypatch)
    usable = {photo.path: FILES[photo.path] for photo in scanned.photoset.photos}
    root = tmp_path / "usable"
    for path in usable:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes((folder / path).read_bytes())
    with Cache(tmp_path / "cache") as cache:
        first = scan(root, facts_store=cache)
        monkeypatch.setattr(
            importlib.import_module("kenali.photos.scan"), "decode", lambda *_, **__: pytest.fail("a known photo was decoded")
        )
        second = scan(root, facts_store=cache)
    assert second.ledger == first.ledger
    assert second.photoset == first.photoset


def zipped(tmp_path: Path) -> Path:
    """The table's plain files in a ZIP, and what only a ZIP can hold."""
    file = tmp_path / "photos.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for case in CASES:
            if isinstance(case.make, bytes):
                archive.writestr(case.path, case.make)
        archive.writestr("empty/", b"")
        archive.writestr("cats/../../escape.jpg", JPEG)
        archive.writestr("/etc/absolute.jpg", JPEG)
        archive.writestr("C:/windows.jpg", JPEG)
        archive.writestr("cats/inflates.bmp", bytes(2_000_000))
        archive.writestr("__MACOSX/cats/._a1.jpg", b"\0\5\x16\7")
        archive.writestr("cats/secret.jpg", draw_photo(None, 60))
    data = bytearray(file.read_bytes())
    entry = data.rindex(b"cats/secret.jpg") - 46  # its header in the central directory
    data[entry + 8] |= 1  # the flag that says it is encrypted
    file.write_bytes(data)
    return file


ONLY_IN_A_ZIP = {
    "cats/../../escape.jpg": "unsafe-name",
    "/etc/absolute.jpg": "unsafe-name",
    "C:/windows.jpg": "unsafe-name",
    "cats/inflates.bmp": "zip-bomb",
    "__MACOSX/cats/._a1.jpg": "not-an-image",
    "cats/secret.jpg": "encrypted",
}


def test_the_same_files_in_a_zip(tmp_path: Path) -> None:
    rows = {row.path: row for row in scan(zipped(tmp_path)).ledger.rows}
    # a backslash in a ZIP divides folders, as some Windows programs write them
    plain = {path.replace("\\", "/"): case for path, case in FILES.items() if isinstance(case.make, bytes)}
    assert set(rows) == {*plain, *ONLY_IN_A_ZIP}
    for path, reason in ONLY_IN_A_ZIP.items():
        assert (rows[path].fate, rows[path].reason) == ("quarantined", reason)
    for path in plain.keys() - {"dogs/locked.jpg"}:
        assert (rows[path].fate, rows[path].reason) == (plain[path].fate, plain[path].reason), path


def test_the_same_files_in_a_csv(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "photos.csv"
    plain = {path: case for path, case in FILES.items() if isinstance(case.make, bytes)}
    del plain["dogs/locked.jpg"]
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened, delimiter=";")
        writer.writerow(("Filename", "Class"))
        writer.writerows((str(folder / path), path.partition("/")[0]) for path in plain)
    rows = {row.path: row for row in scan(file).ledger.rows}
    assert set(rows) == set(plain)
    for path in plain:
        if FILES[path].reason not in ("outside-class", "hidden-folder"):
            assert (rows[path].fate, rows[path].reason) == (plain[path].fate, plain[path].reason), path
