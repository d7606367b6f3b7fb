"""`kenali stream hub`, `worker` and `all` from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from kenali.cli import app
from tests.stream.services import PATIENCE_S, free_ports

KENALI = [sys.executable, "-m", "kenali", "stream"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="ends services by SIGTERM")


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([*KENALI, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    watch = threading.Timer(3 * PATIENCE_S, process.kill)
    watch.start()
    try:
        with process:
            yield process
    finally:
        watch.cancel()
        process.kill()


@posix
def test_hub_and_worker_say_what_they_are_and_what_they_did() -> None:
    port = free_ports(4)
    with started("hub", "--port", str(port), "--status", str(port + 3), "--json") as hub:
        assert hub.stdout is not None
        listening = json.loads(hub.stdout.readline())["listening"]
        with started("worker", "--simulate", "1", "--hub", listening["workers"], "--name", "w") as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline().startswith(f"w looks at frames of {listening['workers']} with simulated")
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(PATIENCE_S) == 0
            assert worker.stdout.read() == "0 frames looked at.\n"
        hub.send_signal(signal.SIGTERM)
        assert hub.wait(PATIENCE_S) == 0
        assert json.loads(hub.stdout.read())["sources"] == {}
    assert listening["frames"] == f"tcp://127.0.0.1:{port}"
    assert listening["status"] == f"http://127.0.0.1:{port + 3}"


@posix
def test_all_in_one_tells_of_every_photo_of_a_folder_and_ends(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(5):
        Image.new("RGB", (40, 30), (6 * number, 0, 0)).save(photos / f"{number}.png")
    words = ("--simulate", "1", "--policy", "all", "--json", "--port", str(free_ports()))
    with started("all", str(photos), *words) as everything:
        told, complaints = everything.communicate(timeout=3 * PATIENCE_S)
    frames = [line for line in map(json.loads, told.splitlines()) if line["event"] == "frame"]
    assert [frame["sequence"] for frame in frames] == [0, 1, 2, 3, 4], complaints
    assert everything.returncode == 0


@posix
def test_all_in_one_ends_with_a_sentence_where_a_service_cannot_work(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "photo.png")
    with started("all", str(tmp_path), str(tmp_path / "nothing"), "--port", str(free_ports())) as everything:
        _, complaints = everything.communicate(timeout=3 * PATIENCE_S)
    assert everything.returncode == 1
    assert "nothing" in complaints
    assert "the worker 1 cannot do its work" in complaints


@pytest.mark.parametrize("words", [["worker"], ["worker", "bundle", "--faces", "g"], ["all", "0"], ["hub", "--port", "70000"]])
def test_what_makes_no_sense_is_a_usage_error(words: list[str]) -> None:
    assert CliRunner().invoke(app, ["stream", *words]).exit_code == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["hub", "--host", "*"], "kenali stream keys"),
        (["hub", "--policy", "some"], "latest, all or every:N"),
        (["hub", "--subscribe", "nowhere"], "an address is tcp://HOST:PORT"),
        (["worker", "bundle", "--hub", "tcp://gpu.example:5556"], "kenali stream keys"),
        (["worker", "no-such-bundle"], "no-such-bundle"),
        (["hub", "--curve", "no-such-folder"], "kenali stream keys"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: list[str], sentence: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["stream", *words], env={"PWD": str(tmp_path)})
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
