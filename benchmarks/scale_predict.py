"""Prediction in shards on Ray against the same shards on this machine: overhead, scaling, memory, and what a loss costs.

    python benchmarks/scale_predict.py BUNDLE [--only overhead|scaling|memory|loss] [--photos 10000] [--rounds 1]
                                       [--scaling-photos 2000] [--small-photos 200000] [--loss-photos 600]

- overhead: JPEGs of 640 x 480 through `kenali predict -o`: on this machine, with `--on ray` that starts a cluster, and on
  a cluster that runs already. The bound is 1.15.
- scaling: one worker and two, and one thread and two for what the machine itself allows. The bound is .85.
- memory: small JPEGs in TARs through the tiny network of the tests, so that their number tells: resident memory of the
  process that hands out the work after a tenth of the shards, and at the end.
- loss: a worker, then a node is killed when a third is done; the parts must be those of this machine.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from measure import run, save
from pictures import mosaic, shipped

from kenali.bulk.parts import Tally
from kenali.bulk.run import Job, Runner, predict_in_bulk, work
from kenali.parallel import cores
from kenali.predict import Classifier
from kenali.scale.predict import OnCluster
from tests.scale.conftest import Nodes
from tests.tiny import write_tiny_bundle

DISTINCT = 200
KENALI = [sys.executable, "-c", "from kenali.cli import main; main()", "predict"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle")
    parser.add_argument("--only", choices=("overhead", "scaling", "memory", "loss"))
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--scaling-photos", type=int, default=2000)
    parser.add_argument("--small-photos", type=int, default=200_000)
    parser.add_argument("--loss-photos", type=int, default=600)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "overhead": lambda: overhead(options.bundle, options.photos, options.rounds, folder),
            "scaling": lambda: scaling(options.bundle, options.scaling_photos, options.rounds, folder),
            "memory": lambda: memory(options.small_photos, folder),
            "loss": lambda: loss(options.bundle, options.loss_photos, folder),
        }
        for part, measured in parts.items():
            if options.only in (None, part):
                save("scale_predict", [{"part": part, "cores": cores()} | measured()])


def overhead(bundle: str, count: int, rounds: int, folder: Path) -> dict[str, Any]:
    photos = str(write_jpegs(folder / f"photos{count}", count))
    seconds: dict[str, list[float]] = {"here": [], "own": [], "running": []}

    def timed(name: str, *on: str) -> None:
        out = folder / f"{name}{len(seconds[name])}.parquet"
        seconds[name].append(run([*KENALI, bundle, photos, "-o", str(out), *on]).wall)
        if name != "here" and parts_of(out) != parts_of(folder / "here0.parquet"):
            raise RuntimeError(f"{name}: the parts differ from those of this machine")

    for turn in range(rounds):
        for name in ("here", "own", "running")[:: 1 if turn % 2 == 0 else -1]:
            if name == "running":
                nodes = Nodes(cores())
                timed(name, "--on", nodes.on)
                nodes.close()
            else:
                timed(name, *(("--on", "ray") if name == "own" else ()))
    middle = {name: median(values) for name, values in seconds.items()}
    ratios = {name: middle[name] / middle["here"] for name in ("own", "running")}
    print(f"{count} photos here: {middle['here']:.1f} s ({count / middle['here']:.0f} photos/s)")
    print(f"--on ray, its start counted: {middle['own']:.1f} s, {ratios['own']:.3f} x; on a running cluster: ", end="")
    print(f"{middle['running']:.1f} s, {ratios['running']:.3f} x; the bound is 1.15")
    return {"photos": count, "rounds": rounds, "here_s": round(middle["here"], 2)} | {
        f"{name}_ratio": round(ratio, 3) for name, ratio in ratios.items()
    }


def scaling(bundle: str, count: int, rounds: int, folder: Path) -> dict[str, Any]:
    photos = str(write_jpegs(folder / f"photos{count}", count))
    rates: dict[str, list[float]] = {name: [] for name in ("thread 1", "thread 2", "worker 1", "worker 2")}
    outs = 0

    def rate(runner: Runner) -> float:
        """Photos a second from the first shard's end to the last's."""
        nonlocal outs
        outs += 1
        ends: list[float] = []

        def note(_: str, done: int, *__: object) -> None:
            if done:
                ends.append(time.perf_counter())

        done = predict_in_bulk(bundle, [photos], str(folder / f"scaling{outs}"), shard=25, runner=runner, progress=note)
        each = done.tally.photos / done.shards
        return each * (len(ends) - 1) / (ends[-1] - ends[0])

    for _ in range(rounds):
        for workers in (1, 2):
            rates[f"thread {workers}"].append(rate(threads(workers)))
            nodes = Nodes(workers)
            rates[f"worker {workers}"].append(rate(OnCluster(nodes.on)))
            nodes.close()
    middle = {name: median(values) for name, values in rates.items()}
    efficiency = {kind: middle[f"{kind} 2"] / middle[f"{kind} 1"] / 2 for kind in ("thread", "worker")}
    for name, value in middle.items():
        print(f"{name}: {value:.1f} photos/s")
    print(
        f"efficiency from 1 to 2 workers {efficiency['worker']:.2f}, bound .85; of 1 and 2 threads {efficiency['thread']:.2f}"
    )
    print(f"photos an hour a core: {middle['worker 2'] / 2 * 3600:,.0f}")
    return {"photos": count, "rounds": rounds, "photos_an_hour_a_core": round(middle["worker 2"] / 2 * 3600)} | {
        f"{kind}_efficiency": round(value, 3) for kind, value in efficiency.items()
    }


def threads(count: int) -> Runner:
    def runner(job: Job, bundle: Any, pending: Any) -> Any:
        yield from work(job, Classifier.of(bundle, job.reject), pending, count)

    return runner


def memory(count: int, folder: Path) -> dict[str, Any]:
    bundle, shards, each = write_tiny_bundle(folder / "tiny", doubting=True), folder / "shards", 500
    shards.mkdir()
    pictures = [jpeg(mosaic(shipped(), seed, (320, 320)).resize((64, 64))) for seed in range(DISTINCT)]
    for number in range(-(-count // each)):
        with tarfile.open(shards / f"{number:06}.tar", "w") as archive:
            for photo in range(number * each, min(count, (number + 1) * each)):
                data = pictures[photo % DISTINCT]
                member = tarfile.TarInfo(f"{photo:07}.jpg")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    out, total = folder / "small.parquet", -(-count // each)
    started = time.perf_counter()
    process = psutil.Popen(
        [*KENALI, str(bundle), str(shards), "-o", str(out), "--on", "ray", "--json"], stdout=subprocess.PIPE, text=True
    )
    resident: list[tuple[float, float]] = []  # share of the shards that is done, MiB
    while process.poll() is None:
        try:
            done = sum(1 for _ in out.glob("*.parquet"))
            resident.append((done / total, process.memory_info().rss / 2**20))
        except psutil.Error:
            break
        time.sleep(0.5)
    if process.wait():
        raise RuntimeError("kenali predict failed")
    wall = time.perf_counter() - started
    early = median(mib for share, mib in resident if 0.08 <= share <= 0.15)
    late = median(mib for share, mib in resident if 0.95 <= share < 1 or mib == resident[-2][1])
    print(
        f"{count} photos in {total} TARs: {wall:.0f} s; resident at a tenth {early:.0f} MiB, at the end {late:.0f} MiB, ",
        end="",
    )
    print(f"at most {max(mib for _, mib in resident):.0f} MiB")
    print(f"photos an hour a core with a network that costs nothing: {count / wall / cores() * 3600:,.0f}")
    return {"photos": count, "early_mib": round(early), "late_mib": round(late), "wall_s": round(wall, 1)}


def loss(bundle: str, count: int, folder: Path) -> dict[str, Any]:
    photos = str(write_jpegs(folder / f"photos{count}", count))
    run_here = partial(predict_in_bulk, bundle, [photos], shard=20)
    whole = run_here(str(folder / "whole"))
    told: dict[str, Any] = {"photos": count}
    for lost in ("worker", "node"):
        nodes, out = Nodes(2), folder / f"without-a-{lost}"

        def strike(_: str, done: int, *__: object, lost: str = lost, nodes: Nodes = nodes, out: Path = out) -> None:
            if 3 * done >= whole.shards and not told.get(f"{lost}_lost_at"):
                if lost == "worker":
                    shard_workers()[0].kill()
                else:
                    nodes.kill(nodes.workers[0])
                told[f"{lost}_lost_at"] = done

        done = run_here(str(out), runner=OnCluster(nodes.on), progress=strike)
        nodes.close()
        same = parts_of(out) == parts_of(folder / "whole") and done.tally == whole.tally != Tally()
        told[f"{lost}_identical"] = same
        print(f"a {lost} lost when {told[f'{lost}_lost_at']} of {done.shards} shards were done: ", end="")
        print(f"{done.tally.photos} photos, the parts are {'those' if same else 'NOT those'} of this machine")
    return told


def shard_workers() -> list[psutil.Process]:
    """The processes of this one's clusters that predict."""
    return [child for child in psutil.Process().children(recursive=True) if "ShardWorker" in " ".join(child.cmdline())]


def write_jpegs(folder: Path, count: int) -> Path:
    """`count` JPEGs of 640 x 480, `DISTINCT` of them different; the rest are links to these."""
    if not folder.exists():
        folder.mkdir()
        pictures = shipped()
        for number in range(count):
            path = folder / f"{number:06}.jpg"
            if number < DISTINCT:
                path.write_bytes(jpeg(mosaic(pictures, number, (640, 480))))
            else:
                path.hardlink_to(folder / f"{number % DISTINCT:06}.jpg")
    return folder


def jpeg(image: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def parts_of(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.glob("*.parquet")}


if __name__ == "__main__":
    main()
