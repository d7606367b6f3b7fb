from __future__ import annotations

from pathlib import Path

import pytest

from kenali.addresses import is_loopback
from kenali.errors import KenaliError
from kenali.serve.security.binding import check
from kenali.serve.security.keys import KeyFile
from kenali.serve.settings import Settings


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_this_computer_alone(host: str, tmp_path: Path) -> None:
    assert is_loopback(host)
    assert check(Settings(bundles=(), host=host, state=tmp_path)) == ()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "factory.example", "localhost.example", ""])
def test_elsewhere_a_key_is_required(host: str, tmp_path: Path) -> None:
    assert not is_loopback(host)
    settings = Settings(bundles=(), host=host, state=tmp_path)
    with pytest.raises(KenaliError, match="kenali keys add"):
        check(settings)
    key, _ = KeyFile(tmp_path).add("line")
    assert "unencrypted" in check(settings)[0]
    KeyFile(tmp_path).revoke(key.id)
    check(settings)  # it serves, and lets nobody in until there is another key


def test_a_public_name_is_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match=r"as kenali\.factory lets others in"):
        check(Settings(bundles=(), host_names=("kenali.factory",), state=tmp_path))
