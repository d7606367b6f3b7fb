"""Keys: who gets in, whichever end binds, and who does not."""

from __future__ import annotations

import contextlib
import stat
import sys
from pathlib import Path

import pytest
import zmq

from kenali.errors import KenaliError
from kenali.stream.address import parse_address
from kenali.stream.curve import ClientKeys, client_keys, gate, hub_keys, make_keys
from kenali.stream.sockets import bind, connect, make_socket

ANYWHERE = parse_address("127.0.0.1:*")


def passes(context: zmq.SyncContext, folder: Path, keys: ClientKeys | None, wait_ms: int = 400) -> bool:
    """Whether a client with `keys` gets a message to a hub with the keys of `folder`."""
    with gate(context, hub_keys(folder)):
        hub = make_socket(context, zmq.PULL, keys=hub_keys(folder))
        client = make_socket(context, zmq.PUSH, keys=keys)
        connect(client, parse_address(bind(hub, ANYWHERE)))
        with contextlib.suppress(zmq.Again):  # whoever was turned away has nobody to send to
            client.sndtimeo = wait_ms
            client.send(b"frame")
        arrived = bool(hub.poll(wait_ms))
        hub.close()
        client.close()
    return arrived


def test_admitted_clients_get_in_and_others_do_not(context: zmq.SyncContext, tmp_path: Path) -> None:
    make_keys(tmp_path / "ours")
    make_keys(tmp_path / "theirs")
    ours, theirs = client_keys(tmp_path / "ours"), client_keys(tmp_path / "theirs")
    assert passes(context, tmp_path / "ours", ours, wait_ms=5000)
    stranger = ClientKeys(theirs.public, theirs.secret, ours.hub)  # knows the hub's public key, but is not let in
    assert not passes(context, tmp_path / "ours", stranger)
    assert not passes(context, tmp_path / "ours", theirs)
    assert not passes(context, tmp_path / "ours", None)


def test_a_client_can_be_shut_out_while_the_hub_runs(context: zmq.SyncContext, tmp_path: Path) -> None:
    make_keys(tmp_path)
    keys = hub_keys(tmp_path)
    public = client_keys(tmp_path).public
    assert keys.admits(public)
    (tmp_path / "hub" / "clients" / "client.key").unlink()
    assert not keys.admits(public)


def test_the_hub_is_the_server_also_where_it_connects(context: zmq.SyncContext, tmp_path: Path) -> None:
    make_keys(tmp_path)
    with gate(context, hub_keys(tmp_path)) as door:
        camera = make_socket(context, zmq.XPUB, keys=client_keys(tmp_path))
        place = parse_address(bind(camera, ANYWHERE))
        hub = make_socket(context, zmq.SUB, keys=hub_keys(tmp_path))
        hub.subscribe(b"")
        connect(hub, place)
        assert camera.poll(5000)
        camera.recv()
        camera.send(b"frame")
        assert hub.poll(5000)
        assert hub.recv() == b"frame"
        stranger = make_socket(context, zmq.SUB)
        stranger.subscribe(b"")
        connect(stranger, place)
        assert not camera.poll(300)  # a stranger's subscription does not arrive
        hub.close()
        stranger.close()
        camera.close()
    assert door.refused == 0


def test_keys_are_made_once_and_for_each_client(tmp_path: Path) -> None:
    first = make_keys(tmp_path)
    hub = hub_keys(tmp_path)
    second = make_keys(tmp_path, "front door")
    assert hub_keys(tmp_path / "hub") == hub
    assert client_keys(tmp_path / "front-door").hub == client_keys(tmp_path / "client").hub == hub.public
    assert hub.admits(client_keys(tmp_path / "front-door").public)
    assert len(first) == 6
    assert len(second) == 4
    with pytest.raises(KenaliError, match="never overwritten"):
        make_keys(tmp_path)
    with pytest.raises(KenaliError, match="never overwritten"):
        make_keys(tmp_path, "hub")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_secret_keys_are_their_owners_alone(tmp_path: Path) -> None:
    for file in make_keys(tmp_path):
        readable = stat.S_IMODE(file.stat().st_mode) & 0o077
        assert bool(readable) == (file.suffix == ".key")
    for keys in (client_keys(tmp_path), hub_keys(tmp_path)):
        assert keys.secret.decode() not in repr(keys)


def test_missing_or_broken_keys_are_told(tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="kenali stream keys"):
        hub_keys(tmp_path)
    with pytest.raises(KenaliError, match="kenali stream keys"):
        client_keys(tmp_path)
    make_keys(tmp_path)
    (tmp_path / "client" / "hub.key").unlink()
    with pytest.raises(KenaliError, match="whole folder"):
        client_keys(tmp_path)
    (tmp_path / "hub" / "hub.key_secret").write_text("nothing")
    with pytest.raises(KenaliError, match="no pair of keys"):
        hub_keys(tmp_path)
