"""What the benchmarks share: whole processes timed from outside, medians, and dated CSV files in `results/`."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
sys.path.append(str(Path(__file__).parents[1]))  # some measure what the tests draw


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: wall and CPU seconds, peak memory in MiB (nan where the platform does not tell), its output."""

    wall: float
    cpu: float
    peak_mib: float
    stdout: str


def run(command: Sequence[str], **environment: str) -> Run:
    """Run a command to its end and measure it. Raises RuntimeError with the end of its error output when it fails.

    Python may write its bytecode whatever this environment says: an installed program has it, a checkout would compile anew.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        given = os.environ | {"PYTHONDONTWRITEBYTECODE": ""} | environment
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=given)
        cpu = peak = float("nan")
        if sys.platform == "win32":
            code = process.wait()
        else:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = code = os.waitstatus_to_exitcode(status)
            cpu = usage.ru_utime + usage.ru_stime
            peak = usage.ru_maxrss / (1024 if sys.platform.startswith("linux") else 1024 * 1024)
        wall = time.perf_counter() - start
        out.seek(0)
        err.seek(0)
        if code:
            raise RuntimeError(f"{command} ended with {code}:\n{err.read()[-2000:]}")
        return Run(wall, cpu, peak, out.read())


def save(name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Append rows to `results/<name>-<date>.csv`."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}-{datetime.now(UTC):%Y-%m-%d}.csv"
    earlier: list[dict[str, str]] = []
    if file.exists():
        with file.open(newline="", encoding="utf-8") as known:
            earlier = list(csv.DictReader(known))
    together: list[Mapping[str, object]] = [*earlier, *rows]  # a script may have learned to tell more since this morning
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=list(dict.fromkeys(key for row in together for key in row)))
        writer.writeheader()
        writer.writerows(together)
    print(f"saved to {file.relative_to(Path(__file__).parent.parent)}")
