"""What the reports say about shortcuts: the alarm, and a line for each baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kenali.evaluation.shortcuts import KINDS, SURROUNDINGS, Clue, Shortcut, Verdict
from kenali.evaluation.words import Words
from kenali.types import Notice

_NEARLY = 0.6  # of the way from guessing to always right: 80 of 100 where there are two classes


@dataclass(frozen=True, slots=True)
class ShortcutRow:
    """One baseline in words: what it sees, its figures, its verdict in words, and what it goes by."""

    shortcut: Shortcut
    what: str
    told: str
    finding: str
    clue: str | None


@dataclass(frozen=True, slots=True)
class ShortcutSection:
    """The lead sentence and the baselines: those that should not matter, then those that see the subject."""

    lead: str
    worst: Verdict
    strict: tuple[ShortcutRow, ...]
    mild: tuple[ShortcutRow, ...]
    chance: float
    model: float | None
    n: int


def shortcut_alarms(shortcuts: Sequence[Shortcut], words: Words) -> tuple[Notice, ...]:
    """The alarm of kind `shortcut` names the baselines which give the class away, the best first.

    One of kind `surroundings` names those which go as far but tell no more than the middle of the pictures.
    """
    return (*_shortcut(shortcuts, words), *_surroundings(shortcuts, words))


def _shortcut(shortcuts: Sequence[Shortcut], words: Words) -> Iterator[Notice]:
    found = _best_first(shortcuts, "gives-away")
    if not found:
        return
    worst, others = found[0], found[1:]
    said = [
        _told(worst, words),
        words("said_shortcut_also", names=_named(others, words)) if others else "",
        words("said_shortcut_model", model=worst.model) if worst.model is not None else "",
        words("said_shortcut_how"),
        words("said_shortcut_detail") if [one.kind for one in found] == ["bytes"] else "",
    ]
    yield Notice("shortcut", " ".join(sentence for sentence in said if sentence), _evidence(found, words))


def _surroundings(shortcuts: Sequence[Shortcut], words: Words) -> Iterator[Notice]:
    far = [one for one in _best_first(shortcuts, "noticeable") if one.goes_far and one.kind in SURROUNDINGS]
    if not far:
        return
    middle = next(one for one in shortcuts if one.kind == "middle")
    said = [
        _told(far[0], words),
        words("said_shortcut_also", names=_named(far[1:], words)) if far[1:] else "",
        words("said_surroundings", value=middle.balanced_accuracy.value),
    ]
    yield Notice("surroundings", " ".join(sentence for sentence in said if sentence), _evidence([*far, middle], words))


def shortcut_section(shortcuts: Sequence[Shortcut], words: Words) -> ShortcutSection | None:
    """None where there were too few photos to try any baseline."""
    if not shortcuts:
        return None
    strict = [one for one in shortcuts if one.kind in KINDS]
    worst: Verdict = next((v for v in ("gives-away", "noticeable") if _best_first(strict, v)), "quiet")
    return ShortcutSection(
        lead=words(f"shortcuts_lead_{worst}", names=_named(_best_first(strict, worst), words)),
        worst=worst,
        strict=tuple(_row(one, words) for one in strict),
        mild=tuple(_row(one, words) for one in shortcuts if one.kind not in KINDS),
        chance=shortcuts[0].chance,
        model=shortcuts[0].model,
        n=shortcuts[0].balanced_accuracy.n,
    )


def _told(one: Shortcut, words: Words) -> str:
    """What the baseline reaches, as a sentence."""
    value, chance = one.balanced_accuracy.value, one.chance
    key = "said_shortcut" if value - chance >= _NEARLY * (1 - chance) else "said_shortcut_partly"
    return words(key, what=_inside(one, words), value=value, chance=chance)


def _evidence(shortcuts: Sequence[Shortcut], words: Words) -> tuple[str, ...]:
    return tuple(line for one in shortcuts for line in (_figures(one, words), _clue(one.clue, words)) if line)


def _best_first(shortcuts: Sequence[Shortcut], verdict: Verdict) -> list[Shortcut]:
    return sorted((one for one in shortcuts if one.verdict == verdict), key=lambda one: -one.balanced_accuracy.value)


def _row(one: Shortcut, words: Words) -> ShortcutRow:
    clue = _clue(one.clue, words) if one.verdict != "quiet" else None
    return ShortcutRow(one, _what(one, words), _figures(one, words), words(f"shortcut_{one.verdict}"), clue)


def _what(one: Shortcut, words: Words) -> str:
    return words(f"shortcut_{one.kind}")


def _inside(one: Shortcut, words: Words) -> str:
    """What the baseline sees, as it is written within a sentence."""
    what = _what(one, words)
    return what[:1].lower() + what[1:]


def _named(shortcuts: Sequence[Shortcut], words: Words) -> str:
    """The baselines within a sentence, each with its share of right answers."""
    return ", ".join(words("shortcut_named", what=_inside(one, words), value=one.balanced_accuracy.value) for one in shortcuts)


def _figures(one: Shortcut, words: Words) -> str:
    share = one.balanced_accuracy
    return words("shortcuts_bar", what=_what(one, words), value=share.value, low=share.low, high=share.high)


def _clue(clue: Clue | None, words: Words) -> str | None:
    if clue is None:
        return None
    classes = [_of_class(clue, name, values, words) for name, values in clue.by_class.items()]
    return words(f"clue_{clue.what}", trait=words.known(f"trait_{clue.name}", clue.name), classes=words.listed(classes))


def _of_class(clue: Clue, name: str, values: tuple[float, ...], words: Words) -> str:
    if clue.what == "size":
        return words("clue_size_of", name=name, height=round(values[0]), width=round(values[1]))
    return words(f"clue_{clue.what}_of", name=name, value=words.number(values[0], 2), share=values[0])
