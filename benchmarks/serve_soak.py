"""`kenali serve` soaked: minutes at four times what it can serve, good photos and hostile files mixed.

    python benchmarks/serve_soak.py [BUNDLE] [PHOTOS] [--minutes 10] [--times 4] [--hostile .2]

First the rate at saturation and the latency of single requests are measured; then good photos and hostile files arrive at so
many times that rate (open loop), and with them, one a second, a photo of 81 megapixels, which is no crime but work. Told: every
request is answered once (a photo by 200, 429 or 503, a hostile file by 4xx or 503; none lost); the memory of all the server's
processes through the run; and the latency right after the flood, beside that before it. Exit 1 when a request was lost or
answered by anything else.
"""

from __future__ import annotations

import argparse
import io
import random
import struct
import sys
import tempfile
import threading
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median

import psutil
from http_load import Load, Plan, begin, finish, put_under_load
from measure import save
from PIL import Image
from serve_load import bundle_and_photos, kenali, running, takes_bundle_and_photos

PORT = 8690


def hostile_files(folder: Path, photos: Sequence[Path]) -> list[Path]:
    """Files that are no photos, or photos that no one should have to decode."""
    draw = random.Random(0)
    good = photos[0].read_bytes()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def png(width: int, height: int, data: bytes) -> bytes:
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")

    frames = [Image.new("L", (64, 64), 60 * number) for number in range(4)]
    moving = io.BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    made = {
        "empty": b"",
        "text": b"this is no photo" * 100,
        "noise": draw.randbytes(40_000),
        "truncated": good[: len(good) // 2],
        "flipped": bytes(byte ^ (0xFF if 200 < place < 1200 else 0) for place, byte in enumerate(good)),
        "vast": png(60_000, 60_000, zlib.compress(bytes(1_000_000))),
        "lying": png(4_000, 4_000, zlib.compress(bytes(100))),
        "moving": moving.getvalue(),
        "script": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    }
    paths = []
    for name, data in made.items():
        paths.append(folder / name)
        paths[-1].write_bytes(data)
    return paths


class Memory(threading.Thread):
    """Samples the memory of a process and its children, MiB (proportional set size where the platform tells)."""

    def __init__(self, pid: int, every_s: float = 2.0) -> None:
        super().__init__(daemon=True)
        self.pid, self.every_s, self.samples, self.stop = pid, every_s, list[float](), threading.Event()

    def run(self) -> None:
        while not self.stop.wait(self.every_s):
            total = 0
            try:
                whole = psutil.Process(self.pid)
                for process in (whole, *whole.children(recursive=True)):
                    with process.oneshot():
                        full = process.memory_full_info()
                        total += getattr(full, "pss", full.uss)
            except psutil.Error:
                continue
            self.samples.append(total / 2**20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    takes_bundle_and_photos(parser)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--times", type=float, default=4)
    parser.add_argument("--hostile", type=float, default=0.2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        bundle, photos = bundle_and_photos(options, Path(name))
        (hostile_folder := Path(name, "hostile")).mkdir()
        hostile = hostile_files(hostile_folder, photos)
        Image.new("RGB", (9_000, 9_000)).save(heavy := Path(name, "heavy.png"))
        server = kenali(f"measured={bundle}")
        with running(server, PORT) as process:
            good = partial(Plan, port=PORT, path=server.path, photos=tuple(map(str, photos)))
            before = put_under_load(good(connections=1, seconds=5))
            full = put_under_load(good(connections=16, seconds=8))
            rate = options.times * full.served
            print(
                f"alone {before.median_ms:.1f} ms; saturated {full.served:.0f} photos/s; flooding with {rate:.0f}/s", flush=True
            )
            memory = Memory(process.pid)
            memory.start()
            flood = partial(Plan, port=PORT, path=server.path, connections=400, seconds=60 * options.minutes, warm_s=0)
            floods = [
                begin(flood(photos=tuple(map(str, photos)), rate=rate * (1 - options.hostile))),
                begin(flood(photos=tuple(map(str, hostile)), rate=rate * options.hostile, seed=1)),
            ]
            floods.append(begin(flood(photos=(str(heavy),), rate=1.0, seed=2)))
            answered, refused, laboured = (finish(each) for each in floods)
            after = put_under_load(good(connections=1, seconds=3, warm_s=0))
            memory.stop.set()
        expected = {"200", "429", "503"}
        verdicts = [
            judge("good photos", answered, expected),
            judge("photos of 81 megapixels", laboured, expected),
            judge("hostile files", refused, {"400", "413", "415", "422", "429", "503"}),
        ]
        tenth = max(1, len(memory.samples) // 10)
        early, late = median(memory.samples[tenth : 2 * tenth]), median(memory.samples[-tenth:])
        print(f"memory: {early:.0f} MiB early, {late:.0f} MiB late, at most {max(memory.samples):.0f} MiB")
        print(
            f"alone: {before.median_ms:.1f} ms before, {after.median_ms:.1f} ms right after (slowest {after.slowest_ms:.0f} ms)"
        )
        row = {
            "minutes": options.minutes,
            "rate": round(rate, 1),
            "saturated": round(full.served, 1),
            "served_in_flood": round(answered.served, 1),
            "p99_in_flood_ms": round(answered.percentile(0.99), 1),
            "good": answered.statuses,
            "hostile": refused.statuses,
            "heavy": laboured.statuses,
            "early_mib": round(early),
            "late_mib": round(late),
            "most_mib": round(max(memory.samples)),
            "alone_before_ms": round(before.median_ms, 1),
            "alone_after_ms": round(after.median_ms, 1),
        }
        save("serve_soak", [row])
    sys.exit(0 if all(verdicts) else 1)


def judge(name: str, load: Load, allowed: set[str]) -> bool:
    """Whether every request was answered, and as it should be; tells the counts."""
    wrong = {status: count for status, count in load.statuses.items() if status not in allowed}
    print(f"{name}: {load.sent} sent, {dict(sorted(load.statuses.items()))}")
    print(f"served {load.served:.0f}/s, p99 {load.percentile(0.99):.0f} ms, slowest answer {load.slowest_ms:.0f} ms")
    if wrong:
        print(f"not as it should be: {wrong}")
    return not wrong


if __name__ == "__main__":
    main()
