"""CPU seconds of starting Kenali: `--help`, and one photo predicted, beside importing numpy and onnxruntime alone.

python benchmarks/startup.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from measure import run, save


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    kenali = str(Path(sys.executable).parent / "kenali")
    with tempfile.TemporaryDirectory() as folder:
        run([kenali, "demo", "-o", folder + "/demo"])
        photo = next((Path(folder) / "demo/photos/test/brick").iterdir())
        commands = {
            "imports": [sys.executable, "-c", "import numpy, onnxruntime"],
            "help": [kenali, "--help"],
            "predict one photo": [kenali, "predict", folder + "/demo/bundle", str(photo)],
        }
        cpu: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                cpu[name].append(run(command).cpu)
    base = median(cpu["imports"])
    rows = [
        {
            "what": name,
            "cpu_s": round(median(times), 3),
            "ratio_to_imports": round(median(times) / base, 2),
            "rounds": rounds,
        }
        for name, times in cpu.items()
    ]
    for row in rows:
        print(f"{row['what']:<20}{row['cpu_s']:>8} s CPU  {row['ratio_to_imports']:>6} x imports")
    save("startup", rows)


if __name__ == "__main__":
    main()
