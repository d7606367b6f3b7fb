"""`kenali stream events`, and what it rests on, against a real publishing socket."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from typer.testing import CliRunner

from kenali.cli import app
from kenali.errors import KenaliError
from kenali.stream.curve import hub_keys, make_keys
from kenali.stream.results import Published, Results, ResultsSettings, Status
from tests.stream.answers import face
from tests.stream.publisher import Publisher, jpeg


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with contextlib.closing(Publisher()) as made:
        yield made


def kenali(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "kenali", *map(str, arguments)]


def lines_of(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_answers_counts_and_nonsense(publisher: Publisher) -> None:
    picture = jpeg()
    with Results(ResultsSettings(publisher.address)) as results:
        publisher.wait_for_listener()
        publisher.answer([face("ana")], jpeg=picture)
        publisher.status(door={"received": 1})
        publisher.send(b"#status", b'{"sources": 3}')
        publisher.send(b"door", b"not JSON")
        publisher.send(b"alone")
        found = [results.receive(5) for _ in range(5)]
        assert isinstance(found[0], Published)
        assert (found[0].picture, found[0].answer.sightings[0].label) == (picture, "ana")
        assert isinstance(found[1], Status)
        assert found[2:] == [None] * 3
        assert results.quarantined == 3
        assert results.receive(0.01) is None


def test_a_hub_elsewhere_needs_keys_or_leave() -> None:
    with pytest.raises(KenaliError, match="must be encrypted"):
        ResultsSettings("tcp://192.0.2.7:5557").check()
    assert len(ResultsSettings("tcp://192.0.2.7:5557", insecure=True).check()) == 1
    with pytest.raises(KenaliError, match="holds no keys"):
        ResultsSettings("tcp://192.0.2.7:5557", Path("nowhere")).check()


def test_an_encrypted_hub_is_read_with_its_keys(tmp_path: Path) -> None:
    make_keys(tmp_path)
    publisher = Publisher.__new__(Publisher)
    publisher._context, publisher._sequences = zmq.Context(), {}
    publisher._socket = publisher._context.socket(zmq.XPUB)
    hub_keys(tmp_path).secure(publisher._socket)
    publisher.address = f"tcp://127.0.0.1:{publisher._socket.bind_to_random_port('tcp://127.0.0.1')}"
    with contextlib.closing(publisher), Results(ResultsSettings(publisher.address, tmp_path / "client")) as results:
        publisher.wait_for_listener()
        publisher.answer([face("ana")])
        assert isinstance(results.receive(5), Published)


@contextlib.contextmanager
def watching(publisher: Publisher, log: Path) -> Iterator[subprocess.Popen[str]]:
    """`kenali stream events`, which has subscribed."""
    command = kenali("stream", "events", "--from", publisher.address, "--database", log, "--gap", "30", "--frames", "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            publisher.wait_for_listener()
            yield process
        finally:
            process.kill()
    publisher.wait_for_listener()  # which is a word of its leaving, too


def told_of(process: subprocess.Popen[str], event: str, times: int = 1) -> dict[str, Any]:
    """The event told of for the `times`-th time."""
    assert process.stdout is not None
    found = (one for one in map(json.loads, process.stdout) if one["event"] == event)
    return next(itertools.islice(found, times - 1, None))


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signal that ends a process gently")
def test_one_command_tells_and_writes_and_a_restart_goes_on(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))  # no gallery of this machine's
    log = tmp_path / "events.sqlite"
    with watching(publisher, log) as process:  # killed at the block's end
        for _ in range(12):
            publisher.answer([face("ana")])
        began = told_of(process, "began")
        assert (began["label"], began["person"]) == ("ana", "id-ana")
    with watching(publisher, log) as process:
        for _ in range(12):
            publisher.answer([face("ana")])
        frame = told_of(process, "frame", 12)
        assert (frame["sightings"][0]["label"], frame["source"]) == ("ana", "door")
        process.terminate()
        ended = told_of(process, "ended")
    assert (ended["id"], ended["first_seen"]) == (began["id"], began["first_seen"])
    assert ended["frames"] >= 12 + 3
    (kept,) = json.loads(lines_of("stream", "appearances", "--database", log, "--json"))["appearances"]
    assert (kept["label"], kept["person"], kept["frames"]) == ("", "id-ana", ended["frames"])
    assert "person id-ana" in lines_of("stream", "appearances", "--database", log)
    by_day = lines_of("stream", "appearances", "--database", log, "--by-day", "--csv").splitlines()
    assert by_day[0] == "day,label,person,first_seen,last_seen,appearances,seconds"
    assert len(by_day) == 2
    few = ("stream", "appearances", "--database", log, "--by-day", "--limit", "1", "--json")
    (day,) = json.loads(lines_of(*few))["days"]
    assert day["appearances"] == 1
    assert json.loads(lines_of("stream", "forget", "id-ana", "--database", log, "--json")) == {"erased": 1}
    assert json.loads(lines_of("stream", "appearances", "--database", log, "--json")) == {"appearances": []}
