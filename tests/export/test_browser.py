"""A browser is found, started for one errand, and ended with its children; no real one is needed to see that."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.export import browser as subject

posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@posix
def test_the_named_browser_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "chromium", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(subject.VARIABLE, raising=False)
    assert subject.find_browser() == tmp_path / "chromium"
    own = program(tmp_path / "my-browser", "exit 0")
    monkeypatch.setenv(subject.VARIABLE, str(own))
    assert subject.find_browser() == own


def test_a_wrong_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(subject.VARIABLE, "no-such-browser")
    with pytest.raises(KenaliError, match="no-such-browser"):
        subject.find_browser()


def test_without_any_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(subject.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(subject, "_usual_places", lambda: iter([tmp_path / "chrome"]))
    assert subject.find_browser() is None
    (tmp_path / "chrome").touch()
    assert subject.find_browser() == tmp_path / "chrome"


@posix
def test_a_visit_ends_with_the_browser_its_children_and_its_profile(tmp_path: Path) -> None:
    script = f'sleep 60 & echo $! > {tmp_path}/child; for word in "$@"; do echo "$word" >> {tmp_path}/words; done; sleep 60'
    with subject.visiting(program(tmp_path / "browser", script), "http://127.0.0.1:1/x") as visit:
        while not (tmp_path / "words").exists() or "http" not in (tmp_path / "words").read_text():
            time.sleep(0.01)
        assert visit.crashed() is None
        words = (tmp_path / "words").read_text().splitlines()
    assert words[-1] == "http://127.0.0.1:1/x"
    assert "--headless" in words
    assert ("--no-sandbox" in words) == (os.geteuid() == 0)
    (profile,) = [Path(word.partition("=")[2]) for word in words if word.startswith("--user-data-dir=")]
    assert not profile.parent.exists()
    child = int((tmp_path / "child").read_text())
    end = time.monotonic() + 10
    while running(child) and time.monotonic() < end:  # the system takes a moment to bury what was killed
        time.sleep(0.01)
    assert not running(child)


def running(process: int) -> bool:
    """Whether a process is there and not merely waiting to be collected."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


@posix
def test_a_browser_that_ends_says_why(tmp_path: Path) -> None:
    with subject.visiting(program(tmp_path / "browser", "echo cannot open display >&2; exit 7"), "x") as visit:
        while visit.crashed() is None:
            time.sleep(0.01)
        assert visit.crashed() == "exit code 7: cannot open display"


def test_what_is_no_program_is_said(tmp_path: Path) -> None:
    (tmp_path / "browser").write_text("no program")
    with pytest.raises(KenaliError, match="does not start"), subject.visiting(tmp_path / "browser", "x"):
        pass
