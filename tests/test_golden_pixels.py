"""Decoding and preprocessing give the bytes that the page's twin is held to as well (web/tests/pixels)."""

from __future__ import annotations

import json

from tests.golden.draw import EXPECTED, FOLDER, expected


def test_golden_pictures_give_the_bytes_that_are_written_down() -> None:
    written = json.loads(EXPECTED.read_text(encoding="utf-8"))
    present = json.loads(json.dumps(expected()))
    for part, rows in written.items():
        wrong = [(row, now) for row, now in zip(rows, present[part], strict=True) if row != now]
        assert not wrong, part


def test_golden_files_stay_small() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 200_000


def test_every_refused_file_is_refused() -> None:
    assert all(row["code"] for row in json.loads(EXPECTED.read_text(encoding="utf-8"))["refused"])
