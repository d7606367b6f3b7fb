"""What voting does to names in a film: frames in which somebody is named rightly, not at all, or wrongly.

    python benchmarks/stream_votes.py FILM GALLERY KEY "NAME=0-21,82-214"

The last argument says in which frames of the film, counted from 0, the one enrolled person who is in it can be seen; whoever
else is named is named wrongly. Every second frame is looked at, as a worker with 15 frames a second would. `raw` takes
each frame as it is; the others hold a name for as many frames as do not say it, `no` until another leads. `turns` counts how
often the name in a track changes.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from measure import save

from kenali.doubt import UNKNOWN
from kenali.stream.faces_answerer import FaceAnswerer
from kenali.stream.sense import Sense
from kenali.stream.values import Answer, Sighting, Stamp
from kenali.stream.votes import Rules

EACH = 2
WAYS = {"raw": Rules.of(1), **{str(grace): replace(Rules(), grace=grace) for grace in (1, 2, 3, 5, 8)}, "no": Rules(grace=15)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("gallery")
    parser.add_argument("key", type=Path)
    parser.add_argument("truth", metavar="NAME=FIRST-LAST,...")
    told = parser.parse_args()
    name, _, spans = told.truth.partition("=")
    shown = [range(int(first), int(last) + 1) for first, _, last in (span.partition("-") for span in spans.split(","))]
    frames = looked_at(told.film, FaceAnswerer(told.gallery, told.key))
    save("stream_votes", [{"held": way, **judged(frames, rules, name, shown)} for way, rules in WAYS.items()])


def looked_at(film: Path, answer: FaceAnswerer) -> list[tuple[int, float, tuple[Sighting, ...]]]:
    """Number, time (s) and faces of every second frame."""
    with av.open(str(film)) as opened:
        stream = opened.streams.video[0]
        return [
            (number, float(frame.time or 0), answer(frame.to_ndarray(format="rgb24").astype(np.uint8)))
            for number, frame in enumerate(opened.decode(stream))
            if number % EACH == 0
        ]


def judged(
    frames: list[tuple[int, float, tuple[Sighting, ...]]], rules: Rules, name: str, shown: list[range]
) -> dict[str, int]:
    counts = Counter(frames=len(frames), shown=0, right=0, missed=0, wrong=0, turns=0)
    sense, called = Sense(rules), dict[int | None, str]()
    for number, seconds, sightings in frames:
        at_ns = round(1e9 * (1 + seconds))
        answer = Answer(Stamp("film", "00000000", number, at_ns), "one", "faces", sightings, at_ns, at_ns, 1, 1)
        for seen in sense.take(answer, at_ns):
            named = [label for label in seen.labels if label != UNKNOWN]
            there = any(number in span for span in shown)
            counts["shown"] += there
            counts["right"] += there and name in named
            counts["missed"] += there and name not in named
            counts["wrong"] += any(not there or label != name for label in named)
            for sighting, label in zip(seen.answer.sightings, seen.labels, strict=True):
                counts["turns"] += called.get(sighting.track, label) != label
                called[sighting.track] = label
    return dict(counts)


if __name__ == "__main__":
    main()
