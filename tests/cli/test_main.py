"""Where no script is on the path."""

from __future__ import annotations

import subprocess
import sys

import kenali


def test_python_can_run_the_package() -> None:
    done = subprocess.run([sys.executable, "-m", "kenali", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"kenali {kenali.__version__}"
