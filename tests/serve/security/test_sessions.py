from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from kenali.serve.security.sessions import LASTS_S, Sessions


def cookie(header: str) -> str:
    return header.partition(";")[0]


def test_a_session_is_known_by_every_worker_until_it_ends(tmp_path: Path) -> None:
    one, other = Sessions(tmp_path, secure=False), Sessions(tmp_path, secure=False)
    header = one.begin("1a2b3c4d", now=1000)
    assert other.key_id(cookie(header), now=1000 + LASTS_S - 1) == "1a2b3c4d"
    assert other.key_id(f"theme=dark; {cookie(header)}; x=y", now=1001) == "1a2b3c4d"
    assert other.key_id(cookie(header), now=1000 + LASTS_S) is None


def test_cookies_are_kept_from_scripts_and_other_sites(tmp_path: Path) -> None:
    plain, tls = Sessions(tmp_path, secure=False).begin("1a2b3c4d"), Sessions(tmp_path, secure=True).begin("1a2b3c4d")
    assert "HttpOnly" in plain
    assert "SameSite=Strict" in plain
    assert "Secure" not in plain
    assert tls.startswith("__Host-kenali=")
    assert tls.endswith("; Secure")


@pytest.mark.parametrize(
    "cookies", ["", "kenali=", "kenali=a.b.c", "kenali=1a2b3c4d.99999999999.00", "other=1", "kenali=\xff.9.\xff"]
)
def test_other_cookies_are_no_session(tmp_path: Path, cookies: str) -> None:
    assert Sessions(tmp_path, secure=False).key_id(cookies) is None


def test_altered_and_foreign_sessions_are_refused(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "a", secure=False)
    mine = cookie(sessions.begin("1a2b3c4d", now=1000))
    name, _, rest = mine.partition("=")
    _, ends, signature = rest.split(".")
    for forged in (f"ffffffff.{ends}.{signature}", f"1a2b3c4d.{int(ends) + 1}.{signature}", f"1a2b3c4d.{ends}.{'0' * 64}"):
        assert sessions.key_id(f"{name}={forged}", now=1000) is None
    assert Sessions(tmp_path / "b", secure=False).key_id(mine, now=1000) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such modes")
def test_the_secret_is_its_owners_alone(tmp_path: Path) -> None:
    Sessions(tmp_path, secure=False)
    assert stat.S_IMODE((tmp_path / "sessions.secret").stat().st_mode) == 0o600
