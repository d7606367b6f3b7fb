"""What could cast doubt on the figures: notices for the top of the report and for `--json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kenali.evaluation.shortcut_section import shortcut_alarms
from kenali.evaluation.shortcuts import Shortcut
from kenali.evaluation.subgroups import Subgroups
from kenali.evaluation.words import Words
from kenali.types import PARTS, Ledger, Metrics, Notice, Proportion

SMALL_TEST = 100
IMBALANCE_RATIO = 3
FEW_PER_CLASS = 10
WEAK_RECALL = 0.5
WEAK_SUPPORT = 5
NAMED = 4

GRAVE = ("shortcut", "leak", "no-better-than-majority", "cv-gap", "label-conflict")
"""Kinds that ask not to rely on the accuracy before they are understood."""

PartCounts = Mapping[str, Mapping[str, int]]
"""Part (`train`, `val`, `test`) to class name to photos."""


def alarms(
    metrics: Metrics | None,
    counts: PartCounts,
    *,
    cross_validation: Metrics | None = None,
    ledger: Ledger | None = None,
    subgroups: Subgroups | None = None,
    shortcuts: Sequence[Shortcut] = (),
    language: str = "en",
) -> tuple[Notice, ...]:
    """The notices that figures and numbers of photos call for, the grave ones first.

    `metrics` describes the test part, None where there is none; `counts` gives the photos of each class in each part.
    Kinds: `shortcut`, `surroundings`, `no-better-than-majority`, `cv-gap`, `label-conflict` (taken from the ledger's
    warnings), `small`, `imbalance`, `few-per-class`, `weak-class`, `weak-group`. The sentences are in `language`; the kinds
    are stable.
    """
    words = Words(language)
    tested = metrics if metrics is not None and metrics.accuracy.n else None
    found = [*shortcut_alarms(shortcuts, words), *_about_size(tested, words), *_about_counts(counts, words)]
    if tested:
        found += [*_about_majority(tested, words), *_about_weak_classes(tested, words)]
        if cross_validation and cross_validation.accuracy.n:
            found += _about_gap(tested.accuracy, cross_validation.accuracy, words)
    found += _about_groups(subgroups, words) if subgroups else ()
    found += [warning for warning in (ledger.warnings if ledger else ()) if warning.kind == "label-conflict"]
    return grave_first(found)


def grave_first(notices: list[Notice] | tuple[Notice, ...]) -> tuple[Notice, ...]:
    """The notices with those of a grave kind in front, otherwise in their order."""
    return tuple(sorted(notices, key=lambda notice: notice.kind not in GRAVE))


def class_totals(counts: PartCounts) -> dict[str, int]:
    """Photos of each class over all parts, in class order."""
    names = dict.fromkeys(name for part in PARTS for name in counts.get(part, {}))
    return {name: sum(counts.get(part, {}).get(name, 0) for part in PARTS) for name in names}


def majority(metrics: Metrics) -> tuple[str, float]:
    """The class with the most tested photos, and the share of photos that always naming it gets right."""
    name, largest = max(metrics.per_class.items(), key=lambda item: item[1].support)
    return name, largest.support / metrics.accuracy.n


def per_hundred(share: Proportion) -> tuple[int, int]:
    """The interval as whole photos of 100; certainty (0 or 100) is kept for an interval that truly ends there."""
    low, high = round(100 * share.low), round(100 * share.high)
    return min(low, 99) if share.low < 1 else low, max(high, 1) if share.high > 0 else high


def _about_size(tested: Metrics | None, words: Words) -> Iterator[Notice]:
    if tested is None:
        yield Notice("small", words("said_small_absent"))
    elif tested.accuracy.n < SMALL_TEST:
        low, high = per_hundred(tested.accuracy)
        yield Notice(
            "small",
            words("said_small", n=tested.accuracy.n, low=low, high=high),
            (_interval(words("test"), tested.accuracy, words),),
        )


def _about_counts(counts: PartCounts, words: Words) -> Iterator[Notice]:
    total = class_totals(counts)
    names = list(total)
    if total:
        largest, smallest = max(total, key=total.__getitem__), min(total, key=total.__getitem__)
        if total[largest] > IMBALANCE_RATIO * total[smallest]:
            sentence = words("said_imbalance", largest=largest, most=total[largest], smallest=smallest, least=total[smallest])
            by_size = sorted(names, key=lambda name: -total[name])
            yield Notice("imbalance", sentence, _photos(by_size, total, words))
    training = counts.get("train", {})
    few = [name for name in names if training and training.get(name, 0) < FEW_PER_CLASS]
    if few:
        sentence = words("said_few_per_class", names=_quoted(few, words), n=len(few), limit=FEW_PER_CLASS)
        yield Notice("few-per-class", sentence, _photos(few, training, words))


def _about_majority(tested: Metrics, words: Words) -> Iterator[Notice]:
    name, share = majority(tested)
    if tested.accuracy.low <= share:
        sentence = words("said_no_better", name=name, share=share, low=tested.accuracy.low)
        yield Notice("no-better-than-majority", sentence, (_interval(words("accuracy"), tested.accuracy, words),))


def _about_weak_classes(tested: Metrics, words: Words) -> Iterator[Notice]:
    weak = [(name, one) for name, one in tested.per_class.items() if one.support >= WEAK_SUPPORT and one.recall < WEAK_RECALL]
    if weak:
        evidence = tuple(
            words("evidence_recall", name=name, right=round(one.recall * one.support), n=one.support) for name, one in weak
        )
        names = _quoted([name for name, _ in weak], words)
        yield Notice("weak-class", words("said_weak_class", names=names, n=len(weak)), evidence)


def _about_groups(subgroups: Subgroups, words: Words) -> Iterator[Notice]:
    weak = subgroups.weak
    if weak:
        worst = weak[0]
        sentence = words(
            "said_weak_group",
            name=worst.name or words("group_none"),
            value=worst.accuracy.value,
            n=worst.accuracy.n,
            rest=worst.rest.value,
        )
        evidence = tuple(_interval(one.name or words("group_none"), one.accuracy, words) for one in weak)
        yield Notice("weak-group", sentence, evidence)


def _about_gap(test: Proportion, cv: Proportion, words: Words) -> Iterator[Notice]:
    if test.high < cv.low or cv.high < test.low:
        key = "said_cv_gap_lower" if test.value < cv.value else "said_cv_gap_higher"
        evidence = (
            _interval(words("test"), test, words),
            _interval(words("cross_validation"), cv, words),
        )
        yield Notice("cv-gap", words(key, test=test.value, cv=cv.value), evidence)


def _quoted(names: list[str], words: Words) -> str:
    """The first few names, and how many more there are."""
    shown = [f"“{name}”" for name in names[:NAMED]]
    return ", ".join([*shown, words("and_more", n=len(names) - NAMED)] if len(names) > NAMED else shown)


def _interval(what: str, share: Proportion, words: Words) -> str:
    return words("evidence_interval", what=what, value=share.value, low=share.low, high=share.high, n=share.n)


def _photos(names: list[str], counts: Mapping[str, int], words: Words) -> tuple[str, ...]:
    return tuple(words("evidence_photos", name=name, n=counts.get(name, 0)) for name in names)
