"""What a search found, in plain words."""

from __future__ import annotations

from kenali.study.answers import Answer
from kenali.tuning.findings import Findings
from kenali.tuning.space import Span
from kenali.tuning.words import TuningWords

_EDGE = 1.5  # times from the end of a range


def answer(findings: Findings, words: TuningWords) -> Answer:
    """The conclusion. Only a difference whose interval excludes 0, on photos that took no part in the search, is called one."""
    gain, before = findings.gain, findings.before
    if gain is None:
        told = words("answer_tune_start", n=before.n, before=before.value, low=before.low, high=before.high)
        return Answer(words("answer_tune_none", n=len(findings.trials)), (told,))
    points, low, high = (words.points(value) for value in (gain.value, gain.low, gain.high))
    sentences = [
        words(
            "answer_tune_confirmed",
            n=before.n,
            best=findings.confirmed.value,
            before=before.value,
            points=points,
            low=low,
            high=high,
        )
    ]
    verdict = "better" if gain.low > 0 else "worse" if gain.high < 0 else "unclear"
    if verdict == "unclear":
        before_loss, best_loss = _apart(findings.start.loss or 0.0, findings.best.loss or 0.0, words)
        sentences.append(words("answer_tune_includes", before=before_loss, best=best_loss))
    sentences.append(words("answer_tune_values", values=values(findings, words)))
    if _at_an_edge(findings):
        sentences.append(words("answer_tune_edge"))
    advice = {"better": "use", "unclear": "keep", "worse": "stay"}[verdict]
    sentences.append(words(f"answer_tune_{advice}", file="recipe.toml"))
    return Answer(words(f"answer_tune_{verdict}", points=points), tuple(sentences))


def values(findings: Findings, words: TuningWords) -> str:
    """The best trial's values in a row."""
    return ", ".join(
        f"{words(f'dimension_{name}').lower()} {words.value(name, value)}" for name, value in findings.best.values.items()
    )


def _apart(before: float, best: float, words: TuningWords) -> tuple[str, str]:
    """Both losses in as many digits as tell them apart, 3 to 6."""
    for decimals in range(3, 7):
        told = words.number(before, decimals), words.number(best, decimals)
        if told[0] != told[1]:
            break
    return told


def _at_an_edge(findings: Findings) -> bool:
    """Whether the best number lies so near to the end of what was searched that better ones may lie beyond."""
    spans = [one for one in findings.dimensions if isinstance(one, Span)]
    found = [(float(findings.best.values[one.name]), one) for one in spans]
    return any(value < one.low * _EDGE or value > one.high / _EDGE for value, one in found)
