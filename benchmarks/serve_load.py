"""`kenali serve` under load on loopback, against its own limit and against FastAPI and Flask handlers as commonly written.

    python benchmarks/serve_load.py [BUNDLE] [PHOTOS] [--rounds 5] [--seconds 6] [--peers PYTHON] [--connections 16]

The limit is decode + model alone: the same photos from memory through Kenali's decoder and ONNX Runtime, a thread a core, no
server and no client; it is measured right before and after each server's saturation, since the speed of shared machines
wanders. Each round measures each server in turn: the latency of single requests (one connection), the rate at saturation
(closed loop), and the latency at half of that rate (open loop, Poisson arrivals, counted from when each request was due),
beside that of an ideal queue of requests as quick as single ones. The client shares the machine's cores with the server. The
peers run the same architecture under PyTorch. A server that answers anything but 200 is told of. BUNDLE and PHOTOS (a folder)
default to the demo's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from http_load import HOST, Load, Plan, put_under_load
from measure import run, save
from time_to_model import peer_environment

from kenali.images import decode, draft_side, preprocess
from kenali.parallel import cores, map_in_order
from kenali.predict import Classifier

PEERS = Path(__file__).parent / "peers"
PACKAGES = ("fastapi", "uvicorn", "python-multipart", "flask", "gunicorn")
SUFFIXES = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True, slots=True)
class Server:
    """A server to be measured: its command with `{port}`, where to post, and how."""

    name: str
    command: tuple[str, ...]
    path: str
    body: str = "form"


@contextmanager
def running(server: Server, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server, from its first answer until it has ended."""
    command = [part.format(port=port) for part in server.command]
    process = subprocess.Popen(command, cwd=PEERS, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise RuntimeError(f"{server.name} ended with {process.returncode}")
            try:
                urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5)
                break
            except OSError:
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def takes_bundle_and_photos(parser: argparse.ArgumentParser) -> None:
    """The positions BUNDLE and PHOTOS, both or neither."""
    parser.add_argument("bundle", nargs="?", type=Path)
    parser.add_argument("photos", nargs="?", type=Path)


def bundle_and_photos(options: argparse.Namespace, scratch: Path) -> tuple[Path, list[Path]]:
    """The bundle and up to 200 photos that the options name; the demo's, made in `scratch`, where they name none."""
    bundle, folder = options.bundle, options.photos
    if not (bundle and folder):
        run([sys.executable, "-m", "kenali", "demo", "-o", str(scratch / "demo")])
        bundle, folder = scratch / "demo" / "bundle", scratch / "demo" / "photos" / "test"
    return bundle.resolve(), sorted(path.resolve() for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)[:200]


def kenali(*words: str) -> Server:
    """`kenali serve` with further words, asked by raw bodies."""
    command = (sys.executable, "-m", "kenali", "serve", "--port", "{port}", *words)
    return Server("kenali", command, "/v1/models/measured/predict", "raw")


def limit(bundle: Path, photos: list[Path], seconds: float) -> float:
    """Photos a second of decode + model on all cores, from memory."""
    classifier = Classifier.load(bundle)
    preprocessing, network = classifier.manifest.preprocessing, classifier.network
    data = [photo.read_bytes() for photo in photos]

    def answer(photo: bytes) -> int:
        pixels = preprocess(decode(photo, min_side=draft_side(preprocessing)).image, preprocessing)
        return len(network(np.stack([pixels]), "logits"))

    sum(map_in_order(answer, data[: 2 * cores()]))  # warm
    done, start = 0, time.perf_counter()
    while (taken := time.perf_counter() - start) < seconds:
        done += sum(map_in_order(answer, data))
    return done / taken


def servers(python: str, bundle: Path) -> list[Server]:
    """Kenali's and the peers'."""
    ours = kenali(f"measured={bundle}")
    return [
        ours,
        replace(ours, name="kenali, form", body="form"),
        Server("fastapi + torch", (python, "serve_fastapi.py", "{port}"), "/predict"),
        Server("fastapi + torch, a worker a core", (python, "serve_fastapi.py", "{port}", str(cores())), "/predict"),
        Server("flask + torch", (python, "serve_flask.py", "{port}"), "/predict"),
    ]


def measured(
    server: Server, port: int, plan: partial[Plan], most: Callable[[], float], options: argparse.Namespace
) -> dict[str, float]:
    """One round of one server: photos a second and latencies in ms; `most` measures the limit."""
    with running(server, port):
        ask = partial(plan, port=port, path=server.path, body=server.body)
        single = told(server, put_under_load(ask(connections=1, seconds=options.seconds / 2)))
        before = most()
        full = told(server, put_under_load(ask(connections=options.connections, seconds=options.seconds)))
        limit = (before + most()) / 2
        half = told(server, put_under_load(ask(connections=256, seconds=options.seconds, rate=full.served / 2)))
    return {
        "limit": limit,
        "of_limit": full.served / limit,
        "single_ms": single.median_ms,
        "single_p99_ms": single.percentile(0.99),
        "saturated": full.served,
        "saturated_p99_ms": full.percentile(0.99),
        "half_ms": half.median_ms,
        "half_p99_ms": half.percentile(0.99),
        "half_p99_ideal_ms": unavoidable_p99(single.latencies_ms, full.served / 2),
    }


def unavoidable_p99(alone_ms: list[float], rate: float, arrivals: int = 50_000) -> float:
    """The p99 in ms of an ideal queue: `rate` random arrivals a second, first come first served, each taken at once by a free
    core and as quick there as single requests are, `alone_ms`. What a server adds to it is its own.
    """
    draw = np.random.default_rng(0)
    due = np.cumsum(draw.exponential(1000 / rate, arrivals))
    takes = draw.choice(alone_ms, arrivals)
    free, waited = [0.0] * cores(), np.empty(arrivals)
    for number, (now, needs) in enumerate(zip(due, takes, strict=True)):
        core = free.index(min(free))
        free[core] = max(now, free[core]) + needs
        waited[number] = free[core] - now
    return float(np.quantile(waited, 0.99))


def told(server: Server, load: Load) -> Load:
    """The load, after a word on answers that are not 200."""
    if set(load.statuses) != {"200"}:
        print(f"warning: {server.name} answered {load.statuses}", file=sys.stderr)
    return load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    takes_bundle_and_photos(parser)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--peers", type=Path, metavar="PYTHON")
    parser.add_argument("--only", action="append", metavar="NAME", help="measure this server only (repeatable)")
    parser.add_argument("--limit", nargs=3, help=argparse.SUPPRESS)  # a child that measures the limit
    options = parser.parse_args()
    if options.limit:
        bundle, photos, seconds = options.limit
        print(limit(Path(bundle), [Path(photo) for photo in json.loads(photos)], float(seconds)))
        return
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.5:
        print(f"warning: this machine is busy (load {os.getloadavg()[0]:.1f}); do not trust the numbers", file=sys.stderr)
    python = str(options.peers or peer_environment(Path(".venv-peers")))
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    with tempfile.TemporaryDirectory() as name:
        bundle, photos = bundle_and_photos(options, Path(name))
        plan = partial(Plan, photos=tuple(map(str, photos)))
        chosen = [server for server in servers(python, bundle) if server.name in (options.only or [server.name])]
        seconds = str(options.seconds / 3)
        raw = [sys.executable, __file__, "--limit", str(bundle), json.dumps(list(map(str, photos))), seconds]

        def most() -> float:
            return float(run(raw).stdout)

        rounds: dict[str, list[dict[str, float]]] = {server.name: [] for server in chosen}
        for number in range(options.rounds):
            for place, server in enumerate(chosen):
                found = measured(server, 8600 + place, plan, most, options)
                rounds[server.name].append(found)
                print(
                    f"{number + 1}: {server.name}: "
                    + ", ".join(f"{key} {value:.3g}" for key, value in rounds[server.name][-1].items()),
                    flush=True,
                )
    rows = []
    for name, each in rounds.items():
        middle = {key: median(row[key] for row in each) for key in each[0]}
        ratio = median(row["half_p99_ms"] / row["single_ms"] for row in each)
        times = median(
            ours["saturated"] / theirs["saturated"] for ours, theirs in zip(rounds[chosen[0].name], each, strict=True)
        )
        print(f"{name:<34}{middle['saturated']:7.1f} photos/s, {middle['of_limit']:.2f} of the limit")
        print(f"{'':<34}one {middle['single_ms']:.1f} ms; at half load p50 {middle['half_ms']:.1f} ms, ", end="")
        print(
            f"p99 {middle['half_p99_ms']:.1f} ms ({ratio:.1f} times one; an ideal queue's {middle['half_p99_ideal_ms']:.1f}); ",
            end="",
        )
        print(f"{chosen[0].name} serves {times:.2f} times as many")
        rows.append(
            {"server": name, "photos": len(photos), "rounds": options.rounds}
            | {key: round(value, 3) for key, value in middle.items()}
            | {"half_p99_over_single": round(ratio, 2), "kenali_times": round(times, 2)}
        )
    save("serve_load", rows)


if __name__ == "__main__":
    main()
