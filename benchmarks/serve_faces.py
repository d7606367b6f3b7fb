"""Faces named over HTTP beside the same work in one process: photos a second, and what a request takes.

    python benchmarks/serve_faces.py ../shared/data/faces/enrol ../shared/data/faces/probe

ENROL holds a folder a person, PROBE is searched for photos. The limit reads, decodes, looks and matches in a thread a core
and has no HTTP, no keys and no decoders of its own. Both take turns, round by round, since machines' speeds wander.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from face_examples import served
from measure import save

from kenali.faces.gallery.store import Gallery
from kenali.faces.identify import identify
from kenali.faces.matching import Matcher, matcher
from kenali.faces.reader import FaceReader
from kenali.faces.thresholds import DEFAULTS
from kenali.images import decode
from kenali.parallel import cores

CONNECTIONS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("enrol", type=Path)
    parser.add_argument("probe", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    photos = sorted(path for path in chosen.probe.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    with tempfile.TemporaryDirectory() as name, served(Path(name)) as client:
        enrol(client, chosen.enrol)
        read = FaceReader()
        match = matching(Path(name))
        rows = [measured(client, read, match, photos) for _ in range(chosen.rounds)]
    for what in rows[0]:
        print(f"{what}: {statistics.median(row[what] for row in rows):.3g}")
    save("serve_faces", rows)


def enrol(client: httpx.Client, folder: Path) -> None:
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = [("photo", (photo.name, photo.read_bytes())) for photo in sorted(person.iterdir())]
        data = {"name": person.name, "consent": "benchmark", "largest": "true", "accept_flaws": "true"}
        client.post("/v1/faces/persons", data=data, files=files).raise_for_status()


def timed(name: Callable[[Path], list[str]], photos: Sequence[Path], threads: int) -> tuple[list[list[str]], float]:
    """The names in each photo, and the seconds that all took."""
    with ThreadPoolExecutor(threads) as pool:
        begun = time.perf_counter()
        return list(pool.map(name, photos)), time.perf_counter() - begun


def matching(folder: Path) -> Matcher:
    with Gallery.open(str(folder / "gallery.sqlite"), folder / "gallery.key") as gallery:
        return matcher("nearest", gallery.vectors(), DEFAULTS.identify)


def measured(client: httpx.Client, read: FaceReader, match: Matcher, photos: Sequence[Path]) -> dict[str, float]:
    """One round: the limit, the server with many connections, one request at a time; all photos each."""

    def here(photo: Path) -> list[str]:
        return [one.match.name for one in identify(decode(photo.read_bytes()).image, read, match)]

    def there(photo: Path) -> list[str]:
        answer = client.post("/v1/faces/identify", content=photo.read_bytes()).raise_for_status().json()
        return [face["name"] for face in answer["photos"][0]["faces"]]

    expected, limit_s = timed(here, photos, cores())
    found, served_s = timed(there, photos, CONNECTIONS)
    assert found == expected, "the server answers as the library does"
    alone = [1000 * timed(there, [photo], 1)[1] for photo in photos[:20]]
    limit, server = len(photos) / limit_s, len(photos) / served_s
    return {
        "limit_photos_s": limit,
        "server_photos_s": server,
        "of_the_limit": server / limit,
        "request_ms": statistics.median(alone),
    }


if __name__ == "__main__":
    main()
