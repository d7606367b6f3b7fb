"""Whatever becomes of the server, no decoder is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kenali.serve.decode_worker import ANSWER, QUESTION, header_of
from kenali.types import Preprocessing
from tests.conftest import encoded, picture

PATIENCE_S = 20.0
SERVER = """
import asyncio, signal, sys
from kenali.serve.decoding import DecodeCrew

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs, and these tests with them, ignore it

async def main():
    crew = DecodeCrew(2, timeout_s=20, memory_bytes=1024**3, max_pixels=10**6)
    await crew.start()
    print(*crew.pids, flush=True)
    try:
        await asyncio.sleep(60)
    finally:
        crew.close()

asyncio.run(main())
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows which processes live")


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ended(pids: list[int]) -> bool:
    until = time.monotonic() + PATIENCE_S
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(map(alive, pids))


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_decoders_end_with_the_server(how: str) -> None:
    """Killed, interrupted in its terminal, or stopped as a whole process group."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
    ) as server:
        assert server.stdout is not None
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(alive, pids))
        os.killpg(server.pid, getattr(signal, how))
        server.wait(PATIENCE_S)
        assert ended(pids)


def test_a_signal_to_all_processes_leaves_decoders_at_work() -> None:
    """Service managers stop every process of a service at once; the server still drains, so its decoders must go on."""
    preprocessing = Preprocessing((8, 8))
    data, header = encoded(picture(1)), header_of(preprocessing, 10**6, preview=False, measure=False)
    command = [sys.executable, "-m", "kenali.serve.decode_worker", str(1024**3), "20"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as decoder:
        assert decoder.stdin is not None
        assert decoder.stdout is not None
        decoder.stdout.read(ANSWER.size)
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            decoder.send_signal(how)
        decoder.stdin.write(QUESTION.pack(len(header), len(data)) + header + data)
        decoder.stdin.flush()
        lengths = ANSWER.unpack(decoder.stdout.read(ANSWER.size))
        assert lengths[1] == 8 * 8 * 3
        decoder.stdin.close()
        assert decoder.wait(PATIENCE_S) == 0


def test_a_decoder_ends_itself_when_nobody_else_does() -> None:
    """The server was killed while a file kept this one busy."""
    program = """
import sys, time
import kenali.serve.decode_worker as worker
worker.answer = lambda *_: time.sleep(60)
sys.argv = ["", str(1024**3), "0.2"]
worker.main()
"""
    question = QUESTION.pack(2, 1) + b"{}x"
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], input=question, capture_output=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == -signal.SIGALRM  # the system ended it
    assert time.monotonic() - begun < PATIENCE_S
