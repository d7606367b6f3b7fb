"""What a comparison of new photos says, in words and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kenali.evaluation.drift_values import ALARM_RATE, WORSE, Change, Drift, DriftResult
from kenali.evaluation.page import template_environment
from kenali.evaluation.pictures import data_uri
from kenali.evaluation.words import Words
from kenali.files import write_atomically

_MIDDLE = 2  # of the quantiles
_SHARES = ("unknown", "confidence", "brightness")  # told as percentages
_STILL = 0.25  # of the middle half's width: a middle that moved less has stayed where it was
_MIXED = 3  # classes that the sentence about the mix names


@dataclass(frozen=True, slots=True)
class Strip:
    """One row of the page: where then and now lie in percent of the row's width, low to high, and the figures beside it.

    `kinds` are sentences instead, where the measure is no number.
    """

    name: str
    changed: bool
    then: tuple[float, ...]
    now: tuple[float, ...]
    told: str
    distance: float
    chance: float
    kinds: tuple[str, ...]


def headline(drift: Drift, words: Words) -> str:
    """The answer in one line."""
    return words(f"drift_{drift.verdict}", n=drift.n)


def sentences(result: DriftResult, words: Words) -> list[str]:
    """The rest of the answer: what has changed, what to do, and how far it can be relied on."""
    drift = result.drift
    said = [changed(one, words) for one in drift.found]
    said.append(words(f"drift_advice_{drift.verdict}"))
    if drift.expected_right is not None and drift.verdict == "answers":
        said.append(words("drift_expected", then=drift.expected_right[0], now=drift.expected_right[1]))
    said.append(mix(drift, words))
    return said


def how(result: DriftResult, words: Words) -> list[str]:
    """What was compared with what, and what a comparison of this size can see."""
    drift = result.drift
    said = [words(f"drift_compared_{drift.origin}", n=drift.n, m=drift.reference_n)]
    if drift.total > drift.n:
        said.append(words("drift_sampled", total=drift.total))
    said += [words(f"drift_left_{why}", n=n) for why, n in result.left_out.items() if n]
    said.append(words("drift_rate", rate=ALARM_RATE))
    numbers = [one.chance for one in drift.changes if not one.kinds]
    if drift.verdict == "none" and numbers:
        said.append(words("drift_reach", reach=max(numbers)))
    if result.partly:
        said.append(words("drift_partly"))
    return said


def changed(one: Change, words: Words) -> str:
    """A sentence on one measure that has changed."""
    if one.kinds and one.name != "unknown":
        return words(f"drift_{one.name}_else", listed=", ".join(_kinds(one, words)))
    middle = (one.rise > 0) - (one.rise < 0)
    if one.name not in WORSE and abs(one.rise) < _STILL * (one.then[3] - one.then[1]):
        return words("drift_else", name=words(f"measure_{one.name}"))
    way = "up" if middle >= 0 else "down"
    if one.name in WORSE:
        way = "down" if one.name == "confidence" else "up"
    place = 0 if one.kinds else _MIDDLE
    shown = (
        (one.then[place], one.now[place])
        if one.name in _SHARES
        else tuple(_figure(one.name, x[_MIDDLE], words) for x in (one.then, one.now))
    )
    return words(f"drift_{one.name}_{way}", then=shown[0], now=shown[1])


def mix(drift: Drift, words: Words) -> str:
    """A sentence on the classes' shares."""
    if not drift.mix.found:
        return words("drift_mix_same")
    moved = sorted(zip(drift.class_names, drift.mix.then, drift.mix.now, strict=True), key=lambda one: -abs(one[2] - one[1]))
    listed = [words("drift_kind_share", name=f"“{name}”", then=then, now=now) for name, then, now in moved[:_MIXED]]
    return words("drift_mix_changed", listed=", ".join(listed))


def drift_page(result: DriftResult, words: Words) -> str:
    """The page of `kenali drift`: the verdict, every measure then and now, the classes, and the strangest new photos."""
    page: str = (
        template_environment(words)
        .get_template("drift.html.j2")
        .render(
            title=result.title,
            drift=result.drift,
            headline=headline(result.drift, words),
            sentences=sentences(result, words),
            how=how(result, words),
            strips=list(_strips(result.drift, words)),
            rate=ALARM_RATE,
            strangest=[(one, data_uri(one.thumb)) for one in result.strangest],
        )
    )
    return page


def write_drift(folder: Path, result: DriftResult, language: str = "en") -> None:
    """Write `index.html` and `drift.json` into `folder`."""
    write_atomically(folder / "index.html", drift_page(result, Words(language)))
    document = json.dumps(result.as_json(), indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / "drift.json", document + "\n")


def _strips(drift: Drift, words: Words) -> Iterator[Strip]:
    for one in drift.changes:
        name = words(f"measure_{one.name}")
        if one.kinds:
            yield Strip(name, one.found, (), (), "", one.distance, one.chance, tuple(_kinds(one, words)))
            continue
        low, high = min(one.then[0], one.now[0]), max(one.then[-1], one.now[-1])
        width = (high - low) or 1.0
        then, now = (tuple(round(2 + 96 * (value - low) / width, 2) for value in side) for side in (one.then, one.now))
        figures = {
            f"{side}{place}": _figure(one.name, values[at], words)
            for side, values in (("then", one.then), ("now", one.now))
            for place, at in (("_low", 0), ("", _MIDDLE), ("_high", -1))
        }
        yield Strip(name, one.found, then, now, words("drift_strip", name=name, **figures), one.distance, one.chance, ())


def _kinds(one: Change, words: Words) -> Iterator[str]:
    for kind, then, now in zip(one.kinds, one.then, one.now, strict=True):
        name = words(f"drift_kind_{kind}") if one.name == "unknown" else kind
        yield words("drift_kind_share", name=name, then=then, now=now)


def _figure(name: str, value: float, words: Words) -> str:
    """A measure's value as people read it."""
    if name in _SHARES:
        return words.percent(value, 0)
    return words.number(value) if name == "size" else words.number(value, 2)
