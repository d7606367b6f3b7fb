"""Which class and which part each file belongs to, read off the folders it lies in.

A source of photos finds files; `arrange` turns them into a `Catalogue`: one entry a file, nothing left out.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from kenali.types import Part

PART_FOLDERS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
"""Folder names and CSV values that fix a photo's part, in lower case."""

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm", ".heic", ".avif")
_SYSTEM_FILES = (".ds_store", "thumbs.db", "desktop.ini")
_SYSTEM_FOLDERS = ("__macosx", "@eadir", "$recycle.bin", "system volume information")


class Problem(NamedTuple):
    """Why a file is set aside: a stable `reason` of the ledger and a sentence."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that a source found; with a `problem` it must not be read.

    `path` is what the source's `read` takes. `class_name` is in Unicode NFC, or None outside any class.
    """

    path: str
    class_name: str | None = None
    part: Part | None = None
    group: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every file of a source, and every class that it names, including those without a file."""

    entries: tuple[Entry, ...]
    class_names: tuple[str, ...]


def arrange(found: Iterable[Entry], folders: Iterable[str]) -> Catalogue:
    """Give each found file its class and part by the folders it lies in.

    The class is the first folder level below the base, files lie at any depth within it. A single folder that wraps the
    classes is descended into. `train`, `val` and `test` folders (see `PART_FOLDERS`) count as parts where `train` holds
    class folders and another part stands beside it; a lone `train` folder is a mere wrapper, since nothing was set
    apart. `folders` are the paths of all folders, so that classes without a file are known.
    """
    found = list(found)
    tree = _Tree(found, folders)
    base = tree.base()
    parts = tree.parts(base)
    entries = tuple(_place(entry, base, parts) for entry in found)
    tops = [(*base, name) for name in parts] or [base]
    names = {unicodedata.normalize("NFC", name) for top in tops for name in tree.children[top]}
    return Catalogue(entries, tuple(sorted(names)))


class _Tree:
    """The visible folders, and which of them hold photos directly; folders are tuples of names."""

    def __init__(self, found: Iterable[Entry], folders: Iterable[str]) -> None:
        self.children: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self.holds_photos: set[tuple[str, ...]] = set()
        for folder in folders:
            self._add(tuple(folder.split("/")))
        for entry in found:
            *folder_names, name = entry.path.split("/")
            self._add(tuple(folder_names))
            if name.lower().endswith(PHOTO_SUFFIXES) and not is_system_file(name):
                self.holds_photos.add(tuple(folder_names))

    def _add(self, folder: tuple[str, ...]) -> None:
        for depth, name in enumerate(folder):
            if is_system_folder(name):
                return
            self.children[folder[:depth]].add(name)

    def base(self) -> tuple[str, ...]:
        """The folder whose folders are the classes or parts: the root, or the innermost wrapper."""
        base: tuple[str, ...] = ()
        while len(self.children[base]) == 1 and base not in self.holds_photos:
            inner = (*base, *self.children[base])
            if inner in self.holds_photos or not self.children[inner]:
                break
            base = inner
        return base

    def parts(self, base: tuple[str, ...]) -> dict[str, Part]:
        """The folders in `base` that are parts, or none."""
        parts = {name: PART_FOLDERS[name.lower()] for name in self.children[base] if name.lower() in PART_FOLDERS}
        holds_classes = any(
            part == "train" and self.children[(*base, name)] and (*base, name) not in self.holds_photos
            for name, part in parts.items()
        )
        return parts if holds_classes and len(set(parts.values())) > 1 else {}


def _place(entry: Entry, base: tuple[str, ...], parts: dict[str, Part]) -> Entry:
    *folder, name = entry.path.split("/")
    part: Part | None = None
    class_name: str | None = None
    if tuple(folder[: len(base)]) == base:
        inner = folder[len(base) :]
        if parts:
            part = parts.get(inner[0]) if inner else None
            inner = inner[1:] if part else []
        class_name = unicodedata.normalize("NFC", inner[0]) if inner else None
    system_folder = next((level for level in folder if is_system_folder(level)), None)
    if system_folder is not None:
        class_name = part = None
    problem = entry.problem
    if problem is None and (system_folder == "__MACOSX" or is_system_file(name)):
        problem = Problem("not-an-image", "the operating system keeps this file for itself")
    elif problem is None and system_folder is not None:
        problem = Problem("hidden-folder", f"files in the hidden folder {system_folder} are not taken for photos")
    elif problem is None and class_name is None:
        problem = Problem("outside-class", "the file lies in no class folder; move it into the folder of its class")
    return replace(entry, class_name=class_name, part=part, problem=problem)


def is_system_folder(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_FOLDERS


def is_system_file(name: str) -> bool:
    return name.lower() in _SYSTEM_FILES or name.startswith("._")
