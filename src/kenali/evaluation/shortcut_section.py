"""What the reports say about shortcuts: the alarm, and a line for each baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kenali.evaluation.shortcuts import Clue, Shortcut, Verdict
from kenali.evaluation.words import Words
from kenali.types import Notice

_MAY_BE_SUBJECT = ("border", "corners", "background")
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
    """The lead sentence and the baselines: those that should not matter, then those that can be the subject."""

    lead: str
    worst: Verdict
    strict: tuple[ShortcutRow, ...]
    mild: tuple[ShortcutRow, ...]
    chance: float
    model: float | None
    n: int


def shortcut_alarms(shortcuts: Sequence[Shortcut], words: Words) -> tuple[Notice, ...]:
    """One alarm of kind `shortcut` that names the baselines which give the class away, the best first; or none."""
    found = _best_first(shortcuts, "gives-away")
    if not found:
        return ()
    worst, others = found[0], found[1:]
    value, chance = worst.balanced_accuracy.value, worst.chance
    nearly = value - chance >= _NEARLY * (1 - chance)
    said = [
        words("said_shortcut" if nearly else "said_shortcut_partly", what=_what(worst, words), value=value, chance=chance),
        words("said_shortcut_model", model=worst.model) if worst.model is not None else "",
        words("said_shortcut_also", names=_named(others, words)) if others else "",
        words("said_shortcut_how"),
        words("said_shortcut_subject") if all(one.kind in _MAY_BE_SUBJECT for one in found) else "",
        words("said_shortcut_detail") if [one.kind for one in found] == ["bytes"] else "",
    ]
    evidence = [line for one in found for line in (_figures(one, words), _clue(one.clue, words)) if line]
    return (Notice("shortcut", " ".join(sentence for sentence in said if sentence), tuple(evidence)),)


def shortcut_section(shortcuts: Sequence[Shortcut], words: Words) -> ShortcutSection | None:
    """None where there were too few photos to try any baseline."""
    if not shortcuts:
        return None
    strict = [one for one in shortcuts if one.strict]
    worst: Verdict = next((v for v in ("gives-away", "noticeable") if _best_first(strict, v)), "quiet")
    return ShortcutSection(
        lead=words(f"shortcuts_lead_{worst}", names=_named(_best_first(strict, worst), words)),
        worst=worst,
        strict=tuple(_row(one, words) for one in strict),
        mild=tuple(_row(one, words) for one in shortcuts if not one.strict),
        chance=shortcuts[0].chance,
        model=shortcuts[0].model,
        n=shortcuts[0].balanced_accuracy.n,
    )


def _best_first(shortcuts: Sequence[Shortcut], verdict: Verdict) -> list[Shortcut]:
    return sorted((one for one in shortcuts if one.verdict == verdict), key=lambda one: -one.balanced_accuracy.value)


def _row(one: Shortcut, words: Words) -> ShortcutRow:
    clue = _clue(one.clue, words) if one.verdict != "quiet" else None
    return ShortcutRow(one, _what(one, words), _figures(one, words), words(f"shortcut_{one.verdict}"), clue)


def _what(one: Shortcut, words: Words) -> str:
    return words(f"shortcut_{one.kind}")


def _named(shortcuts: Sequence[Shortcut], words: Words) -> str:
    """The baselines within a sentence, each with its share of right answers."""
    names = [_what(one, words) for one in shortcuts]
    return ", ".join(
        words("shortcut_named", what=name[:1].lower() + name[1:], value=one.balanced_accuracy.value)
        for name, one in zip(names, shortcuts, strict=True)
    )


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
