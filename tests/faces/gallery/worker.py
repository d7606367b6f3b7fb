"""Processes of their own for the tests: one that enrols, and one that makes others and kills them.

    python -m tests.faces.gallery.worker enrol PLACE KEY_FILE NAME COUNT
    python -m tests.faces.gallery.worker kill PLACE KEY_FILE TIMES

The killer is a program of one thread, since only such may fork.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path

from kenali.faces.gallery.lifecycle import forget
from kenali.faces.gallery.store import Gallery
from tests.faces.gallery.conftest import CONSENT, EMBEDDER, face

FACES = 3


def enrol(place: str, key_file: Path, name: str, people: int) -> None:
    """Enrol people, each whole, and a face of one whom others enrol too."""
    with Gallery.open(place, key_file, EMBEDDER) as gallery:
        for number in range(people):
            gallery.enrol(f"{name} {number}", [face(hash_of(name) + number * FACES + at) for at in range(FACES)], CONSENT)
            gallery.enrol("everybody's", [face(hash_of(name) * 7 + number)], CONSENT)


def hash_of(name: str) -> int:
    return 1000 * sum(name.encode())


def kill(place: str, key_file: Path, times: int) -> None:
    """Kill processes that enrol and forget, each a random time after a random step, and look at what they leave."""
    draw = random.Random(7)
    Gallery.open(place, key_file, EMBEDDER).close()
    done: set[str] = set()
    doubtful: set[str] = set()
    for number in range(times):
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            change(place, key_file, number, into)
        os.close(into)
        with os.fdopen(out) as told:
            lines = [told.readline() for _ in range(draw.randint(0, 3))]
            time.sleep(draw.uniform(0, 0.02))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            for line in (*lines, *told.read().splitlines()):
                (done if line[0] == "+" else doubtful).add(line[1:].strip())
        check(place, key_file, done, doubtful)
    print(f"{len(done)} enrolled, {len(doubtful)} forgotten or about to be")


def change(place: str, key_file: Path, child: int, into: int) -> None:
    """Enrol people and forget every third, telling each done enrolment and each erasure that begins."""
    with Gallery.open(place, key_file, EMBEDDER) as gallery:
        for number in count():
            name = f"{child} {number}"
            gallery.enrol(name, [face(1000 * child + 10 * number + at, photo=b"p" * 5000) for at in range(FACES)], CONSENT)
            os.write(into, f"+{name}\n".encode())
            if number % 3 == 2:
                os.write(into, f"-{name}\n".encode())
                forget(gallery, name)


def check(place: str, key_file: Path, done: set[str], doubtful: set[str]) -> None:
    """Nobody is there by half, and whoever was told to be enrolled is."""
    with Gallery.open(place, key_file, EMBEDDER) as gallery:
        with gallery.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        people = gallery.persons()
        assert {person.faces for person in people} <= {FACES}
        names = {person.name for person in people}
        assert done - doubtful <= names
        audit = [row.action for row in gallery.audit()]
        assert audit.count("enrol") - audit.count("forget") == len(people)
        assert gallery.vectors().matrix.shape[0] == FACES * len(people)


if __name__ == "__main__":
    verb, where, key, *rest = sys.argv[1:]
    if verb == "enrol":
        enrol(where, Path(key), rest[0], int(rest[1]))
    else:
        kill(where, Path(key), int(rest[0]))
