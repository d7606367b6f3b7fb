"""`kenali stream` against plain imagezmq; under ten times its load; without losing a frame; with 1, 2 and 4 workers.

    python benchmarks/stream.py [--where loopback|namespaces|both] [--only compare,overload,all,scaling] [--frames 100000]
                                [--look 20] [--seconds 15]

*compare*: frames a second and time from capture to answer, beside a camera and a looking hub of plain imagezmq with the same
capture, encoding, decoding and (simulated) model: at half of what the worker can do, and at ten times. *overload*: `--frames`
small frames at ten times the worker's pace with `latest`: p99 below three of the worker's frame times, and the memory of hub,
worker and camera flat. *all*: a folder at full pace with `all`; every frame is answered once. *scaling*: a 50 ms model with 1,
2 and 4 workers. Services are real processes of the command line; across namespaces they are on links of their own and
encrypted. Exit 1 when a bound is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from measure import save
from stream_services import (
    LOOPBACK,
    Document,
    Memory,
    Net,
    draw_photos,
    free_port,
    latencies_ms,
    namespaces,
    reconciles,
    staged,
    why_no_namespaces,
)

PEER = Path(__file__).parent / "peers" / "stream_imagezmq.py"
SMALL, USUAL = (64, 48), (640, 480)
WARM_S = 2.0
FLAT_MIB = 8.0
SCALING_MS = 50.0


@dataclass
class Findings:
    """Rows for the CSV, and the bounds that were missed."""

    rows: list[dict[str, object]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, **row: object) -> None:
        told = {name: round(value, 3) if isinstance(value, float) else value for name, value in row.items()}
        self.rows.append(told)
        print("  ".join(f"{name} {value}" for name, value in told.items()), flush=True)

    def bound(self, fine: bool, what: str) -> None:
        if not fine:
            self.missed.append(what)
            print(f"  MISSED: {what}", flush=True)


def kenali_at(net: Net, photos: Path, fps: float, look_ms: float, seconds: float, workers: int = 1) -> Document:
    """Frames a second and latencies of one camera with `latest`, once warm."""
    with staged(net) as stage:
        stage.hub()
        for number in range(workers):
            stage.worker(number, look_ms)
        stage.has_workers(workers)
        stage.camera("camera", photos, "--loop", "--fps", str(fps))
        time.sleep(WARM_S + 1)
        before = stage.sure_status()
        time.sleep(seconds)
        after = stage.sure_status()
        stage.stop("camera")
        stage.is_quiet()
        last = stage.sure_status()
        answers = stage.answers()
    begun, ended = before["hub"]["time_ns"], after["hub"]["time_ns"]
    took = latencies_ms(answers, begun, ended)
    answered = after["sources"]["camera"]["answered"] - before["sources"]["camera"]["answered"]
    sent = after["sources"]["camera"]["received"] - before["sources"]["camera"]["received"]
    median, slow = np.percentile(took, [50, 99])
    span = (ended - begun) / 1e9
    return {
        "sent_s": sent / span,
        "frames_s": answered / span,
        "p50_ms": median,
        "p99_ms": slow,
        "reconciles": reconciles(last),
    }


def imagezmq_at(net: Net, photos: Path, fps: float, look_ms: float, seconds: float, pattern: str) -> Document:
    """The same of imagezmq: the sender where cameras are, the hub that looks where Kenali's hub is, so one link less."""
    port, hub = free_port(), net.hub("camera")
    camera = f"{hub.rpartition('.')[0]}.2" if net.hubs else hub
    binds, connects = f"tcp://*:{port}", f"tcp://{hub if pattern == 'req' else camera}:{port}"
    hub_at, camera_at = (binds, connects) if pattern == "req" else (connects, binds)  # whoever publishes binds
    with contextlib.ExitStack() as opened:

        def begin(role: str, *words: str) -> subprocess.Popen[str]:
            command = [*net.prefix(role), sys.executable, str(PEER), *words]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            opened.callback(process.wait)
            opened.callback(process.kill)
            return process

        looking = begin("hub", "receive", hub_at, str(look_ms), str(WARM_S), str(seconds), pattern)
        begin("camera", "send", camera_at, str(photos), str(fps), pattern)
        told, _ = looking.communicate(timeout=10 * (WARM_S + seconds) + 60)
    return dict(json.loads(told))


def compare(net: Net, folder: Path, look_ms: float, seconds: float, found: Findings) -> None:
    pace = 1000 / look_ms
    for size, times in ((USUAL, 0.5), (SMALL, 10.0)):
        photos = draw_photos(folder / f"{size[0]}", size)
        ways: dict[str, Callable[[float], Document]] = {
            "kenali": lambda fps: kenali_at(net, photos, fps, look_ms, seconds),  # noqa: B023 - called in this turn
            "imagezmq REQ/REP": lambda fps: imagezmq_at(net, photos, fps, look_ms, seconds, "req"),  # noqa: B023
            "imagezmq PUB/SUB": lambda fps: imagezmq_at(net, photos, fps, look_ms, seconds, "pub"),  # noqa: B023
        }
        for name, way in ways.items():
            row = way(times * pace)
            found.add(
                what="compare", where=net.name, system=name, pixels=f"{size[0]}x{size[1]}", load=times, look_ms=look_ms, **row
            )
            found.bound(row.get("reconciles", True), f"{name} reconciles")


def overload(net: Net, folder: Path, look_ms: float, frames: int, found: Findings) -> None:
    photos = draw_photos(folder / "small", SMALL)
    fps = 10 * 1000 / look_ms
    with staged(net) as stage:
        stage.hub()
        stage.worker(0, look_ms)
        stage.has_workers(1)
        stage.camera("camera", photos, "--loop", "--fps", str(fps), "--frames", str(frames), "--raw")
        begun = time.time_ns()
        with Memory(stage.processes) as memory:
            counts = stage.finish("camera", 10 * frames / fps + 60)
        ended = time.time_ns()
        stage.is_quiet()
        last = stage.sure_status()
        took = latencies_ms(stage.answers(), begun + int(WARM_S * 1e9))
    median, slow = np.percentile(took, [50, 99])
    source = last["sources"]["camera"]
    growth = {f"{name}_growth_mib": memory.growth(name) for name in ("hub", "worker-0", "camera")}
    found.add(
        what="overload",
        where=net.name,
        look_ms=look_ms,
        frames=counts["captured"],
        fps=1e9 * counts["captured"] / (ended - begun),
        received=source["received"],
        answered=source["answered"],
        dropped=source["dropped"],
        camera_dropped=counts["dropped"],
        frames_s=1e9 * source["answered"] / (ended - begun),
        p50_ms=median,
        p99_ms=slow,
        hub_peak_mib=memory.peak("hub"),
        **growth,
    )
    found.bound(slow < 3 * look_ms, f"p99 {slow:.1f} ms is below three frame times, {3 * look_ms:g} ms")
    found.bound(all(grown < FLAT_MIB for grown in growth.values()), f"memory grows by less than {FLAT_MIB:g} MiB")
    found.bound(reconciles(last), "the hub's counts reconcile")
    given = counts["acknowledged"] + counts["lost"] + counts["dropped"] + counts["skipped"]
    found.bound(counts["captured"] == given, "the camera's counts reconcile")


def lose_none(net: Net, folder: Path, frames: int, found: Findings) -> None:
    photos = draw_photos(folder / "small", SMALL)
    with staged(net) as stage:
        stage.hub()
        for number in range(2):
            stage.worker(number, 5.0)
        stage.has_workers(2)
        stage.camera("camera", photos, "--loop", "--policy", "all", "--frames", str(frames))
        counts = stage.finish("camera", 0.1 * frames + 60)
        stage.is_quiet()
        last = stage.sure_status()
        answers = stage.answers()
    numbers = [answer["stamp"]["sequence"] for answer in answers]
    seconds = (answers[-1]["answered_ns"] - answers[0]["answered_ns"]) / 1e9
    found.add(
        what="all",
        where=net.name,
        look_ms=5.0,
        workers=2,
        frames=counts["captured"],
        acknowledged=counts["acknowledged"],
        answered=len(numbers),
        once=len(set(numbers)) == len(numbers),
        frames_s=(len(answers) - 1) / seconds,
    )
    found.bound(sorted(numbers) == list(range(frames)) and counts["acknowledged"] == frames, "every frame is answered once")
    found.bound(reconciles(last), "the hub's counts reconcile")


def scaling(net: Net, folder: Path, seconds: float, found: Findings) -> None:
    photos = draw_photos(folder / "small", SMALL)
    alone = 0.0
    for workers in (1, 2, 4):
        row = kenali_at(net, photos, 400.0, SCALING_MS, seconds, workers)
        alone = alone or row["frames_s"]
        linear = row["frames_s"] / (workers * alone)
        found.add(what="scaling", where=net.name, look_ms=SCALING_MS, workers=workers, linear=linear, **row)
        found.bound(linear >= 0.9, f"{workers} workers do at least .9 of {workers} times as much as one")


@contextlib.contextmanager
def places(where: str) -> Iterator[list[Net]]:
    """The nets asked for that can be had."""
    with contextlib.ExitStack() as opened:
        nets = [LOOPBACK] if where != "namespaces" else []
        if where != "loopback":
            if why := why_no_namespaces():
                print(f"skipped: {why}")
            else:
                nets.append(opened.enter_context(namespaces()))
        yield nets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--where", choices=("loopback", "namespaces", "both"), default="both")
    parser.add_argument("--only", default="compare,overload,all,scaling")
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--look", type=float, default=20.0, help="milliseconds of the simulated model")
    parser.add_argument("--seconds", type=float, default=15.0)
    options = parser.parse_args()
    parts = options.only.split(",")
    found = Findings()
    with places(options.where) as nets, tempfile.TemporaryDirectory() as name:
        for net in nets:
            if "compare" in parts:
                compare(net, Path(name), options.look, options.seconds, found)
            if "overload" in parts:
                overload(net, Path(name), options.look, options.frames, found)
            if "all" in parts:
                lose_none(net, Path(name), max(100, options.frames // 20), found)
            if "scaling" in parts:
                scaling(net, Path(name), options.seconds, found)
    for part in parts:
        if rows := [row for row in found.rows if row["what"] == part]:
            save(f"stream_{part}", rows)
    sys.exit(1 if found.missed else 0)


if __name__ == "__main__":
    main()
