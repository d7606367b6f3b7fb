"""What is to be done, on disk beside what is done: the shards of one run, and what its answers rest on."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kenali.bulk.listing import Listed
from kenali.bulk.places import Folder, is_address, opened
from kenali.bulk.shards import Files, Rows, Tar, as_line, of_line
from kenali.errors import KenaliError
from kenali.receipt import NAMES

PLAN, SHARDS, DONE = "_plan.json", "_shards.jsonl", "_done.json"

_WHAT = {
    "kenali": "version of Kenali",
    "bundle": "bundle",
    "reject": "--reject",
    "shard": "--shard",
    "photos": "list of photos",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The shards of a run, `shards` of them, in `_shards.jsonl`; `basis` is what changes answers when it changes."""

    basis: dict[str, str]
    shards: int

    @property
    def digest(self) -> str:
        """What tells this plan from others: parts of another are none of ours."""
        return hashlib.sha256(json.dumps(self.basis, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Task:
    """Shard `number` of a plan: its line in the list of shards is the bytes `start` to `stop`."""

    number: int
    start: int
    stop: int


def settle(out: Folder, listed: Iterable[Listed], basis: dict[str, str], anew: bool) -> Plan:
    """The plan of the folder `out`: the one that is there where it is the same, else a new one.

    Raises KenaliError where another plan is there and `anew` does not allow to forget it with all its parts.
    """
    earlier = read_plan(out)
    with tempfile.TemporaryDirectory(prefix=".kenali.", dir=_beside(out)) as made:
        lines = Path(made, SHARDS)
        count, digest = _write_lines(lines, listed)
        if not count:
            raise KenaliError("no photo was found")
        plan = Plan(basis | {"photos": digest}, count)
        if plan == earlier:
            if not is_address(out.place):  # the same list, but whole: a power cut may have torn the one that is there
                out.put(SHARDS, lines)
            return plan
        if earlier is not None:
            _forget(out, earlier, plan, anew)
        out.begin()
        out.put(SHARDS, lines)
        out.write(PLAN, json.dumps(plan.basis | {"shards": count}, indent=1).encode())
    return plan


def _beside(out: Folder) -> str | None:
    """Where a list can be written so that it need only be renamed in the end: the folder itself, if it is one of files."""
    if is_address(out.place):
        return None
    out.begin()
    return out.place


def _write_lines(file: Path, listed: Iterable[Listed]) -> tuple[int, str]:
    count, digest = 0, hashlib.sha256()
    with file.open("wb") as lines:
        for shard, stamp in listed:
            line = as_line(shard)
            lines.write(line)
            digest.update(line)
            digest.update(stamp.encode())
            count += 1
    return count, digest.hexdigest()


def _forget(out: Folder, earlier: Plan, plan: Plan, anew: bool) -> None:
    """Take away an earlier plan and its parts. Raises KenaliError where that is not wanted."""
    changed = [told for name, told in _WHAT.items() if earlier.basis.get(name) != plan.basis[name]]
    if not anew:
        raise KenaliError(
            f"{out.place} was begun with another {' and another '.join(changed)}: choose another place with -o, "
            "or begin anew with --anew"
        )
    for name in (DONE, NAMES[1], PLAN):  # first of all: what says that it is done; and parts without a plan are nobody's
        out.remove(name)
    for name in list(out.names()):
        if name.endswith(".parquet") or name == SHARDS or name.startswith("_tried-"):
            out.remove(name)


def read_plan(out: Folder) -> Plan | None:
    """The plan in the folder `out`, or None."""
    try:
        document = json.loads(out.read(PLAN))
        return Plan({name: str(document[name]) for name in _WHAT}, int(document["shards"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KenaliError(f"{out.path(PLAN)} is damaged ({error}): remove {out.place}, or choose another place") from None


def tasks(out: Folder) -> Iterator[Task]:
    """Every shard of the plan in `out`, in order."""
    start = 0
    with opened(out.path(SHARDS)) as lines:
        for number, line in enumerate(lines):
            yield Task(number, start, start + len(line))
            start += len(line)


def shard_of(out: Folder, task: Task) -> Files | Tar | Rows:
    """The shard that a task names."""
    return of_line(out.read_range(SHARDS, task.start, task.stop))
