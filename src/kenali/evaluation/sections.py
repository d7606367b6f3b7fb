"""What the report's sections say, as values that the templates lay out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kenali.evaluation.alarms import GRAVE, PartCounts, majority, per_hundred
from kenali.evaluation.words import NAMED, Words
from kenali.types import PARTS, Fate, Ledger, Metrics, Notice, Part, Proportion

MATRIX_CLASSES = 40
WORST_CLASSES = 30
CONFUSIONS = 8
EXAMPLES = 3
FATES: tuple[Fate, ...] = ("used", "duplicate", "quarantined")
DETAIL_LANGUAGE = "en"
"""The language of the ledger's details; pages in another language make do with the reasons, which are translated."""

WORDLESS = ("label-conflict", "leak", "unknown-class")
"""Kinds of alarm whose maker knows no language; the sentences of the others are in the report's language already."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer in plain words; `accuracy` and `baseline` (a share) feed the gauge and are None where unknown."""

    headline: str
    sentences: tuple[str, ...]
    warning: str | None
    accuracy: Proportion | None
    baseline: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the confusion matrix; `share` is its part of the row, `title` the cell in words."""

    count: int
    share: float
    right: bool
    title: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The confusion matrix, or its worst classes where all would not be readable (`omitted`), and its row totals."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[int, ...]
    omitted: bool


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Photos of one class: in all, as a share, and in each part that has a column."""

    name: str
    count: int
    share: float
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Files that met the same fate for the same reason, with a few (path, detail) as examples."""

    fate: Fate
    reason: str
    count: int
    examples: tuple[tuple[str, str], ...]


def verdict(metrics: Metrics | None, cross_validation: Metrics | None, alarms: tuple[Notice, ...], words: Words) -> Verdict:
    """The first thing to read: from the test part, or else from cross-validation, or else that nothing is known."""
    grave = sum(alarm.kind in GRAVE for alarm in alarms)
    warning = words("verdict_grave", n=grave) if grave else None
    tested = metrics is not None and metrics.accuracy.n > 0
    judged = metrics if tested else cross_validation
    if judged is None or not judged.accuracy.n:
        return Verdict(words("verdict_nothing"), (words("verdict_unknown"),), warning, None, None)
    share = judged.accuracy
    low, high = per_hundred(share)
    name, baseline = majority(judged)
    k = len(judged.class_names)
    return Verdict(
        headline=words("verdict_test" if tested else "verdict_cross_validated", right=round(share.value * share.n), n=share.n),
        sentences=(
            words("verdict_interval", low=low, high=high) + " " + words("verdict_interval_note"),
            *(() if tested else (words("verdict_no_test_part"),)),
            words("verdict_baseline", name=name, share=baseline, k=k, chance=1 / k),
            words("verdict_same_kind"),
        ),
        warning=warning,
        accuracy=share,
        baseline=baseline,
    )


def matrix(metrics: Metrics, words: Words) -> Matrix:
    """The confusion matrix as cells; with more than 40 classes only the 30 with the most mistakes."""
    counts, k = metrics.confusion_matrix, len(metrics.class_names)
    shown = list(range(k))
    if k > MATRIX_CLASSES:
        missed = [sum(row) - row[j] for j, row in enumerate(counts)]
        shown = sorted(sorted(shown, key=lambda j: -missed[j])[:WORST_CLASSES])
    totals = {i: sum(counts[i]) for i in shown}

    def cell(i: int, j: int) -> Cell:
        count = counts[i][j]
        share = count / totals[i] if totals[i] else 0.0
        title = words("cell_title", true=metrics.class_names[i], predicted=metrics.class_names[j], n=count, share=share)
        return Cell(count, share, i == j, title)

    return Matrix(
        names=tuple(metrics.class_names[i] for i in shown),
        rows=tuple(tuple(cell(i, j) for j in shown) for i in shown),
        totals=tuple(totals.values()),
        omitted=len(shown) < k,
    )


def common_confusions(metrics: Metrics, words: Words) -> tuple[str, ...]:
    """The largest counts off the diagonal as sentences, largest first."""
    names, counts = metrics.class_names, metrics.confusion_matrix
    pairs = [(counts[i][j], i, j) for i in range(len(names)) for j in range(len(names)) if i != j and counts[i][j]]
    largest = sorted(pairs, key=lambda pair: -pair[0])[:CONFUSIONS]
    return tuple(
        words("confusion_pair", true=names[i], predicted=names[j], n=count, share=count / sum(counts[i]))
        for count, i, j in largest
    )


def class_rows(totals: Mapping[str, int], parts: Sequence[Part], counts: PartCounts) -> tuple[ClassRow, ...]:
    """One row a class, the largest first, as in the pie."""
    total = sum(totals.values()) or 1
    ranked = sorted(totals.items(), key=lambda item: -item[1])
    return tuple(
        ClassRow(name, count, count / total, tuple(counts[part].get(name, 0) for part in parts)) for name, count in ranked
    )


def filled_parts(counts: PartCounts) -> tuple[Part, ...]:
    """The parts that hold photos."""
    return tuple(part for part in PARTS if any(counts.get(part, {}).values()))


def told_alarms(alarms: Sequence[Notice], ledger: Ledger | None, words: Words) -> tuple[Notice, ...]:
    """The alarms with every sentence in the report's language."""
    used = _used(ledger)
    return tuple(_told(alarm, used, words) if alarm.kind in WORDLESS else alarm for alarm in alarms)


def told_warnings(ledger: Ledger | None, words: Words, alarms: Sequence[Notice] = ()) -> tuple[Notice, ...]:
    """The ledger's warnings in the report's language, without those of a kind that an alarm speaks of."""
    used, alarming = _used(ledger), {alarm.kind for alarm in alarms}
    warnings = ledger.warnings if ledger else ()
    return tuple(_told(warning, used, words) for warning in warnings if warning.kind not in alarming)


def _used(ledger: Ledger | None) -> Counter[str]:
    """The used photos of each class."""
    return Counter(row.label for row in ledger.rows if row.fate == "used") if ledger else Counter()


def _told(notice: Notice, used: Counter[str], words: Words) -> Notice:
    """The notice with a sentence made from its kind and evidence; as it is where the language has none for its kind."""
    evidence = notice.evidence
    if not evidence:
        return notice
    sentence = words.known(
        f"warning_{notice.kind}",
        notice.what,
        n=len(evidence),
        names=words.listed([f"“{name}”" for name in evidence]),
        counted=words.listed([f"“{name}” ({words.number(used[name])})" for name in evidence]),
        photos=sum(used[name] for name in evidence),
        first=evidence[0],
        most=used[evidence[0]],
        last=evidence[-1],
        least=used[evidence[-1]],
    )
    return replace(notice, what=sentence, evidence=evidence if len(evidence) > NAMED else ())


def reasons(ledger: Ledger, words: Words) -> tuple[ReasonRow, ...]:
    """The files that were not used, gathered by fate and reason, the most frequent first."""
    groups: dict[tuple[Fate, str], list[tuple[str, str]]] = {}
    for row in ledger.rows:
        if row.fate != "used":
            detail = row.detail if words.language == DETAIL_LANGUAGE else ""
            groups.setdefault((row.fate, row.reason), []).append((row.path, detail))
    rows = [ReasonRow(*key, len(files), tuple(files[:EXAMPLES])) for key, files in groups.items()]
    return tuple(sorted(rows, key=lambda row: (row.fate, -row.count)))
