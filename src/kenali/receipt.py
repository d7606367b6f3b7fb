"""The receipt of a run: what it rests on and what came of it, as digests, so that runs can be compared wherever they ran.

Two runs with equal inputs should have equal results, on a laptop as on a cluster; where the results differ, the versions
and the machines that stand in both receipts are the first place to look.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import kenali
from kenali.errors import KenaliError
from kenali.files import write_atomically
from kenali.parallel import cores

FORMAT = 1
NAMES = ("receipt.json", "_receipt.json")
"""Beside what a run wrote; the second among Parquet files, whose readers pass over names with an underscore."""

_PACKAGES = ("numpy", "pillow", "onnxruntime", "onnx", "torch")


@dataclass(frozen=True, slots=True)
class Ran:
    """Where a run was computed: on `one-machine` or by `ray`, on how many nodes, by how many threads or processes."""

    on: Literal["one-machine", "ray"]
    nodes: int
    workers: int

    @classmethod
    def here(cls) -> Ran:
        return cls("one-machine", 1, cores())


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a run of the kind `what` rests on and what came of it.

    `inputs` are digests or plain values by name (`data`, `split`, `recipe`, `bundle`, `options`, ...); `result` is a digest
    of what came out that is equal for equal results.
    """

    what: str
    inputs: Mapping[str, str]
    result: str
    ran: Ran
    versions: Mapping[str, str]
    system: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What two receipts disagree in: names of inputs and of versions, with both values, and whether the results agree."""

    inputs: Mapping[str, tuple[str, str]]
    versions: Mapping[str, tuple[str, str]]
    same_result: bool

    @property
    def comparable(self) -> bool:
        """Whether both runs had the same to work on."""
        return not self.inputs


def receipt_of(what: str, inputs: Mapping[str, str], result: str, ran: Ran | None = None) -> Receipt:
    """The receipt of a run that has just ended, by this Python and its packages; it holds no path, user or host."""
    return Receipt(what, dict(inputs), result, ran or Ran.here(), versions(), f"{platform.system()} {platform.machine()}")


def versions() -> dict[str, str]:
    """Of Kenali, Python and the packages that figures can depend on, as far as they are installed."""
    found = {"kenali": kenali.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def digest(*parts: str | bytes) -> str:
    """Hexadecimal SHA-256 of the parts, told apart by their lengths."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


def digest_of_lines(lines: Iterable[str]) -> str:
    """Of a set of lines, whatever their order."""
    return digest(*sorted(lines))


def compare_receipts(a: Receipt, b: Receipt) -> Difference:
    """What differs between two runs. The kind of run counts as an input."""
    return Difference(
        _differing({"what": a.what, **a.inputs}, {"what": b.what, **b.inputs}),
        _differing({**a.versions, "system": a.system}, {**b.versions, "system": b.system}),
        a.result == b.result,
    )


def write_receipt(file: Path, receipt: Receipt) -> None:
    write_atomically(file, receipt_json(receipt))


def receipt_json(receipt: Receipt) -> bytes:
    """The receipt as `read_receipt` reads it."""
    return (json.dumps({"format": FORMAT, **asdict(receipt)}, indent=1) + "\n").encode()


def read_receipt(place: Path) -> Receipt:
    """The receipt in the file `place`, or of the run that wrote the folder `place`. Raises KenaliError where there is none."""
    file = next((place / name for name in NAMES if (place / name).is_file()), None) if place.is_dir() else place
    if file is None or not file.is_file():
        raise KenaliError(f"{place} holds no receipt: expected {NAMES[0]} of a bundle, study, tuning or prediction")
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if document.pop("format") != FORMAT:
            raise KenaliError(f"{file} has another format; this version reads format {FORMAT}: upgrade kenali")
        return Receipt(**{**document, "ran": Ran(**document["ran"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KenaliError(f"{file} is no receipt ({error})") from None


def _differing(a: Mapping[str, str], b: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {name: (a.get(name, "-"), b.get(name, "-")) for name in sorted({*a, *b}) if a.get(name) != b.get(name)}
