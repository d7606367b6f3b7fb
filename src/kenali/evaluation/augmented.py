"""What the sheet of augmented photos shows, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kenali.evaluation.pictures import data_uri
from kenali.evaluation.words import Words


@dataclass(frozen=True, slots=True)
class DynamicKind:
    """One kind of dynamic augmentation: its range `low` to `high` in `unit` (°, %, × or nothing), and how much is shown.

    `shown` is None where the kind has no degree, or is one draw among very many (`drawn`).
    """

    kind: str
    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    shown: float | None = None
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """One training photo: JPEG bytes of itself, of one picture for each dynamic kind, and of its static copies."""

    path: str
    class_name: str
    original: bytes
    dynamic: tuple[bytes, ...]
    copies: tuple[tuple[str, float, bytes], ...]


@dataclass(frozen=True, slots=True)
class Mixed:
    """Two photos and what mixing made of them: (kind, alpha, JPEG bytes)."""

    first: Sample
    second: Sample
    pictures: tuple[tuple[str, float, bytes], ...]


@dataclass(frozen=True, slots=True)
class AugmentationSheet:
    """Everything that the sheet shows; `copies` is how many static copies the recipe makes of each training photo."""

    title: str
    recipe: str
    kinds: tuple[DynamicKind, ...]
    copies: int
    samples: tuple[Sample, ...]
    mixed: Mixed | None = None


def sheet_values(sheet: AugmentationSheet, words: Words) -> dict[str, Any]:
    """What the template fills in."""
    return {
        "title": sheet.title,
        "recipe": sheet.recipe,
        "n_dynamic": len(sheet.kinds) + (len(sheet.mixed.pictures) if sheet.mixed else 0),
        "n_static": sheet.copies,
        "heads": [_head(kind, words) for kind in sheet.kinds],
        "samples": [
            {
                "path": sample.path,
                "class_name": sample.class_name,
                "original": data_uri(sample.original),
                "dynamic": [data_uri(jpeg) for jpeg in sample.dynamic],
                "copies": [(_copy(kind, value, words), data_uri(jpeg)) for kind, value, jpeg in sample.copies],
            }
            for sample in sheet.samples
        ],
        "mixed": _mixed(sheet.mixed, words) if sheet.mixed else [],
    }


def _head(kind: DynamicKind, words: Words) -> tuple[str, str]:
    """A column's heading with its range, and how much of it the pictures show."""
    low, high = words.brief(kind.low), words.brief(kind.high)
    heading = words(f"augmented_{kind.kind}", low=low, high=high, n=int(kind.high))
    if kind.drawn:
        return heading, words("augment_one_draw")
    if kind.shown is None:
        return heading, ""
    amount = words.brief(kind.shown)
    return heading, words("augment_shown", value=f"×{amount}" if kind.unit == "×" else f"{amount}{kind.unit}")


def _copy(kind: str, value: float, words: Words) -> str:
    signed = f"{'+' if value > 0 else ''}{words.brief(value)}"
    return words(f"copied_{kind}", value=words.brief(value), signed=signed)


def _mixed(mixed: Mixed, words: Words) -> list[tuple[str, str, str]]:
    """(caption, data URI, what it is in full) of the two photos and what became of them."""
    photos = [(one.class_name, data_uri(one.original), one.path) for one in (mixed.first, mixed.second)]
    both = f"{mixed.first.path} + {mixed.second.path}"
    made = [(words(f"augmented_{kind}", high=words.brief(alpha)), data_uri(jpeg), both) for kind, alpha, jpeg in mixed.pictures]
    return photos + made
