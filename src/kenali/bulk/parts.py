"""Parts: the Parquet file of each shard, one row a photo, whole or not there, with its counts in its footer."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from kenali.bulk.columns import require_parquet
from kenali.bulk.places import Folder, opened
from kenali.predict import Outcome

_ABOUT = b"kenali"


@dataclass(frozen=True, slots=True)
class Tally:
    """Photos by what became of them: `predicted`, of these some `unknown`, and `quarantined`."""

    predicted: int = 0
    unknown: int = 0
    quarantined: int = 0

    @property
    def photos(self) -> int:
        return self.predicted + self.quarantined

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def part_name(number: int) -> str:
    return f"part-{number:08}.parquet"


def number_of(name: str) -> int | None:
    """The number of the shard whose part is called so, None for another file."""
    digits = name.removeprefix("part-").removesuffix(".parquet")
    return int(digits) if digits.isdigit() and part_name(int(digits)) == name else None


def write_part(out: Folder, plan: str, number: int, outcomes: Sequence[Outcome], class_names: Sequence[str]) -> Tally:
    """Write the part of shard `number` of the plan with this digest; a part that is there is replaced by its like."""
    parquet = require_parquet()
    tally = Tally(
        predicted=sum(outcome.error is None for outcome in outcomes),
        unknown=sum(outcome.reason is not None for outcome in outcomes),
        quarantined=sum(outcome.error is not None for outcome in outcomes),
    )
    table, buffer = _table(outcomes, class_names), io.BytesIO()
    about = {"plan": plan, "shard": number, "digest": _digest(outcomes)} | asdict(tally)
    with parquet.ParquetWriter(buffer, table.schema, compression="zstd") as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({_ABOUT: json.dumps(about)})
    out.write(part_name(number), buffer.getvalue())
    return tally


def _digest(outcomes: Sequence[Outcome]) -> str:
    """Of all that is answered, to the last bit, whatever a version of Parquet makes of it."""
    found = hashlib.sha256()
    for outcome in outcomes:
        probs = b"" if outcome.probs is None else outcome.probs.tobytes()
        found.update(repr((outcome.path, outcome.fault, outcome.reason, outcome.novelty, outcome.candidates)).encode() + probs)
    return found.hexdigest()


def read_tally(out: Folder, plan: str, number: int, expected: int | None) -> tuple[Tally, str] | None:
    """The counts and the digest in a part's footer; None where the part is missing, of another plan, or lacks any of the
    `expected` photos.
    """
    parquet = require_parquet()
    try:
        with opened(out.path(part_name(number))) as file:
            footer = parquet.read_metadata(file)
        about = json.loads((footer.metadata or {})[_ABOUT])
        tally = Tally(*(int(about[field.name]) for field in fields(Tally)))
        whole = about["plan"] == plan and about["shard"] == number and footer.num_rows == tally.photos
        return (tally, str(about["digest"])) if whole and expected in (None, tally.photos) else None
    except Exception:  # pyarrow's own, or the storage's
        return None


def _table(outcomes: Sequence[Outcome], class_names: Sequence[str]) -> Any:
    """The columns path, fate, reason, detail, label, confidence, a probability for each class, novelty and set.

    `fate` is `predicted` or `quarantined`; `reason` says why a photo is unknown or quarantined, and is empty otherwise.
    """
    import pyarrow

    text, number = pyarrow.string(), pyarrow.float32()
    probs = [outcome.probs for outcome in outcomes]
    best = [None if row is None else int(row.argmax()) for row in probs]
    columns = {
        "path": (text, [outcome.path for outcome in outcomes]),
        "fate": (text, ["predicted" if outcome.error is None else "quarantined" for outcome in outcomes]),
        "reason": (text, [outcome.reason or outcome.fault or "" for outcome in outcomes]),
        "detail": (text, [outcome.error or "" for outcome in outcomes]),
        "label": (text, [outcome.label(class_names) for outcome in outcomes]),
        "confidence": (number, [None if row is None else row[j] for row, j in zip(probs, best, strict=True)]),
        **{f"p:{name}": (number, [None if row is None else row[j] for row in probs]) for j, name in enumerate(class_names)},
        "novelty": (number, [outcome.novelty for outcome in outcomes]),
        "set": (pyarrow.list_(text), [[class_names[j] for j in outcome.candidates] for outcome in outcomes]),
    }
    schema = pyarrow.schema([(name, kind) for name, (kind, _) in columns.items()])
    return pyarrow.table([pyarrow.array(values, kind) for kind, values in columns.values()], schema=schema)
