from __future__ import annotations

import json
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kenali.serve.security.audit import AuditLog


def test_lines_are_json_and_private(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit")
    for number in range(3):
        log.write({"n": number, "class": "batu \n akik é"})
    (path,) = (tmp_path / "audit").iterdir()
    assert path.name.startswith(datetime.now(UTC).date().isoformat())
    assert [json.loads(line)["n"] for line in path.read_text(encoding="utf-8").splitlines()] == [0, 1, 2]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    log.close()


def test_old_days_are_deleted_and_other_files_left(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    old, young = (today - timedelta(days=days) for days in (91, 89))
    for day in (old, young):
        (tmp_path / f"{day.isoformat()}-7.jsonl").write_text("{}\n")
    (tmp_path / "notes.txt").write_text("mine")
    log = AuditLog(tmp_path, kept_days=90)
    log.write({})
    assert {path.name[:10] for path in tmp_path.glob("*.jsonl")} == {young.isoformat(), today.isoformat()}
    assert (tmp_path / "notes.txt").exists()
    log.close()


def test_a_refusing_disk_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("kenali.serve.security.audit.time.monotonic", lambda: now)
    (tmp_path / "audit").write_text("a file where the folder should be")
    log = AuditLog(tmp_path / "audit")
    for _ in range(3):
        log.write({})
    assert log.lost == 3
    assert len(caplog.records) == 1
    (tmp_path / "audit").unlink()
    log.write({})
    assert log.lost == 4  # asks the disk again after some seconds only
    now += 10
    log.write({})
    assert log.lost == 4
    log.close()
