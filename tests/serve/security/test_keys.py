from __future__ import annotations

import json
import stat
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.serve.security import keys
from kenali.serve.security.keys import KeyFile, KeyRing


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "state")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rings look at the file at every request, not once a second."""
    monkeypatch.setattr(keys, "SEEN_WITHIN_S", 0.0)


def test_a_key_is_long_random_and_not_kept(file: KeyFile) -> None:
    first, secret = file.add("line 3")
    second, other = file.add("line 3")
    assert secret != other
    assert first.id != second.id
    assert secret.startswith("kenali_")
    assert len(secret) == len("kenali_") + 43  # 256 bits in base64url
    text = file.path.read_text(encoding="utf-8")
    assert secret not in text
    assert secret.removeprefix("kenali_") not in text
    assert first.last4 == secret[-4:]
    assert file.read() == (first, second)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such modes")
def test_the_file_is_its_owners_alone(file: KeyFile) -> None:
    file.add("x")
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_admin_includes_all_scopes_and_the_usual_ones_do_not_include_admin(file: KeyFile) -> None:
    assert file.add("boss", ["admin"])[0].scopes == keys.SCOPES
    assert "admin" not in file.add("line")[0].scopes


def test_a_revoked_key_stays_in_the_list(file: KeyFile) -> None:
    key, _ = file.add("x")
    revoked = file.revoke(key.id)
    assert revoked.revoked is not None
    assert file.read() == (revoked,)
    assert file.revoke(key.id) == revoked  # the first time counts
    with pytest.raises(KenaliError, match="no key has the id"):
        file.revoke("00000000")


def test_impossible_keys_are_refused_in_one_sentence(file: KeyFile) -> None:
    with pytest.raises(KenaliError, match="name"):
        file.add("  ")
    with pytest.raises(KenaliError, match="rate"):
        file.add("x", rate=-1)
    assert file.read() == ()


@pytest.mark.parametrize("text", ["", "{", '{"format": 2}', '{"keys": [{"id": "1"}]}'])
def test_a_damaged_file_lets_nobody_guess(file: KeyFile, text: str) -> None:
    file.path.parent.mkdir()
    file.path.write_text(text, encoding="utf-8")
    with pytest.raises(KenaliError, match="not a list of keys"):
        file.read()
    with pytest.raises(KenaliError, match="not a list of keys"):
        KeyRing(file, always=False)


def test_keys_added_at_once_are_all_kept(file: KeyFile) -> None:
    """Each addition reads, changes and writes the whole file: the lock keeps them apart."""
    threads = [threading.Thread(target=file.add, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key.name for key in file.read()} == {str(number) for number in range(8)}


@pytest.mark.usefixtures("at_once")
def test_a_ring_sees_new_and_revoked_keys(file: KeyFile) -> None:
    ring = KeyRing(file, always=False)
    assert not ring.required
    key, secret = file.add("x")
    assert ring.find(secret) == key
    assert ring.get(key.id) == key
    assert ring.required
    assert ring.find(secret + "x") is None
    file.revoke(key.id)
    assert ring.find(secret) is None
    assert ring.get(key.id) is None
    assert ring.required  # the last key's end opens nothing


@pytest.mark.usefixtures("at_once")
def test_a_lost_or_damaged_file_opens_nothing(file: KeyFile, caplog: pytest.LogCaptureFixture) -> None:
    key, secret = file.add("x")
    ring = KeyRing(file, always=False)
    file.path.write_text("nonsense", encoding="utf-8")
    assert ring.find(secret) == key  # as it was
    assert ring.find(secret) == key
    assert len(caplog.records) == 1  # told once
    file.path.unlink()
    assert ring.find(secret) is None
    assert ring.required


def test_the_file_is_looked_at_once_a_second(file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("kenali.serve.security.keys.time.monotonic", lambda: now)
    key, secret = file.add("x")
    ring = KeyRing(file, always=False)
    file.revoke(key.id)
    now += 0.9 * keys.SEEN_WITHIN_S
    assert ring.find(secret) == key
    now += 0.2 * keys.SEEN_WITHIN_S
    assert ring.find(secret) is None


def test_a_new_key_opens_at_once(file: KeyFile) -> None:
    """Who makes a key and tries it has not a second to wait, however lately the file was looked at."""
    file.add("x")
    ring = KeyRing(file, always=False)
    key, secret = file.add("y")
    assert ring.find(secret) == key


def test_keys_expire(file: KeyFile) -> None:
    key, secret = file.add("x", expires_days=1)
    assert key.expires == key.created + timedelta(days=1)
    assert KeyRing(file, always=False).find(secret) == key
    document = json.loads(file.path.read_text(encoding="utf-8"))
    document["keys"][0]["expires"] = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    file.path.write_text(json.dumps(document), encoding="utf-8")
    ring = KeyRing(file, always=False)
    assert ring.find(secret) is None
    assert ring.required
