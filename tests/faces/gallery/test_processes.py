"""Several processes at one gallery, and processes that are killed in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from kenali.faces.gallery.store import Gallery
from tests.faces.gallery.conftest import EMBEDDER
from tests.faces.gallery.worker import FACES

ROOT = Path(__file__).parents[3]


def started(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faces.gallery.worker", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_two_processes_enrol_while_another_searches(place: str, key_file: Path) -> None:
    """They make the gallery, the key and a person of the same name at once; a reader never sees somebody by half."""
    running = [started("enrol", place, key_file, name, 8) for name in ("left", "right")]
    seen = set()
    with Gallery.open(place, key_file, EMBEDDER) as gallery:
        while any(each.poll() is None for each in running):
            vectors = gallery.vectors()
            whole = Counter(vectors.names[person] for person in vectors.persons)
            whole.pop("everybody's", None)
            assert set(whole.values()) <= {FACES}
            seen.add(vectors.version)
        for each in running:
            told, _ = each.communicate()
            assert each.returncode == 0, told
        people = {person.name: person.faces for person in gallery.persons()}
    assert people == {f"{name} {at}": FACES for name in ("left", "right") for at in range(8)} | {"everybody's": 16}
    assert len(seen) > 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")
def test_a_hundred_kills_leave_nobody_by_half(tmp_path: Path) -> None:
    killer = started("kill", tmp_path / "gallery.sqlite", tmp_path / "gallery.key", 100)
    told, _ = killer.communicate()
    assert killer.returncode == 0, told
    assert int(told.split()[0]) > 100, told
