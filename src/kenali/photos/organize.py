"""Copies of the usable photos in clean class folders, named `class (1).jpg` onward."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from kenali.errors import KenaliError
from kenali.files import folder_atomically, write_atomically
from kenali.photos.listing import csv_text, find_path, read_rows
from kenali.photos.naming import folder_names
from kenali.photos.settle import Scan

TABLE = "organized.csv"
_EXTENSION = {
    "JPEG": "jpg",
    "MPO": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "BMP": "bmp",
    "TIFF": "tif",
    "GIF": "gif",
    "PPM": "ppm",
}


def organize(scanned: Scan, dest: str | Path, *, only: str | Path | None = None) -> list[tuple[str, Path]]:
    """Copy the used photos, byte for byte, to `dest/<class>/<class> (<n>).<ext>`; returns (path in the source, copy).

    `only` is a cut of the ledger (a CSV with a `path` column): other photos are left out. `dest/organized.csv` says which
    copy is which. The folder appears whole or not at all. Raises KenaliError when `dest` holds anything already, or
    `only` names a file that is not a used photo.
    """
    dest = Path(dest)
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise KenaliError(f"{dest} is not empty: give a new folder, nothing is overwritten")
    photoset = scanned.photoset
    wanted = _wanted(Path(only), {photo.path for photo in photoset.photos}) if only is not None else None
    numbers: defaultdict[str, int] = defaultdict(int)
    copies: list[tuple[str, Path]] = []
    table: list[tuple[str, str, str, str]] = []
    folders = folder_names(photoset.class_names, taken=(TABLE,))
    with folder_atomically(dest) as partial:
        for photo in photoset.photos:
            if wanted is not None and photo.path not in wanted:
                continue
            folder = folders[photo.label]
            numbers[folder] += 1
            extension = _EXTENSION[scanned.facts[photo.path].format]
            name = f"{folder}/{folder} ({numbers[folder]}).{extension}"
            (partial / folder).mkdir(exist_ok=True)
            (partial / name).write_bytes(photoset.source.read(photo.path))
            copies.append((photo.path, dest / name))
            table.append((photo.path, name, photoset.class_names[photo.label], photo.sha256))
        write_atomically(partial / TABLE, csv_text(("source", "path", "label", "sha256"), table))
    return copies


def _wanted(file: Path, used: set[str]) -> set[str]:
    rows = read_rows(file, required=("path",))
    return {find_path(row["path"], used, file) for row in rows if row.get("fate", "used") == "used"}
