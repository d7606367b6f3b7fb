"""`kenali serve` while its only worker is killed, and while its bundle is replaced, under load on loopback.

    python benchmarks/serve_chaos.py [BUNDLE] [PHOTOS] [--kills 5] [--versions 4] [--no-spare]

*Killed*: the worker is ended by SIGKILL while four connections keep asking. Told: how long after it the next photo is answered
with names (median, most), and what became of every request: 200, or `reset`, which a client may repeat. *Replaced*: the
bundle's folder is exchanged for another version while they ask; told are all requests and how many versions answered.
Exit 1 when a request ended in any other way, or the recovery took more than two seconds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

import psutil
from http_load import HOST, Plan, begin, finish
from measure import save
from serve_load import bundle_and_photos, kenali, running, takes_bundle_and_photos

PORT = 8691
PATH = "/v1/models/measured/predict"
BOUND_S = 2.0


def ask(photo: bytes) -> str | None:
    """The id of the bundle that names a photo, None where nobody does."""
    connection = http.client.HTTPConnection(HOST, PORT, timeout=10)
    try:
        connection.request("POST", PATH, photo)
        answer = connection.getresponse()
        return str(json.load(answer)["bundle"]) if answer.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def worker_of(server: int) -> int:
    """The process that answers: of the server's workers the one that has worked most."""
    workers = [child for child in psutil.Process(server).children() if "spawn_main" in " ".join(child.cmdline())]
    return int(max(workers, key=lambda process: sum(process.cpu_times()[:2])).pid)


def killed(server: int, photo: bytes) -> float:
    """Seconds from the worker's death to the next answer."""
    os.kill(worker_of(server), signal.SIGKILL)
    dead = time.perf_counter()
    while ask(photo) is None:
        time.sleep(0.005)
    return time.perf_counter() - dead


def replaced(bundle: Path, number: int, photo: bytes) -> str:
    """Put another version in the bundle's place, as training does; its id, once it answers."""
    before, other = ask(photo), bundle.with_name(f"version-{number}")
    shutil.copytree(bundle, other)
    manifest = json.loads((other / "kenali.json").read_text(encoding="utf-8"))
    (other / "kenali.json").write_text(json.dumps(manifest | {"name": f"version {number}"}), encoding="utf-8")
    bundle.rename(bundle.with_name(f"old-{number}"))
    other.rename(bundle)
    while (now := ask(photo)) in (before, None):
        time.sleep(0.05)
    assert now is not None
    return now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    takes_bundle_and_photos(parser)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--versions", type=int, default=4)
    parser.add_argument("--no-spare", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found, photos = bundle_and_photos(options, Path(name))
        shutil.copytree(found, bundle := Path(name, "served"))
        photo = photos[0].read_bytes()
        plan = partial(Plan, PORT, PATH, tuple(map(str, photos)), connections=4, warm_s=0, seconds=600)
        with running(kenali(f"measured={bundle}", *(["--no-spare"] if options.no_spare else [])), PORT) as process:
            pauses = []
            under_load = begin(plan(seconds=8.0 * options.kills))
            for _ in range(options.kills):
                time.sleep(6)  # the spare of the one before is ready again
                pauses.append(killed(process.pid, photo))
            hurt = finish(under_load)
            under_load = begin(plan(seconds=6.0 * options.versions))
            time.sleep(1)
            versions = [replaced(bundle, number, photo) for number in range(options.versions)]
            calm = finish(under_load)
    back, most = (round(1000 * pause) for pause in (median(pauses), max(pauses)))
    print(f"killed {options.kills} times: answered again after {back} ms, at most {most} ms")
    print(f"  {hurt.sent} requests: {hurt.statuses}")
    print(f"replaced {len(set(versions))} times: {calm.sent} requests: {calm.statuses}")
    row = {
        "spare": not options.no_spare,
        "kills": options.kills,
        "back_ms": back,
        "back_most_ms": most,
        "while_killed": hurt.statuses,
        "versions": len(set(versions)),
        "while_replaced": calm.statuses,
    }
    save("serve_chaos", [row])
    fine = max(pauses) <= BOUND_S and set(hurt.statuses) <= {"200", "reset"} and set(calm.statuses) == {"200"}
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
