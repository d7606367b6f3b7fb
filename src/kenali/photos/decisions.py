"""Photos whose label is doubtful: the list on which their owner decides, and the new list of photos that follows from it.

Nothing here touches a photo. Whoever deletes the new list, or changes a decision and makes it again, has undone it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kenali.errors import KenaliError, did_you_mean
from kenali.files import write_atomically
from kenali.photos.archive import ZipSource
from kenali.photos.folder import FolderSource
from kenali.photos.listing import COLUMNS as LIST_COLUMNS
from kenali.photos.listing import CsvSource, csv_text, find_path, read_rows
from kenali.photos.settle import Scan

COLUMNS = ("path", "given", "suggested", "given_probability", "suggested_probability", "doubt", "decision")

KEEP, RELABEL, LEAVE_OUT = ("keep", "biarkan"), ("relabel", "ganti"), ("leave out", "buang")
"""What an owner may decide, in English and Indonesian; the name of another class is understood too."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A photo whose label is doubtful: the class it was given and the one suggested, each with its probability (0..1)
    according to a model that has not seen the photo. A `strong` doubt is a probable error."""

    path: str
    given: str
    suggested: str
    given_prob: float
    suggested_prob: float
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a list of suspects: the photos of the new list, and how many rows were decided how."""

    photos: int
    relabelled: int
    left_out: int
    kept: int
    undecided: int


def save_suspects(file: Path, suspects: Sequence[Suspect]) -> None:
    """Write the suspects as CSV with an empty column `decision`, the most doubtful first.

    Decisions that `file` holds from before are kept; decided photos that are no longer suspects come last.
    """
    earlier = {row["path"]: row for row in (_rows(file) if file.exists() else []) if row["decision"]}

    def decision(path: str) -> str:
        return earlier[path]["decision"] if path in earlier else ""

    rows: list[Sequence[str]] = []
    for one in suspects:
        shares = (f"{share:.3f}" for share in (one.given_prob, one.suggested_prob))
        doubt = "strong" if one.strong else "weak"
        rows.append((one.path, one.given, one.suggested, *shares, doubt, decision(one.path)))
    now = {one.path for one in suspects}
    rows += [[row.get(column, "") for column in COLUMNS] for path, row in earlier.items() if path not in now]
    write_atomically(file, csv_text(COLUMNS, rows))


def apply_decisions(scanned: Scan, decisions: Path, out: Path) -> Decided:
    """Write `out`, a CSV of the used photos with path, label, group and split, in which the decisions are carried out.

    `kenali train` takes it in place of the folder. Columns of a CSV source that mean nothing here are carried along.
    Raises KenaliError for a decision or path that is not understood, photos in a ZIP, or an `out` that is in the way.
    """
    photoset, source = scanned.photoset, scanned.photoset.source
    if isinstance(source, ZipSource):
        raise KenaliError(f"a list cannot name photos inside {source.file}; unpack it and give the folder")
    assert isinstance(source, FolderSource | CsvSource)
    in_the_way = [decisions, *([source.file] if isinstance(source, CsvSource) else [])]
    if out.suffix.lower() != ".csv" or any(out.resolve() == file.resolve() for file in in_the_way):
        raise KenaliError(f"the new list cannot be written to {out}; name a new file with -o, such as -o list.csv")
    labels: dict[str, str | None] = {photo.path: photoset.class_names[photo.label] for photo in photoset.photos}
    counts: Counter[str] = Counter()
    for row in _rows(decisions):
        path = find_path(row["path"], labels, decisions)
        label = _decided(row, labels[path], photoset.class_names, decisions)
        counts["undecided" if not row["decision"] else "left_out" if label is None else ""] += 1
        counts["relabelled"] += label not in (None, labels[path])
        counts["rows"] += 1
        labels[path] = label
    listed = [photo for photo in photoset.photos if labels[photo.path] is not None]
    members = Counter(photo.group for photo in listed)
    more = _further(source)
    rows = [
        (
            _written(source.locate(photo.path), out),
            labels[photo.path] or "",
            photo.group if members[photo.group] > 1 else "",
            photo.part or "",
            *(values.get(photo.path, "") for values in more.values()),
        )
        for photo in listed
    ]
    write_atomically(out, csv_text(("path", "label", "group", "split", *more), rows))
    changed = counts["relabelled"] + counts["left_out"] + counts["undecided"]
    return Decided(len(rows), counts["relabelled"], counts["left_out"], counts["rows"] - changed, counts["undecided"])


def _decided(row: dict[str, str], label: str | None, class_names: tuple[str, ...], file: Path) -> str | None:
    """The label that a row's decision leaves the photo with; None where it is left out."""
    written = row["decision"]
    decision = written.lower().replace("-", " ").replace("_", " ")
    if not decision or decision in KEEP:
        return label
    if decision in LEAVE_OUT:
        return None
    wanted = row.get("suggested", "") if decision in RELABEL else written
    found = next((name for name in class_names if name == wanted), None)
    found = found or next((name for name in class_names if name.lower() == wanted.lower()), None)
    if found is None:
        known = (*(word[0] for word in (KEEP, RELABEL, LEAVE_OUT)), *class_names)
        hint = did_you_mean(wanted, known)
        raise KenaliError(
            f"{file}: the decision {written!r} on {row['path']} is neither keep, relabel or leave out nor a class.{hint}"
        )
    return found


def _rows(file: Path) -> list[dict[str, str]]:
    """The rows of a list of suspects, which may have none."""
    if file.is_file() and file.read_bytes().strip() == ",".join(COLUMNS).encode():
        return []
    return read_rows(file, required=("path", "decision"))


def _further(source: FolderSource | CsvSource) -> dict[str, dict[str, str]]:
    """The columns of a CSV source that this package does not know, each from path to cell."""
    if not isinstance(source, CsvSource):
        return {}
    return {name: source.column(name) for name in source.columns if name not in LIST_COLUMNS}


def _written(file: Path, out: Path) -> str:
    """The path of a photo as the list at `out` spells it: relative to the list's folder where there is a way."""
    try:
        return Path(os.path.relpath(file, out.parent)).as_posix()
    except ValueError:  # another drive, under Windows
        return file.absolute().as_posix()
