"""Photos that a CSV lists: path and label, perhaps group and split."""

from __future__ import annotations

import csv
import io
import posixpath
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from kenali.errors import KenaliError, did_you_mean
from kenali.photos.folder import file_problem
from kenali.photos.layout import PART_FOLDERS, Catalogue, Entry, Problem

COLUMNS = {
    "path": ("path", "file", "filename", "image"),
    "label": ("label", "class"),
    "group": ("group",),
    "split": ("split", "part"),
    "fate": ("fate",),
}
"""The columns that are understood, with their other names; `fate` is the ledger's."""


@dataclass(frozen=True, slots=True)
class CsvSource:
    """The files that the CSV at `file` lists; relative paths start from the CSV's folder, absolute ones are allowed.

    The CSV is UTF-8 (a byte order mark is fine) with commas, semicolons or tabs. Rows whose `fate` is another than
    `used` are left out, so that a cut of the ledger can serve as the list.
    """

    file: Path

    def catalogue(self) -> Catalogue:
        """Every listed file; KenaliError when the header or the encoding is wrong, or no row is left."""
        entries: list[Entry] = []
        first_label: dict[str, str] = {}
        for row in read_rows(self.file, required=("path", "label")):
            if row.get("fate", "used") == "used":
                entries.append(self._entry(row, first_label))
        entries.sort(key=lambda entry: entry.path)
        names = {entry.class_name for entry in entries if entry.class_name is not None}
        return Catalogue(tuple(entries), tuple(sorted(names)))

    def read(self, path: str) -> bytes:
        """The bytes of the file at `path`; OSError when it cannot be read."""
        return (self.file.parent / path).read_bytes()

    def _entry(self, row: dict[str, str], first_label: dict[str, str]) -> Entry:
        """The entry of one row; `first_label` remembers the label that each path had first."""
        path = self._normal_path(row["path"])
        label = unicodedata.normalize("NFC", row["label"])
        split = row.get("split", "").lower()
        problem: Problem | None = None
        if not row["path"]:
            problem = Problem("no-path", "the row names no file")
        elif path in first_label:
            same = "with the same label" if first_label[path] == label else f"there with the label {first_label[path]!r}"
            problem = Problem("repeated", f"an earlier row names this file, {same}")
        elif not label:
            problem = Problem("no-label", "the row gives no label")
        elif split and split not in PART_FOLDERS:
            problem = Problem("unknown-split", f"the split {row['split']!r} is none of train, val, test")
        else:
            problem = file_problem(self.file.parent / path)
        first_label.setdefault(path, label)
        return Entry(path, label or None, PART_FOLDERS.get(split), row.get("group") or None, problem)

    def _normal_path(self, written: str) -> str:
        """The path without detours; backslashes count as slashes where no file has them in its name."""
        if "\\" in written and not (self.file.parent / written).exists():
            written = written.replace("\\", "/")
        return posixpath.normpath(written) if written else ""


def read_rows(file: Path, required: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV, keyed by the names in `COLUMNS`; values are stripped, empty lines left out.

    Raises KenaliError when the file cannot be read, is not UTF-8, lacks a column or has no row.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise KenaliError(f"{file} is not UTF-8; save it as 'CSV UTF-8'") from None
    except OSError as error:
        raise KenaliError(f"{file} cannot be read ({error.strerror or error}); check the name and its rights") from None
    first_line = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(line)]
    except csv.Error as error:
        raise KenaliError(f"{file} is no readable CSV ({error}); save it again as 'CSV UTF-8'") from None
    header = [_column(cell) for cell in lines[0]] if lines else []
    for name in required:
        if name not in header:
            hint = did_you_mean(name, header)
            raise KenaliError(
                f"{file} has no column {name!r}, its first line has {header}.{hint} Give a header such as path,label"
            )
    if len(lines) == 1:
        raise KenaliError(f"{file} lists no photo; add a row for each photo below the header")
    return [dict(zip(header, (cell.strip() for cell in line), strict=False)) | _missing(header, line) for line in lines[1:]]


def _column(cell: str) -> str:
    """The name in `COLUMNS` that a header cell stands for, or the cell itself in lower case."""
    cell = cell.strip().lower()
    return next((name for name, aliases in COLUMNS.items() if cell in aliases), cell)


def _missing(header: list[str], line: list[str]) -> dict[str, str]:
    """Empty values for the columns that a short line leaves out."""
    return dict.fromkeys(header[len(line) :], "")
