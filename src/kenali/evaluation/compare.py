"""Two bundles on the same labelled photos: which one is better, or why that cannot be said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from kenali.cache import Cache
from kenali.errors import KenaliError
from kenali.evaluation.comparison import Comparison, Differing, Side, by_who_is_right
from kenali.evaluation.metrics import wilson
from kenali.evaluation.paired import Floats, difference, net_by_group, photos_needed, sign_flip_p
from kenali.evaluation.pictures import MISTAKES
from kenali.evaluation.report import write_comparison
from kenali.evaluation.run import Evaluation, evaluate, leak_notice
from kenali.photos import scan
from kenali.types import IntArray, Notice, Predictions

_LEAST_PROBABILITY = 1e-7


def compare(
    a: str | Path,
    b: str | Path,
    photos: str | Path,
    out: str | Path | None = None,
    *,
    group_by: str | None = None,
    language: str = "en",
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Comparison:
    """Judge the bundles `a` and `b` on the labelled `photos` (a folder, ZIP or CSV) by a paired test.

    Copies, look-alikes and the groups of `group_by` (a regular expression over paths) or of a CSV's `group` column count
    as one. Photos of a class that either bundle does not know are left out. With `out`, a page, comparison.json and
    differences.csv are written there. Raises KenaliError where no photo is left, or both are the same bundle.
    """
    if Path(a).resolve() == Path(b).resolve():
        raise KenaliError(f"{a} and {b} are the same bundle; give two different ones")
    with Cache() as cache:
        scanned = scan(photos, group_by=group_by, facts_store=cache, progress=lambda done, total: progress("scan", done, total))
    judged = [evaluate(bundle, scanned, language=language, progress=progress) for bundle in (a, b)]
    shared = {photo.path for photo in judged[0].photos} & {photo.path for photo in judged[1].photos}
    photos_of_both = [photo for photo in scanned.photoset.photos if photo.path in shared]
    if not shared:
        raise KenaliError(f"the bundles {a} and {b} have no class in common among the photos in {photos}")
    truth = [scanned.photoset.class_names[photo.label] for photo in photos_of_both]
    answers = [_Answers(one, shared, truth) for one in judged]
    right, brier, loss = ([getattr(one, what) for one in answers] for what in ("right", "brier", "log_loss"))
    gain = right[1] - right[0]
    groups = np.array([photo.group for photo in photos_of_both])
    net = net_by_group(gain, groups)
    names = _names(Path(a), Path(b))
    found = Comparison(
        a=_side(names[0], answers[0]),
        b=_side(names[1], answers[1]),
        both=int((right[0] * right[1]).sum()),
        only_a=int((gain < 0).sum()),
        only_b=int((gain > 0).sum()),
        neither=int(((1 - right[0]) * (1 - right[1])).sum()),
        groups=len(net),
        accuracy=difference(gain, groups),
        brier=difference(brier[1] - brier[0], groups),
        log_loss=difference(loss[1] - loss[0], groups),
        p_value=sign_flip_p(net),
        photos_needed=photos_needed(gain, groups),
        differing=_differing([photo.path for photo in photos_of_both], truth, answers),
        alarms=_alarms(judged),
    )
    if out is not None:
        wanted = {one.path for some in by_who_is_right(found.differing).values() for one in some[:MISTAKES]}
        write_comparison(Path(out), found, {path: scanned.facts[path].thumb for path in sorted(wanted)}, language)
    return found


class _Answers:
    """What one bundle said about the photos that both know: arrays (n,) in the set's order."""

    def __init__(self, judged: Evaluation, shared: set[str], truth: list[str]) -> None:
        rows = [row for row, photo in enumerate(judged.photos) if photo.path in shared]
        self.predictions = Predictions(judged.predictions.probs[rows], judged.predictions.class_names)
        index = {name: label for label, name in enumerate(self.predictions.class_names)}
        labels: IntArray = np.array([index[name] for name in truth], np.int64)
        probs = self.predictions.probs.astype(np.float64)
        own = probs[np.arange(len(labels)), labels]
        self.right: Floats = (self.predictions.labels == labels).astype(np.float64)
        self.brier: Floats = (probs**2).sum(axis=1) - 2 * own + 1  # the squared distance to the one-hot truth
        self.log_loss: Floats = -np.log(np.maximum(own, _LEAST_PROBABILITY))


def _side(name: str, answers: _Answers) -> Side:
    right = answers.right
    return Side(name, wilson(int(right.sum()), len(right)), float(answers.brier.mean()), float(answers.log_loss.mean()))


def _differing(paths: list[str], truth: list[str], answers: list[_Answers]) -> tuple[Differing, ...]:
    """The photos that get two names, those first where one bundle is right and both are surest."""
    best = [one.predictions.top_k(1) for one in answers]
    found = []
    for path, true, ((a, p),), ((b, q),) in zip(paths, truth, *best, strict=True):
        if a != b:
            found.append(Differing(path, true, a, p, b, q))
    return tuple(sorted(found, key=lambda one: (one.true not in (one.a, one.b), -one.a_confidence - one.b_confidence)))


def _alarms(judged: list[Evaluation]) -> tuple[Notice, ...]:
    """What either evaluation has to say about the photos, once."""
    told = [alarm for one in judged for alarm in one.alarms]
    seen = dict.fromkeys(path for alarm in told if alarm.kind == "leak" for path in alarm.evidence)
    others = dict.fromkeys(alarm for alarm in told if alarm.kind in ("unknown-class", "label-conflict"))
    return (*leak_notice(seen), *others)


def _names(a: Path, b: Path) -> tuple[str, str]:
    """As much of the ends of both paths as tells them apart."""
    parts = a.resolve().parts, b.resolve().parts
    depth = next((d for d in range(1, min(map(len, parts)) + 1) if parts[0][-d:] != parts[1][-d:]), 1)
    return "/".join(parts[0][-depth:]), "/".join(parts[1][-depth:])
