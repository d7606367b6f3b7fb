"""Photos that a CSV lists: path and label, perhaps group and split."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True)
class CsvSource:
    """The files that the CSV at `file` lists, relative to the CSV's folder or absolute.

    Photos are named relative to the CSV's folder; where any of them lies outside it or is listed by an absolute path,
    relative to the innermost folder that holds them all. So ledgers and splits never hold an absolute path.

    The CSV is UTF-8 (a byte order mark is fine) with commas, semicolons or tabs. Rows whose `fate` is another than
    `used` are left out, so that a cut of the ledger can serve as the list.
    """

    file: Path

    def catalogue(self) -> Catalogue:
        """Every listed file; KenaliError when the header or the encoding is wrong, or no row is left."""
        first_label: dict[str, str] = {}
        base, rows = self._listed
        entries = sorted((_entry(row, base, first_label) for row in rows), key=lambda entry: entry.path)
        names = {entry.class_name for entry in entries if entry.class_name is not None}
        return Catalogue(tuple(entries), tuple(sorted(names)))

    def read(self, path: str) -> bytes:
        """The bytes of the file at `path`; OSError when it cannot be read."""
        return self.locate(path).read_bytes()

    def locate(self, path: str) -> Path:
        """Where the file of the photo at `path` lies."""
        return self._listed[0] / path

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the CSV, as `read_rows` names them."""
        return tuple(self._listed[1][0])

    def column(self, name: str) -> dict[str, str]:
        """What one of the `columns` holds for each path; of a path listed twice the first row counts."""
        return {row["path"]: row[name] for row in reversed(self._listed[1])}

    @cached_property
    def _listed(self) -> tuple[Path, list[dict[str, str]]]:
        """The folder that paths are relative to, and the rows to use, each with its `path` spelled so."""
        rows = [row for row in read_rows(self.file, required=("path", "label")) if row.get("fate", "used") == "used"]
        if not rows:
            raise KenaliError(f"{self.file} lists no photo to use; at least one row's fate must be 'used'")
        home = Path(os.path.abspath(self.file.parent))  # noqa: PTH100 (links stay as they are written)
        files = {row["path"]: _file(home, row["path"]) for row in rows if row["path"]}
        if all(file.is_relative_to(home) and not Path(written).is_absolute() for written, file in files.items()):
            base = home
        else:
            base = _common_folder(self.file, files.values())
        spelled = {"": ""} | {written: file.relative_to(base).as_posix() for written, file in files.items()}
        return base, [row | {"path": spelled[row["path"]]} for row in rows]


def _file(home: Path, written: str) -> Path:
    """The file that a CSV in the folder `home` means by a path, without detours.

    Blanks around the path, and backslashes for slashes, are forgiven where no file is called so.
    """
    stripped = written.strip()
    for spelling in (written, stripped, stripped.replace("\\", "/")):
        file = Path(os.path.normpath(home / spelling))
        if spelling == stripped.replace("\\", "/") or file.exists():
            break
    return file


def _common_folder(csv_file: Path, files: Iterable[Path]) -> Path:
    try:
        return Path(os.path.commonpath([file.parent for file in files]))
    except ValueError:  # only Windows has more than one root
        raise KenaliError(f"{csv_file} lists files on several drives; copy the photos to one of them") from None


def _entry(row: dict[str, str], base: Path, first_label: dict[str, str]) -> Entry:
    """The entry of one row; `first_label` remembers the label that each path had first."""
    path, split = row["path"], row.get("split", "").lower()
    label = unicodedata.normalize("NFC", row["label"])
    problem: Problem | None
    if not path:
        problem = Problem("no-path", "the row names no file")
    elif path in first_label:
        same = "with the same label" if first_label[path] == label else f"there with the label {first_label[path]!r}"
        problem = Problem("repeated", f"an earlier row names this file, {same}")
    elif not label:
        problem = Problem("no-label", "the row gives no label")
    elif split and split not in PART_FOLDERS:
        problem = Problem("unknown-split", f"the split {row['split']!r} is none of train, val, test")
    else:
        problem = file_problem(base / path)
    first_label.setdefault(path, label)
    return Entry(path, label or None, PART_FOLDERS.get(split), row.get("group") or None, problem)


def read_rows(file: Path, required: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV, keyed by the names in `COLUMNS`; blanks around all values but paths are taken off, empty
    lines left out.

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
    return [_row(header, line) for line in lines[1:]]


def find_path(written: str, known: Collection[str], file: Path) -> str:
    """The path of a used photo that `file` means by `written`; KenaliError when it is none of the `known`."""
    found = next((path for path in (written, written.strip(), written.strip().replace("\\", "/")) if path in known), None)
    if found is None:
        hint = did_you_mean(written, known)
        raise KenaliError(f"{file} names {written!r}, which is not among the {len(known)} used photos.{hint}")
    return found


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A CSV that `read_rows` reads back, whatever the cells hold; lines end in a plain newline on every system."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    careful = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)  # Python before 3.13 leaves a \r unquoted
    for cells in (header, *rows):
        (careful if any("\r" in cell for cell in cells) else writer).writerow(cells)
    return text.getvalue()


def _column(cell: str) -> str:
    """The name in `COLUMNS` that a header cell stands for, or the cell itself in lower case."""
    cell = cell.strip().lower()
    return next((name for name, aliases in COLUMNS.items() if cell in aliases), cell)


def _row(header: list[str], line: list[str]) -> dict[str, str]:
    """The cells of a line by column, empty where a short line leaves them out."""
    cells = [cell if name == "path" else cell.strip() for name, cell in zip(header, line, strict=False)]
    return dict.fromkeys(header, "") | dict(zip(header, cells, strict=False))
