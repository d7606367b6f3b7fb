"""What a study found, in plain words: a headline and a few sentences for each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kenali.study.findings import Findings, photos_a_class
from kenali.study.summary import Interval, Row
from kenali.study.words import StudyWords

_LEARNED_NOTHING = 0.1  # a fall of the training loss by less is next to nothing
_JUMP = 1.5  # times the first epoch's loss
_LITTLE = 0.01  # of accuracy
_NOTICEABLE = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    headline: str
    sentences: tuple[str, ...]


def answer(findings: Findings, words: StudyWords) -> Answer:
    """The conclusion of a study; only differences whose interval excludes 0 are called differences."""
    return _ANSWERS[findings.kind](findings, words)


def _learning_rate(findings: Findings, words: StudyWords) -> Answer:
    best = findings.compared
    if best is None or best.accuracy is None:
        return Answer(words("answer_rate_none"), (words("answer_rate_none_how"),))
    sentences = []
    for row in findings.rows:
        rate = findings.label(row, words)
        if row.diverged:
            sentences.append(words("answer_rate_astray", rate=rate, n=row.diverged, of=len(row.figures)))
        if _unsteady(row):
            sentences.append(words("answer_rate_unsteady", rate=rate))
        fall = _fall(row)
        if fall is not None and fall < _LEARNED_NOTHING:
            epochs = max(len(one["history"]) for one in row.figures)
            stuck = (row.key[1] or 0.0) > (best.key[1] or 0.0)
            key = "answer_rate_all_slow" if row is best else "answer_rate_stuck" if stuck else "answer_rate_slow"
            sentences.append(words(key, rate=rate, epochs=epochs, share=max(0.0, fall)))
        elif row.gain is not None:
            key = "answer_rate_behind" if _worse(row) else "answer_rate_close"
            sentences.append(words(key, rate=rate, **_points(row.gain, words, sign=-1)))
    headline = words("answer_rate", rate=findings.label(best, words), accuracy=best.accuracy.mean)
    return Answer(headline, tuple(sentences))


def _data_amount(findings: Findings, words: StudyWords) -> Answer:
    most, fewest = findings.compared, findings.rows[0]
    if most is None or most.accuracy is None:
        return Answer(words("answer_astray", names=_names(findings.rows, findings, words)), ())
    sentences = []
    if fewest is not most and fewest.accuracy is not None:
        n = photos_a_class(fewest, findings)
        sentences.append(words("answer_amount_few", n=n, accuracy=fewest.accuracy.mean))
    law = findings.extrapolation
    if law is None:
        sentences.append(words("answer_amount_short"))
    else:
        double = law.forecasts[0]
        n, (_, low, high) = round(double.photos), law.gain
        sentences.append(words("answer_amount_double", n=n, accuracy=double.accuracy, low=double.low, high=double.high))
        verdict = "worth" if low >= _LITTLE else "little" if high < _LITTLE else "unclear"
        sentences.append(words(f"answer_amount_{verdict}"))
    headline = words("answer_amount", accuracy=most.accuracy.mean, n=photos_a_class(most, findings))
    return Answer(headline, tuple(sentences))


def _robustness(findings: Findings, words: StudyWords) -> Answer:
    clean = findings.compared
    worse = [row for row in findings.rows if row is not clean and row.accuracy]
    if clean is None or clean.accuracy is None or not worse:
        return Answer(words("answer_astray", names=_names(findings.rows, findings, words)), ())
    hardest = min(worse, key=_accuracy)
    costly = [row for row in worse if _worse(row)]
    perhaps = [row for row in worse if not _worse(row) and row.gain and row.gain.mean < -_NOTICEABLE]
    safe = [row for row in worse if row not in costly and row not in perhaps]
    sentences = []
    if costly:
        sentences.append(
            words("answer_robust_costly", names=_names(sorted(costly, key=_accuracy), findings, words, points=True))
        )
    if perhaps:
        names = _names(sorted(perhaps, key=_accuracy), findings, words, points=True)
        sentences.append(words("answer_robust_perhaps", names=names))
    if safe:
        sentences.append(words("answer_robust_safe", names=_names(safe, findings, words)))
    if costly:
        sentences.append(words("answer_robust_advice"))
    name = findings.label(hardest, words)
    return Answer(words("answer_robust", accuracy=clean.accuracy.mean, worst=_accuracy(hardest), name=name), tuple(sentences))


def _networks(findings: Findings, words: StudyWords) -> Answer:
    best = findings.compared
    if best is None or best.accuracy is None:
        return Answer(words("answer_astray", names=_names(findings.rows, findings, words)), ())
    size, time = best.mean("parameters") or 1.0, best.mean("ms_a_photo") or 1.0
    lean = [
        row for row in findings.rows if row.gain is not None and not _worse(row) and (row.mean("parameters") or size) < size
    ]
    sentences = []
    if lean:
        leanest = min(lean, key=lambda row: row.mean("parameters") or size)
        share, quicker = (leanest.mean("parameters") or size) / size, (leanest.mean("ms_a_photo") or time) / time
        sentences.append(words("answer_network_lean", name=findings.label(leanest, words), share=share, time=quicker))
    elif any((row.mean("parameters") or size) < size for row in findings.rows):
        sentences.append(words("answer_network_alone"))
    behind = [row for row in findings.rows if _worse(row)]
    if behind:
        sentences.append(words("answer_network_behind", names=_names(behind, findings, words, points=True)))
    for row in findings.rows:
        if row.diverged:
            name = findings.label(row, words)
            sentences.append(words("answer_network_astray", name=name, n=row.diverged, of=len(row.figures)))
    return Answer(words("answer_network", name=findings.label(best, words), accuracy=best.accuracy.mean), tuple(sentences))


def _options(findings: Findings, words: StudyWords) -> Answer:
    tuned = findings.compared
    together = findings.row("untuned") or findings.rows[-1]
    if tuned is None or tuned.accuracy is None or together.accuracy is None or together.gain is None:
        astray = [row for row in findings.rows if row.accuracy is None]
        return Answer(words("answer_astray", names=_names(astray, findings, words)), ())
    points = _points(together.gain, words, sign=-1)
    certain = together.gain.excludes_zero
    headline = words("answer_options", points=points["points"]) if certain else words("answer_options_none")
    sentences = [words("answer_options_how", accuracy=tuned.accuracy.mean, plain=together.accuracy.mean, **points)]
    alone = [row for row in findings.rows if row is not tuned and row.key[0] != "untuned"]
    for row in alone:
        if row.gain is not None and row.gain.excludes_zero:
            name, key = findings.label(row, words), "answer_options_helps" if _worse(row) else "answer_options_hurts"
            sentences.append(words(key, name=name, points=words.number(100 * abs(row.gain.mean), 1)))
    unclear = [row for row in alone if row.gain is not None and not row.gain.excludes_zero]
    if unclear:
        sentences.append(words("answer_options_unclear", names=_names(unclear, findings, words)))
    astray = [row for row in findings.rows if row.accuracy is None]
    if astray:
        sentences.append(words("answer_astray", names=_names(astray, findings, words)))
    return Answer(headline, tuple(sentences))


def _augmentation(findings: Findings, words: StudyWords) -> Answer:
    plain = findings.compared
    finished = [row for row in findings.rows if row.accuracy]
    if plain is None or plain.accuracy is None or not finished:
        return Answer(words("answer_astray", names=_names(findings.rows, findings, words)), ())
    best = max(finished, key=_accuracy)
    sentences = []
    helps = best.gain is not None and best.gain.excludes_zero
    if helps:
        sentences.append(words("answer_augmentation_plain", accuracy=plain.accuracy.mean))
    for row in finished:
        if row.gain is not None and row.gain.excludes_zero:
            key = "answer_augmentation_hurts" if _worse(row) else "answer_augmentation_helps"
            sentences.append(words(key, name=findings.label(row, words), **_points(row.gain, words)))
    unclear = [row for row in finished if row.gain is not None and not row.gain.excludes_zero]
    if unclear:
        sentences.append(words("answer_augmentation_unclear", names=_names(unclear, findings, words)))
    astray = [row for row in findings.rows if row.accuracy is None]
    if astray:
        sentences.append(words("answer_astray", names=_names(astray, findings, words)))
    key = "answer_augmentation" if helps else "answer_augmentation_none"
    shown = {"name": findings.label(best, words), "accuracy": _accuracy(best), "plain": plain.accuracy.mean}
    return Answer(words(key, **shown), tuple(sentences))


_ANSWERS: dict[str, Callable[[Findings, StudyWords], Answer]] = {
    "learning-rate": _learning_rate,
    "data-amount": _data_amount,
    "robustness": _robustness,
    "networks": _networks,
    "options": _options,
    "augmentation": _augmentation,
}


def _accuracy(row: Row) -> float:
    return row.accuracy.mean if row.accuracy else 0.0


def _worse(row: Row) -> bool:
    """Whether the row is clearly below the one that it is compared with."""
    return row.gain is not None and row.gain.excludes_zero and row.gain.mean < 0


def _losses(row: Row) -> list[list[float]]:
    """The training loss of each epoch, for each seed that finished more than one."""
    runs = [[loss for loss, _ in one.get("history", ())] for one in row.figures if not one.get("diverged")]
    return [losses for losses in runs if len(losses) > 1]


def _fall(row: Row) -> float | None:
    """By what share of itself the training loss fell from the first epoch to the best, the mean over seeds."""
    falls = [1 - min(losses) / losses[0] for losses in _losses(row) if losses[0] > 0]
    return sum(falls) / len(falls) if falls else None


def _unsteady(row: Row) -> bool:
    """Whether the training loss of most seeds once stood far above where it began."""
    runs = _losses(row)
    return 2 * sum(max(losses) > _JUMP * losses[0] for losses in runs) > len(runs)


def _points(gain: Interval, words: StudyWords, sign: int = 1) -> dict[str, str]:
    """The difference in points and its interval, or, with `sign` -1, how far the baseline is ahead."""
    low, high = gain.low or 0.0, gain.high or 0.0
    ends = sorted((sign * low, sign * high))
    return {"points": words.points(sign * gain.mean), "low": words.points(ends[0]), "high": words.points(ends[1])}


def _names(rows: Sequence[Row], findings: Findings, words: StudyWords, points: bool = False) -> str:
    """The rows' names, each with its difference in `points`."""
    names = [findings.label(row, words) for row in rows]
    if points:
        shown = [words.points(row.gain.mean) if row.gain else "" for row in rows]
        names = [f"{name} ({difference})" for name, difference in zip(names, shown, strict=True)]
    return ", ".join(names)
