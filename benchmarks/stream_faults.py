"""`kenali stream` while its services are killed, its links cut, and a reader of its answers stalls.

    python benchmarks/stream_faults.py [--only kills,cuts,stall] [--kills 50] [--cut 5] [--stall 15]

*kills*: hub, worker and camera are ended by SIGKILL in turn, under a camera with the policy `all`, and each is started
again as a service manager would. Told: how long after it the next answer came. *cuts*: between network namespaces the link
of the camera, then of the workers, goes down for `--cut` seconds; told is how long after it is up the next answer comes.
*stall*: one of two readers of answers and pictures is stopped; the other still reads .95 of them at least (it prints while
they are counted), and the hub's memory stays flat; then it goes on. Each time counts must reconcile: of each session of the
camera no frame is missing among the answers but those that were under way when the camera itself was killed; nothing is
answered twice unless the hub was killed; and the hub's own counts add up. Exit 1 when anything is missed.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

from measure import save
from stream_services import (
    LOOPBACK,
    Document,
    Memory,
    Net,
    Stage,
    draw_photos,
    namespaces,
    reconciles,
    staged,
    until,
    why_no_namespaces,
)

LOOK_MS = 10.0
FPS = "60"
UNDER_WAY = 8 + 2  # a camera's window, and what it keeps ready
FLAT_MIB = 16.0


def waits_for_answer(stage: Stage, after_ns: int, other_than: str | None = None) -> tuple[float, str]:
    """Seconds from `after_ns` to the next answer, of another session where one is given; and its session."""

    def found() -> Document | None:
        new = [one for one in stage.latest() if one["answered_ns"] > after_ns and one["stamp"]["session"] != other_than]
        return new[0] if new else None

    answer = until(found, "another answer")
    return (answer["answered_ns"] - after_ns) / 1e9, answer["stamp"]["session"]


def missing(answers: list[Document], last: str) -> tuple[int, int]:
    """(frames without an answer that should have one, answers to a frame that had one) over all sessions.

    A killed camera takes what is under way with it; the `last` session ended in order, after all it had sent was answered.
    """
    numbers: dict[str, list[int]] = defaultdict(list)
    for answer in answers:
        numbers[answer["stamp"]["session"]].append(answer["stamp"]["sequence"])
    gaps = doubles = 0
    for session, seen in numbers.items():
        sure = max(seen) + 1 if session == last else max(0, max(seen) + 1 - UNDER_WAY)
        gaps += sum(1 for number in range(sure) if number not in set(seen))
        doubles += len(seen) - len(set(seen))
    return gaps, doubles


def begin_all(stage: Stage, photos: Path) -> str:
    """Start a hub, two workers and a camera with the policy `all`; the session of the first answer."""
    stage.hub()
    for number in range(2):
        stage.worker(number, LOOK_MS)
    stage.has_workers(2)
    stage.camera("camera", photos, "--loop", "--policy", "all", "--fps", FPS, "--timeout", "2")
    return waits_for_answer(stage, 0)[1]


def kills(folder: Path, times: int) -> tuple[list[dict[str, object]], bool]:
    photos = draw_photos(folder / "photos", (64, 48))
    pauses: dict[str, list[float]] = defaultdict(list)
    with staged(LOOPBACK) as stage:
        session = begin_all(stage, photos)
        for number in range(times):
            time.sleep(0.5 + 0.1 * (number % 10))
            name = ("hub", f"worker-{number // 3 % 2}", "camera")[number % 3]
            stage.kill(name)
            begun = time.time_ns()
            stage.start(name)
            pause, session = waits_for_answer(stage, begun, session if name == "camera" else None)
            pauses[name.partition("-")[0]].append(pause)
            print(f"  {number + 1}: {name} killed, answered again after {pause:.2f} s", flush=True)
        until(lambda: stage.status() is not None, "the hub")
        time.sleep(2)
        counts, status = stage.end_in_order("camera")
        answers = stage.answers()
    gaps, doubles = missing(answers, session)
    print(f"{times} kills, {len(answers)} answers; {gaps} frames missing, {doubles} answered twice")
    rows: list[dict[str, object]] = [
        {"fault": f"kill -9 of {name}", "times": len(some), "back_s": round(median(some), 2), "most_s": round(max(some), 2)}
        for name, some in pauses.items()
    ]
    for row in rows:
        print("  " + "  ".join(f"{key} {value}" for key, value in row.items()))
    fine = gaps == 0 and reconciles(status) and camera_reconciles(counts)
    shared: dict[str, object] = {"answers": len(answers), "missing": gaps, "twice": doubles, "reconciles": fine}
    return [row | shared for row in rows], fine


def cuts(net: Net, folder: Path, cut_s: float) -> tuple[list[dict[str, object]], bool]:
    photos = draw_photos(folder / "photos", (64, 48))
    rows: list[dict[str, object]] = []
    with staged(net) as stage:
        session = begin_all(stage, photos)
        for role in ("camera", "worker", "camera", "worker"):
            time.sleep(2)
            net.cut(role, down=True)
            time.sleep(cut_s)
            down = stage.sure_status()
            begun = time.time_ns()
            net.cut(role, down=False)
            pause, _ = waits_for_answer(stage, begun)
            rows.append({"fault": f"link of the {role} down for {cut_s:g} s", "times": 1, "back_s": round(pause, 2)})
            print(f"  {rows[-1]['fault']}: answered again after {pause:.2f} s; reconciled meanwhile: {reconciles(down)}")
        time.sleep(2)
        stage.has_workers(2)
        counts, status = stage.end_in_order("camera")
        answers = stage.answers()
    gaps, doubles = missing(answers, session)
    print(f"cuts: {len(answers)} answers; {gaps} frames missing, {doubles} answered twice")
    fine = gaps == 0 and doubles == 0 and reconciles(status) and camera_reconciles(counts)
    shared: dict[str, object] = {"answers": len(answers), "missing": gaps, "twice": doubles, "reconciles": fine}
    return [row | {"most_s": row["back_s"]} | shared for row in rows], fine


def stall(folder: Path, stalled_s: float) -> tuple[list[dict[str, object]], bool]:
    photos = draw_photos(folder / "large", (640, 480))
    with staged(LOOPBACK) as stage:
        stage.hub("--pictures", "1000")
        stage.worker(0, LOOK_MS)
        stage.has_workers(1)
        for name in ("events-steady", "events-stalled"):
            stage.reader(name)
        stage.camera("camera", photos, "--loop", "--fps", "40")
        until(lambda: stage.lines("events-stalled") > 40 and stage.lines("events-steady") > 40, "readers")

        def pace(seconds: float) -> tuple[float, float]:
            """Answers a second, and the share of them that the steady reader told of."""
            before, lines = stage.sure_status(), stage.lines("events-steady")
            time.sleep(seconds)
            after, read = stage.sure_status(), stage.lines("events-steady") - lines
            answered = after["sources"]["camera"]["answered"] - before["sources"]["camera"]["answered"]
            return answered / ((after["hub"]["time_ns"] - before["hub"]["time_ns"]) / 1e9), read / max(1, answered)

        usual, _ = pace(5)
        stage.processes["events-stalled"].send_signal(signal.SIGSTOP)
        with Memory({"hub": stage.processes["hub"]}) as memory:
            meanwhile, share = pace(stalled_s)
        stage.processes["events-stalled"].send_signal(signal.SIGCONT)
        begun = time.monotonic()
        until(lambda: time.time_ns() - stage.last_frame_ns("events-stalled") < 10**9, "the stalled reader")
        back = time.monotonic() - begun
        counts, status = stage.end_in_order("camera")
    growth = memory.growth("hub")
    print(
        f"stall: {usual:.1f} answers/s before, {meanwhile:.1f} while a reader stood still for {stalled_s:g} s, "
        f"of which the other read {share:.3f}; the hub grew by {growth:.1f} MiB; it read fresh answers {back:.2f} s after"
    )
    fine = share > 0.95 and growth < FLAT_MIB and reconciles(status) and camera_reconciles(counts)
    fault = f"reader stopped for {stalled_s:g} s"
    row = {"fault": fault, "times": 1, "back_s": round(back, 2), "most_s": round(back, 2), "reconciles": fine}
    rates = {
        "usual_s": round(usual, 1),
        "meanwhile_s": round(meanwhile, 1),
        "read": round(share, 3),
        "hub_growth_mib": round(growth, 1),
    }
    return [row | rates], fine


def camera_reconciles(counts: Document) -> bool:
    """captured = skipped + dropped + waiting + sent, and sent = acknowledged + lost + in flight, as the camera told last."""
    sent = counts["acknowledged"] + counts["lost"] + counts["in_flight"]
    held = counts["skipped"] + counts["dropped"] + counts["waiting"] + counts["sent"]
    return bool(counts["captured"] == held and counts["sent"] == sent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="kills,cuts,stall")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--cut", type=float, default=5.0)
    parser.add_argument("--stall", type=float, default=15.0)
    options = parser.parse_args()
    parts = options.only.split(",")
    found: list[tuple[list[dict[str, object]], bool]] = []
    with tempfile.TemporaryDirectory() as name:
        if "kills" in parts:
            found.append(kills(Path(name), options.kills))
        if "cuts" in parts:
            if why := why_no_namespaces():
                print(f"cuts skipped: {why}")
            else:
                with namespaces() as net:
                    found.append(cuts(net, Path(name), options.cut))
        if "stall" in parts:
            found.append(stall(Path(name), options.stall))
    for rows, _ in found:
        save(f"stream_faults_{'stall' if 'usual_s' in rows[0] else 'links'}", rows)
    sys.exit(0 if all(fine for _, fine in found) else 1)


if __name__ == "__main__":
    main()
