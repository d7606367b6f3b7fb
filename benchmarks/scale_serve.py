"""`kenali serve --on ray` against `kenali serve` on the same cores: what its proxy costs, and what a second replica gives.

    python benchmarks/scale_serve.py [BUNDLE] [PHOTOS] [--rounds 3] [--seconds 5] [--connections 16]

Four servers in turn, each round anew: on one computer with one worker and with two, of one core each; on Ray with one replica
and with two, which have as much. Each is asked by one connection (latency) and by `--connections` at once (requests a second).
Ray's proxy, controller and head take from the same machine's cores, and so does the client: on two cores, two replicas share
with all of them, which is told as it is. BUNDLE and PHOTOS (a folder) default to the demo's.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from http_load import Plan, put_under_load
from measure import save
from serve_load import Server, bundle_and_photos, kenali, running, takes_bundle_and_photos, told

from kenali.parallel import cores

FIRST_PORT = 8700


def servers(bundle: Path, state: Path) -> list[Server]:
    """Each with one core and with two, where there are as many: fewer workers than cores would compute on all of them."""
    words = (f"measured={bundle}", "--state", str(state), "--no-spare")
    one_each = ("--workers", str(cores()))
    local = kenali(*words, *one_each)
    found = [replace(local, name=f"local, {cores()} workers")]
    for replicas in dict.fromkeys((1, cores())):
        ray = kenali(*words[:-1], "--on", "ray", "--replicas", f"{replicas}:{replicas}")
        found.append(replace(ray, name=f"ray, {replicas} replica{'s' if replicas > 1 else ''}"))
    if hasattr(os, "sched_setaffinity"):
        alone = kenali(*words, "--workers", "1")
        found.insert(0, replace(alone, name="local, 1 worker", command=("taskset", "-c", "0", *alone.command)))
    return found


def measured(server: Server, port: int, plan: partial[Plan], seconds: float, connections: int) -> dict[str, float]:
    """One round: the latency of single requests in ms, and requests a second of many at once."""
    with running(server, port):
        ask = partial(plan, port=port, path=server.path, body=server.body, warm_s=1.0)
        single = told(server, put_under_load(ask(connections=1, seconds=seconds)))
        full = told(server, put_under_load(ask(connections=connections, seconds=seconds)))
    return {
        "single_ms": single.median_ms,
        "single_p99_ms": single.percentile(0.99),
        "saturated": full.served,
        "saturated_p99_ms": full.percentile(0.99),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    takes_bundle_and_photos(parser)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.5:
        print(f"warning: this machine is busy (load {os.getloadavg()[0]:.1f}); do not trust the numbers", file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        bundle, photos = bundle_and_photos(options, Path(name))
        plan = partial(Plan, photos=tuple(map(str, photos)))
        chosen = servers(bundle, Path(name) / "state")
        rounds: dict[str, list[dict[str, float]]] = {server.name: [] for server in chosen}
        for number in range(options.rounds):
            for place, server in enumerate(chosen):
                found = measured(server, FIRST_PORT + place, plan, options.seconds, options.connections)
                rounds[server.name].append(found)
                print(
                    f"{number + 1}: {server.name}: " + ", ".join(f"{key} {value:.4g}" for key, value in found.items()),
                    flush=True,
                )
    middle = {name: {key: median(row[key] for row in each) for key in each[0]} for name, each in rounds.items()}
    rows = []
    for name, found in middle.items():
        told_of = f"{found['saturated']:6.1f} requests/s, p99 {found['saturated_p99_ms']:.0f} ms"
        print(f"{name:<18}one {found['single_ms']:6.1f} ms; {told_of}")
        rows.append(
            {"server": name, "rounds": options.rounds, "cores": cores()}
            | {key: round(value, 3) for key, value in found.items()}
        )

    def ratio(key: str, above: str, below: str) -> float:
        return median(a[key] / b[key] for a, b in zip(rounds[above], rounds[below], strict=True))

    names = list(rounds)
    most, one, many = f"local, {cores()} workers", "ray, 1 replica", names[-1]
    extra = median(a["single_ms"] - b["single_ms"] for a, b in zip(rounds[one], rounds[most], strict=True))
    print(f"Ray adds {extra:.1f} ms to one request ({ratio('single_ms', one, most):.2f} times as long)")
    print(f"{many} serve {ratio('saturated', many, most):.2f} times {most}, {ratio('saturated', many, one):.2f} times {one}")
    if names[0] != most:
        of_one = ratio("saturated", one, names[0])
        print(f"{most} serve {ratio('saturated', most, names[0]):.2f} times {names[0]}; {one} {of_one:.2f} times")
    save("scale_serve", rows)


if __name__ == "__main__":
    main()
