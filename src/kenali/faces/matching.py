"""Whose face it is, or nobody's: `unknown` is the answer unless an enrolled person lies within the threshold.

Three ways choose whom a face is most alike: the nearest person, a vote of the nearest enrolments (KNN), a linear support
vector machine (SVM). The same gate follows each: how far the face lies from the chosen person's enrolments. So one fitted
threshold serves all three, and none names a stranger because somebody has to be named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kenali.doubt import UNKNOWN
from kenali.errors import KenaliError, MissingExtra, did_you_mean
from kenali.faces.index import Index, Nearest, index_of
from kenali.faces.values import Vectors
from kenali.types import FloatArray, IntArray

BEST = 2
"""A face's distance from a person is the mean over so many nearest enrolments of that person, fewer where there are fewer.

Two keep more people known at the same share of strangers named than one: `benchmarks/faces.py --enrolments`.
"""

MatcherName = Literal["nearest", "knn", "svm"]

_LOOKED_AT = 16
_VOTERS = 5


@dataclass(frozen=True, slots=True)
class Match:
    """The enrolled person whom a face is most alike, at an L2 `distance` of 0..2; `accepted` says whether that is near enough.

    `identity` is None for an empty gallery only, and the distance then infinite.
    """

    identity: str | None
    distance: float
    accepted: bool

    @property
    def name(self) -> str:
        """Whom to call the face: `unknown` unless the match is accepted."""
        return self.identity if self.accepted and self.identity is not None else UNKNOWN


Matcher = Callable[[FloatArray], list[Match]]
"""From embeddings float32 (m, d) of length one to a match each."""


class People:
    """Distances of faces from people: what all matchers share. Safe to use from several threads."""

    def __init__(self, vectors: Vectors, index: Index | None = None) -> None:
        self.vectors = vectors
        self.index = index or index_of(vectors.matrix)
        self._order = np.argsort(vectors.persons, kind="stable")
        self._starts = np.searchsorted(vectors.persons[self._order], np.arange(len(vectors.names) + 1))

    def distance(self, embedding: FloatArray, person: int) -> float:
        """The mean distance of a face (d,) from the nearest `BEST` enrolments of a person."""
        rows = self._order[self._starts[person] : self._starts[person + 1]]
        gaps = np.sort(np.linalg.norm(self.vectors.matrix[rows] - embedding, axis=1))
        return float(gaps[:BEST].mean())

    def near(self, embeddings: FloatArray, k: int) -> Nearest:
        """The `k` nearest enrolments of each face."""
        return self.index(embeddings, k)

    def next_best(self, embedding: FloatArray, person: int) -> float | None:
        """The least distance of a face (d,) from anybody but `person`; None where nobody else is enrolled."""
        k = _LOOKED_AT
        while True:
            near = self.near(embedding[None], k)
            others = [self.distance(embedding, other) for other in _persons(self, near.rows[0]) if other != person]
            best, all_seen = min(others, default=None), k >= len(self.vectors)
            # Whoever has no enrolment among these rows is farther than the last of them.
            if all_seen or (best is not None and best <= near.distances[0, -1]):
                return best
            k *= 4

    def match(self, embedding: FloatArray, person: int, threshold: float) -> Match:
        """What to say of a face that is most alike this person."""
        distance = self.distance(embedding, person)
        return Match(self.vectors.names[person], distance, distance <= threshold)


def nearest_matcher(people: People, threshold: float) -> Matcher:
    """The person at the least distance. Nothing is learned, so whom one enrols is known at once."""

    def matched(embedding: FloatArray, rows: IntArray, distances: FloatArray) -> Match | None:
        """The nearest person, or None where one beyond these rows might be nearer."""
        found = [people.match(embedding, person, threshold) for person in _persons(people, rows)]
        best = min(found, key=lambda match: match.distance)
        # Whoever has no enrolment among these rows is farther than the last of them.
        return best if best.distance <= distances[-1] or len(rows) == len(people.vectors) else None

    def match(embeddings: FloatArray) -> list[Match]:
        near = people.near(embeddings, _LOOKED_AT)
        answers = []
        for embedding, rows, distances in zip(embeddings, near.rows, near.distances, strict=True):
            k, answer = _LOOKED_AT, matched(embedding, rows, distances)
            while answer is None:
                k *= 4
                more = people.near(embedding[None], k)
                answer = matched(embedding, more.rows[0], more.distances[0])
            answers.append(answer)
        return answers

    return match


def knn_matcher(people: People, threshold: float, k: int = _VOTERS) -> Matcher:
    """The person with the most of the `k` nearest enrolments; of several with as many, the one with the nearest."""

    def match(embeddings: FloatArray) -> list[Match]:
        answers = []
        for embedding, rows in zip(embeddings, people.near(embeddings, k).rows, strict=True):
            voted = people.vectors.persons[rows].tolist()
            winner = max(dict.fromkeys(voted), key=voted.count)  # the first of equals, and they come nearest first
            answers.append(people.match(embedding, winner, threshold))
        return answers

    return match


def svm_matcher(people: People, threshold: float) -> Matcher:
    """The person whom a linear support vector machine, one against the rest, chooses; fitted now, to all enrolments.

    Source: C. Cortes and V. Vapnik, "Support-vector networks" (1995). Raises KenaliError for fewer than two people.
    """
    try:
        from sklearn.svm import LinearSVC
    except ImportError as error:
        raise MissingExtra("matching by SVM", "faces-svm", error) from error
    vectors = people.vectors
    enrolled = np.unique(vectors.persons)
    if len(enrolled) < 2:
        raise KenaliError("an SVM tells people apart, so the gallery must hold two: enrol another, or use --matcher nearest")
    machine = LinearSVC(class_weight="balanced", random_state=0).fit(vectors.matrix, vectors.persons)

    def match(embeddings: FloatArray) -> list[Match]:
        chosen = machine.predict(embeddings).tolist()
        return [people.match(embedding, person, threshold) for embedding, person in zip(embeddings, chosen, strict=True)]

    return match


MATCHERS: dict[str, Callable[[People, float], Matcher]] = {
    "nearest": nearest_matcher,
    "knn": knn_matcher,
    "svm": svm_matcher,
}


def matcher(name: str, enrolled: Vectors | People, threshold: float) -> Matcher:
    """The matcher called `name` over these enrolments, which accepts up to `threshold`.

    Of an empty gallery every face is unknown. Raises KenaliError for a name that is not one, or embeddings of another size.
    """
    checked_matcher(name)
    people = enrolled if isinstance(enrolled, People) else People(enrolled)
    if not len(people.vectors):
        return lambda embeddings: [Match(None, float("inf"), False)] * len(embeddings)
    choose = MATCHERS[name](people, threshold)
    size = people.vectors.matrix.shape[1]

    def match(embeddings: FloatArray) -> list[Match]:
        if embeddings.ndim != 2 or embeddings.shape[1] != size:
            raise KenaliError(f"the gallery holds embeddings of {size} numbers, got an array of shape {embeddings.shape}")
        return choose(embeddings) if len(embeddings) else []

    return match


def checked_matcher(name: str) -> str:
    """The name, if a matcher is called so; KenaliError with the nearest otherwise."""
    if name not in MATCHERS:
        raise KenaliError(f"no matcher is called {name!r}: there are {', '.join(MATCHERS)}.{did_you_mean(name, MATCHERS)}")
    return name


def _persons(people: People, rows: IntArray) -> list[int]:
    """Who is among these enrolments, each once."""
    found: list[int] = np.unique(people.vectors.persons[rows]).tolist()
    return found
