"""A real server for the tests: `kenali serve` in a process of its own, on a port that is free."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[str]

    @property
    def workers(self) -> list[psutil.Process]:
        """Its web workers."""
        found = []
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended at this very moment
                if "resource_tracker" not in " ".join(child.cmdline()):
                    found.append(child)
        return found


@contextlib.contextmanager
def serving(
    state: Path, *arguments: str | Path, folder: Path | None = None, program: tuple[str, ...] = ("-m", "kenali")
) -> Iterator[Server]:
    """A server with these arguments, in `folder`, ended as a user would end it; its errors stay on this process's stderr."""
    command = [sys.executable, *program, "serve", "--port", "0", "--json", "--state", str(state), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ, cwd=folder) as process:
        try:
            assert process.stdout is not None
            yield Server(_document(process.stdout)["url"], process)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _document(stream: IO[str]) -> dict[str, str]:
    """The one JSON document that `--json` prints, or what was printed instead."""
    text = ""
    for line in stream:
        text += line
        with contextlib.suppress(ValueError):
            found: dict[str, str] = json.loads(text)
            return found
    raise AssertionError(f"the server ended and had printed {text!r}")
