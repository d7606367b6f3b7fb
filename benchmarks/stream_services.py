"""What the stream benchmarks share: services as processes, on loopback or in network namespaces of their own; counts; pictures.

In namespaces the hub stays on this host, with a link (veth) to the cameras' and one to the workers' namespace, as to two
machines of one's own; links are encrypted, as between real machines. That needs Linux and root.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from kenali.stream.curve import make_keys

Document = dict[str, Any]
PATIENCE_S = 60.0
MIB = 1024 * 1024


def until(reached: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Wait until something is so, and return it."""
    deadline = time.monotonic() + patience_s
    while not (found := reached()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not come to pass in {patience_s:g} s")
        time.sleep(0.01)
    return found


@dataclass(frozen=True)
class Net:
    """Where services run: `prefix` of a role's commands, and the `hub` as the role sees it."""

    name: str
    prefixes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hubs: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    curve: Path | None = None

    def prefix(self, role: str) -> tuple[str, ...]:
        return self.prefixes.get(role, ())

    def hub(self, role: str) -> str:
        return self.hubs.get(role, "127.0.0.1")

    @property
    def listen(self) -> tuple[str, ...]:
        return ("--host", "*") if self.hubs else ()

    def secured(self) -> tuple[str, ...]:
        return ("--curve", str(self.curve)) if self.curve else ()

    def cut(self, role: str, down: bool) -> None:
        """Take the role's link down, or up again."""
        subprocess.run(["ip", "link", "set", self.links[role], "down" if down else "up"], check=True)


LOOPBACK = Net("loopback")


def why_no_namespaces() -> str | None:
    """Why there can be no namespaces here, None where there can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("ip") is None:
        return "network namespaces need Linux, root and the command ip"
    done = subprocess.run(["ip", "netns", "add", f"kenali-{os.getpid()}-try"], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "del", f"kenali-{os.getpid()}-try"], capture_output=True, check=False)
    return None if done.returncode == 0 else f"network namespaces are not allowed here ({done.stderr.strip()})"


@contextlib.contextmanager
def namespaces() -> Iterator[Net]:
    """Two namespaces, one for cameras and one for workers, each with a link of its own to this host."""
    made = [("camera", 1), ("worker", 2)]
    prefixes: dict[str, tuple[str, ...]] = {}
    hubs: dict[str, str] = {}
    links: dict[str, str] = {}
    subnet = os.getpid() % 200 + 20

    def ip(*words: str, inside: str | None = None) -> None:
        subprocess.run([*(["ip", "netns", "exec", inside] if inside else []), "ip", *words], check=True)

    with contextlib.ExitStack() as opened:
        keys = Path(opened.enter_context(tempfile.TemporaryDirectory())) / "keys"
        make_keys(keys)
        for role, number in made:
            space, link, there = (
                f"kenali-{os.getpid()}-{role}",
                f"kn{os.getpid() % 100000}{number}",
                f"kp{os.getpid() % 100000}{number}",
            )
            ip("netns", "add", space)
            opened.callback(subprocess.run, ["ip", "netns", "del", space], check=False)
            ip("link", "add", link, "type", "veth", "peer", "name", there)
            ip("link", "set", there, "netns", space)
            ip("addr", "add", f"10.{subnet}.{number}.1/24", "dev", link)
            ip("link", "set", link, "up")
            ip("addr", "add", f"10.{subnet}.{number}.2/24", "dev", there, inside=space)
            ip("link", "set", there, "up", inside=space)
            ip("link", "set", "lo", "up", inside=space)
            prefixes[role], hubs[role], links[role] = ("ip", "netns", "exec", space), f"10.{subnet}.{number}.1", link
        yield Net("namespaces", prefixes, hubs, links, keys)


def free_port(count: int = 4) -> int:
    """The first of so many free ports in a row."""
    while True:
        with contextlib.ExitStack() as opened:
            first = 0
            try:
                for offset in range(count):
                    one = opened.enter_context(socket.socket())
                    one.bind(("127.0.0.1", first and first + offset))
                    first = first or one.getsockname()[1]
            except (OSError, OverflowError):
                continue
            return first


class Stage:
    """Services of one run, by name; each can be killed and started again. All end with the block."""

    def __init__(self, net: Net, folder: Path) -> None:
        self.net = net
        self.folder = folder
        self.port = free_port()
        self.journal = folder / "answers.jsonl"
        self._commands: dict[str, Sequence[str]] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._log = (folder / "stderr.txt").open("ab")

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()
        self._log.close()

    def hub(self, *words: str) -> None:
        """Start the hub, and wait until it is up."""
        status = ("--status", str(self.port + 3), "--answers", str(self.journal))
        self._add("hub", "hub", "--port", str(self.port), *status, *self.net.listen, "--json", *words)
        until(self.status, "the hub")

    def worker(self, number: int, look_ms: float, *words: str) -> None:
        address = f"tcp://{self.net.hub('worker')}:{self.port + 1}"
        self._add(f"worker-{number}", "worker", "--simulate", str(look_ms), "--hub", address, "--json", *words)

    def camera(self, name: str, source: Path, *words: str) -> None:
        address = f"tcp://{self.net.hub('camera')}:{self.port}"
        self._add(name, "camera", str(source), "--to", address, "--name", name, "--json", *words)

    def start(self, name: str) -> None:
        """Start a service, again or for the first time."""
        role = name.partition("-")[0]
        with (self.folder / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                [*self.net.prefix(role), sys.executable, "-m", "kenali", "stream", *self._commands[name]],
                stdout=out,
                stderr=self._log,
                env=os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"},
            )

    def stop(self, name: str) -> Document:
        """End a service in order; the last line that it printed."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        return self.printed(name)[-1]

    def finish(self, name: str, patience_s: float) -> Document:
        """Wait until a service has ended by itself; the last line that it printed."""
        self.processes.pop(name).wait(patience_s)
        return self.printed(name)[-1]

    def kill(self, name: str) -> None:
        """SIGKILL."""
        self.processes[name].kill()
        self.processes[name].wait()

    def printed(self, name: str) -> list[Document]:
        return [json.loads(line) for line in (self.folder / f"{name}.out").read_text(encoding="utf-8").splitlines()]

    def status(self) -> Document | None:
        """The hub's counts, None where it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port + 3}/status", timeout=5) as answer:
                return dict(json.load(answer))
        except (OSError, ValueError):
            return None

    def sure_status(self) -> Document:
        return dict(until(self.status, "the hub's status"))

    def has_workers(self, count: int) -> None:
        """Wait until so many workers have come."""
        until(lambda: len((self.status() or {"workers": []})["workers"]) == count, f"{count} workers")

    def is_quiet(self) -> None:
        """Wait until nothing is in flight."""
        until(lambda: (self.status() or {"hub": {"in_flight": 1}})["hub"]["in_flight"] == 0, "an empty hub")
        time.sleep(0.5)  # the status is looked at anew

    def answers(self) -> list[Document]:
        """What the hub wrote down."""
        return [json.loads(line) for line in self.journal.read_text(encoding="utf-8").splitlines()]

    def latest(self, lines: int = 50) -> list[Document]:
        """The last answers that the hub wrote down, whole lines alone."""
        if not self.journal.exists():
            return []
        with self.journal.open("rb") as file:
            begin = max(0, self.journal.stat().st_size - 1024 * lines)
            file.seek(begin)
            whole = file.read().split(b"\n")[1 if begin else 0 : -1]  # the first and the last may be parts of lines
        return [json.loads(line) for line in whole]

    def end_in_order(self, name: str) -> tuple[Document, Document]:
        """End a camera once nothing is under way: its last counts, and the hub's."""
        counts = self.stop(name)
        self.is_quiet()
        return counts, self.sure_status()

    def reader(self, name: str) -> None:
        """Start a reader of answers and pictures, which prints a line for each frame."""
        address = f"tcp://127.0.0.1:{self.port + 2}"
        self._add(name, "events", "--from", address, "--no-record", "--frames", "--json", "--votes", "1")

    def lines(self, name: str) -> int:
        """How many whole lines a service has printed."""
        return (self.folder / f"{name}.out").read_bytes().count(b"\n")

    def last_frame_ns(self, name: str) -> int:
        """When the hub had taken the frame that a reader told of last, in nanoseconds since 1970; 0 for none."""
        lines = (self.folder / f"{name}.out").read_bytes().rpartition(b"\n")[0].splitlines()[-20:]
        frames = [one for one in map(json.loads, lines) if one["event"] == "frame"]
        return int(datetime.fromisoformat(frames[-1]["time"]).timestamp() * 1e9) if frames else 0

    def _add(self, name: str, *command: str) -> None:
        self._commands[name] = (*command, *self.net.secured())
        self.start(name)


@contextlib.contextmanager
def staged(net: Net) -> Iterator[Stage]:
    """A stage in a folder that goes with it; what services complained of is shown when the block fails."""
    with tempfile.TemporaryDirectory() as name, Stage(net, Path(name)) as stage:
        try:
            yield stage
        except BaseException:
            print(Path(name, "stderr.txt").read_text(encoding="utf-8")[-3000:], file=sys.stderr)
            raise


class Memory(threading.Thread):
    """Resident MiB of processes, once a second, while the block runs."""

    def __init__(self, processes: dict[str, subprocess.Popen[bytes]]) -> None:
        super().__init__(daemon=True)
        self._watched = {name: psutil.Process(process.pid) for name, process in processes.items()}
        self.seen: dict[str, list[float]] = {name: [] for name in processes}
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(1.0):
            for name, process in self._watched.items():
                with contextlib.suppress(psutil.Error):
                    self.seen[name].append(process.memory_info().rss / MIB)

    def __enter__(self) -> Memory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def growth(self, name: str) -> float:
        """MiB from the second tenth to the last: the first is warming up."""
        seen = self.seen[name]
        tenth = max(1, len(seen) // 10)
        early = seen[tenth : 2 * tenth] or seen
        return float(np.mean(seen[-tenth:]) - np.mean(early)) if seen else float("nan")

    def peak(self, name: str) -> float:
        return max(self.seen[name], default=float("nan"))


def draw_photos(folder: Path, size: tuple[int, int], count: int = 32) -> Path:
    """So many JPEGs of (width, height), no two alike."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        generator = np.random.default_rng(number)
        small = generator.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(small).resize(size, Image.Resampling.BICUBIC).save(folder / f"{number:03}.jpg", quality=90)
    return folder


def latencies_ms(
    answers: Sequence[Document], since_ns: int = 0, until_ns: int = 2**63
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """From capture to answer; one clock, as all namespaces share the machine's."""
    kept = [one for one in answers if since_ns <= one["answered_ns"] <= until_ns and not one["error"]]
    return np.array([(one["answered_ns"] - one["stamp"]["captured_ns"]) / 1e6 for one in kept])


def reconciles(status: Document) -> bool:
    """received = answered + dropped + skipped + quarantined + lost + in flight, of each source."""
    fates = ("answered", "dropped", "skipped", "quarantined", "lost", "in_flight")
    return all(source["received"] == sum(source[fate] for fate in fates) for source in status["sources"].values())
