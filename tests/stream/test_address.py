"""Addresses: their spelling, and which may be used without encryption."""

from __future__ import annotations

import pytest

from kenali.errors import KenaliError
from kenali.stream.address import Address, check_exposure, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://127.0.0.1:5555", Address("tcp://127.0.0.1:5555", True)),
        ("localhost:5555", Address("tcp://localhost:5555", True)),
        ("tcp://[::1]:5555", Address("tcp://[::1]:5555", True)),
        ("tcp://*:5555", Address("tcp://*:5555", False)),
        ("127.0.0.1:0", Address("tcp://127.0.0.1:*", True)),
        ("tcp://camera.example:1", Address("tcp://camera.example:1", False)),
        ("ipc:///run/kenali", Address("ipc:///run/kenali", True)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "5555", "tcp://", "tcp://host", "tcp://host:99999", "udp://host:1", "tcp://a b:1", "ipc://"]
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(KenaliError, match="tcp://HOST:PORT"):
        parse_address(text)


def test_only_links_that_stay_here_may_be_open() -> None:
    here, there = parse_address("127.0.0.1:1"), parse_address("*:1")
    assert check_exposure([here], encrypted=False, insecure=False) == ()
    assert check_exposure([here, there], encrypted=True, insecure=False) == ()
    with pytest.raises(KenaliError, match="kenali stream keys"):
        check_exposure([here, there], encrypted=False, insecure=False)
    assert "unencrypted" in check_exposure([here, there], encrypted=False, insecure=True)[0]
