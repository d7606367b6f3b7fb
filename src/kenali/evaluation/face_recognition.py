"""How well a gallery recognises labelled photos: who is named rightly, who is missed, and which strangers get a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from kenali.errors import KenaliError
from kenali.evaluation.metrics import wilson
from kenali.faces.folder import LabelledFaces
from kenali.faces.matching import MATCHERS, Matcher, People
from kenali.faces.values import Vectors
from kenali.types import FloatArray, IntArray, Proportion

FARS = (0.01, 0.001)

_SAME_PHOTO = 1e-3  # nearer than two photos of one moment ever are


@dataclass(frozen=True, slots=True)
class TrueAcceptance:
    """The share of genuine comparisons accepted at the threshold where the share `far` of `impostor` ones is.

    `supported` is false where there are fewer than 3 / far of these, so that the rate says little.
    """

    far: float
    tpr: Proportion
    threshold: float
    impostor: int
    supported: bool


@dataclass(frozen=True, slots=True)
class Recognition:
    """What became of labelled photos.

    Of enrolled people's photos: `rank1` are nearest to the right person whatever the distance, `named` are given the right
    name, `misnamed` another's, the rest are missed as unknown. `unknown_rejected` are photos of people who are not enrolled
    and called unknown; `left_out_rejected` the same for enrolled people's photos while that person was left out of the
    gallery. `identification` compares photos with enrolled people, `verification` photos with photos.
    """

    rank1: Proportion
    named: Proportion
    misnamed: Proportion
    unknown_rejected: Proportion | None
    left_out_rejected: Proportion | None
    identification: tuple[TrueAcceptance, ...]
    verification: tuple[TrueAcceptance, ...]
    threshold: float
    fitted: bool
    matcher: str
    enrolled_themselves: tuple[str, ...]
    wrong: tuple[tuple[str, str, float], ...]
    skipped: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """The document that `kenali faces evaluate --json` prints."""
        rejected = self.unknown_rejected or self.left_out_rejected
        return {
            "rank1": asdict(self.rank1),
            "tpr_at_far": _rates(self.identification),
            "unknown_rejected": rejected and asdict(rejected),
            "unknown_are": "strangers" if self.unknown_rejected else "left-out" if rejected else None,
            "threshold": self.threshold,
            "fitted": self.fitted,
            "matcher": self.matcher,
            "named": asdict(self.named),
            "misnamed": asdict(self.misnamed),
            "left_out_rejected": self.left_out_rejected and asdict(self.left_out_rejected),
            "verification": {"tpr_at_far": _rates(self.verification)},
            "wrong": [{"path": path, "named": name, "distance": distance} for path, name, distance in self.wrong],
            "enrolled_themselves": list(self.enrolled_themselves),
            "skipped": [{"path": path, "why": why} for path, why in self.skipped],
        }


def recognition(gallery: Vectors, probes: LabelledFaces, matcher: str, threshold: float, fitted: bool) -> Recognition:
    """Judge a gallery by photos of its people and of strangers; people are the same where their names are, whatever the case.

    Photos that are enrolled themselves do not count. Raises KenaliError where none is left, or the gallery is empty.
    """
    if not len(gallery):
        raise KenaliError("nobody is enrolled in the gallery: run  kenali faces enroll  first")
    probes, same = _without_enrolled(gallery, probes)
    if not len(probes.vectors):
        raise KenaliError("all these photos are enrolled themselves: judge the gallery by other photos of its people")
    embeddings = probes.vectors.matrix
    number = {name.casefold(): person for person, name in enumerate(gallery.names)}
    truth = np.array([number.get(probes.vectors.names[p].casefold(), -1) for p in probes.vectors.persons], np.int64)
    truth[~np.isin(truth, gallery.persons)] = -1
    known = truth >= 0
    matches = _answers(matcher, gallery, threshold)(embeddings)
    right = np.array([truth[i] >= 0 and m.identity == gallery.names[truth[i]] for i, m in enumerate(matches)])
    accepted = np.array([m.accepted for m in matches])
    n = int(known.sum())
    wrong = [
        (probes.paths[i], match.name, round(match.distance, 4))
        for i, match in enumerate(matches)
        if match.accepted and not right[i]
    ]
    to_people = _to_people(gallery, embeddings)
    own = truth[:, None] == np.arange(len(gallery.names))
    pairs = np.triu(np.ones((len(embeddings),) * 2, bool), 1)
    persons = probes.vectors.persons
    between = np.sqrt(np.maximum(0, 2 - 2 * embeddings @ embeddings.T))
    together = persons[:, None] == persons
    return Recognition(
        rank1=wilson(int(right.sum()), n),
        named=wilson(int((right & accepted).sum()), n),
        misnamed=wilson(int((known & accepted & ~right).sum()), n),
        unknown_rejected=wilson(int((~accepted & ~known).sum()), int((~known).sum())) if not known.all() else None,
        left_out_rejected=_left_out(gallery, matcher, threshold, embeddings, truth),
        identification=_tprs(to_people[own], to_people[~own]),
        verification=_tprs(between[pairs & together], between[pairs & ~together]),
        threshold=threshold,
        fitted=fitted,
        matcher=matcher,
        enrolled_themselves=same,
        wrong=tuple(wrong),
        skipped=probes.skipped,
    )


def _answers(matcher: str, gallery: Vectors, threshold: float) -> Matcher:
    return MATCHERS[matcher](People(gallery), threshold)


def _to_people(gallery: Vectors, embeddings: FloatArray) -> FloatArray:
    """The distance of each photo from each person (n, p), infinite for a person without enrolments."""
    people = People(gallery)
    enrolled = set(gallery.persons.tolist())
    table = np.full((len(embeddings), len(gallery.names)), np.inf, np.float32)
    for person in enrolled:
        table[:, person] = [people.distance(embedding, person) for embedding in embeddings]
    return table


def _left_out(gallery: Vectors, matcher: str, threshold: float, embeddings: FloatArray, truth: IntArray) -> Proportion | None:
    """Each enrolled person as a stranger: that person's photos, matched with the others' enrolments alone."""
    rejected = total = 0
    for person in sorted(set(truth[truth >= 0].tolist())):
        rest = gallery.persons != person
        others = replace(gallery, matrix=gallery.matrix[rest], persons=gallery.persons[rest])
        if len(np.unique(others.persons)) < (2 if matcher == "svm" else 1):
            return None
        matches = _answers(matcher, others, threshold)(embeddings[truth == person])
        rejected += sum(not match.accepted for match in matches)
        total += len(matches)
    return wilson(rejected, total) if total else None


def _tprs(genuine: FloatArray, impostor: FloatArray) -> tuple[TrueAcceptance, ...]:
    impostor = np.sort(impostor[np.isfinite(impostor)])
    if not len(genuine) or not len(impostor):
        return ()
    found = []
    for far in FARS:
        allowed = int(far * len(impostor) + 1e-9)
        threshold = float(np.nextafter(impostor[min(allowed, len(impostor) - 1)], np.float32(0)))
        tpr = wilson(int((genuine <= threshold).sum()), len(genuine))
        found.append(TrueAcceptance(far, tpr, threshold, len(impostor), len(impostor) * far >= 3))
    return tuple(found)


def _without_enrolled(gallery: Vectors, probes: LabelledFaces) -> tuple[LabelledFaces, tuple[str, ...]]:
    """The photos that are not in the gallery, and the paths of those that are."""
    people = People(gallery)
    nearest = people.near(probes.vectors.matrix, 1).distances[:, 0]
    kept = np.flatnonzero(nearest > _SAME_PHOTO)
    vectors = replace(probes.vectors, matrix=probes.vectors.matrix[kept], persons=probes.vectors.persons[kept])
    same = tuple(probes.paths[i] for i in np.flatnonzero(nearest <= _SAME_PHOTO))
    return LabelledFaces(vectors, tuple(probes.paths[i] for i in kept), probes.skipped), same


def _rates(rates: tuple[TrueAcceptance, ...]) -> Mapping[str, dict[str, Any]]:
    return {
        f"{one.far:g}": asdict(one.tpr) | {"threshold": one.threshold, "impostor": one.impostor, "supported": one.supported}
        for one in rates
    }
