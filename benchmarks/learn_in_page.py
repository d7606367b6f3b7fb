"""Does the page forget when it learns? A class is left out, exported without, and added again with a few photos in the page.

python benchmarks/learn_in_page.py PHOTOS... [--added 5 10 20] [--seeds 3] [--more]

Three quarters of the photos of every class are for learning. For each class in turn an export knows the other classes alone, by
their prototypes at 8 bits; the page's TypeScript, under Node, learns the class from 5, 10 or 20 of its photos. Beside it
stands Kenali's fast path (without the further views that small sets are tried with): fitted to the same photos, to all photos
for learning, and before the class was added, on the photos of the other classes. With --more no class is left out: an export
made from a quarter of the photos learns the other half in the page. Needs Node, and `npm ci` in web/.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from embedded import Embedded, embedded, learned

from kenali.bundle.known import known_photos
from kenali.bundle.novelty import unit_length
from kenali.export.tfjs.weights import Weight, packed
from kenali.network import softmax
from kenali.photos import folds
from kenali.types import IntArray, Preprocessing

WEB = Path(__file__).parents[1] / "web"


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Rows of a set: what the export knows, what is added in the page, and what is asked; `held` is the class left out."""

    known: IntArray
    added: IntArray
    asked: IntArray
    everything: IntArray
    held: int | None


def bundled(folder: Path) -> Path:
    """The page's learning as one file for Node."""
    out = folder / "learn_in_node.cjs"
    subprocess.run(["node", "tools/bundle_for_node.mjs", "tools/learn_in_node.ts", out], cwd=WEB, check=True)
    return out


def trials(photos: Embedded, added: int, seed: int, more: bool) -> Iterator[Trial]:
    labels, rng = photos.labels, np.random.default_rng(seed)
    part = folds(photos.photos, 4, seed)
    asked, free = np.flatnonzero(part == 0), np.flatnonzero(part != 0)
    if more:
        yield Trial(np.flatnonzero(part == 1), np.flatnonzero(part > 1), asked, free, None)
        return
    for held in range(len(photos.class_names)):
        own, others = free[labels[free] == held], free[labels[free] != held]
        if len(own) >= added:
            yield Trial(others, rng.permutation(own)[:added], asked, free, held)


def job(photos: Embedded, trial: Trial, folder: Path) -> dict[str, Any]:
    """What the page is given: an export of the known photos, and the features of those to add and to ask."""
    folder.mkdir(parents=True)
    known = without(photos, trial.held).of(trial.known)
    prototypes = Weight("prototypes", np.ascontiguousarray(unit_length(known.features).T), "int8")
    numbers, stored = packed([prototypes])
    learning = known_photos(known.features, known.labels, known.groups.tolist()).as_json()
    manifest = {
        "class_names": known.class_names,
        "preprocessing": asdict(Preprocessing()),
        "thresholds": {"reject": 0.05},
        "sets": {"coverage": 0.9, "least": 0},
        "outputs": ["features"],
        "head": {"weight": "", "bias": "", "prototypes": "prototypes"},
        "learning": {**learning, "missing": [], "outputs": [], "parameters": 0},
    }
    (folder / "kenali.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "weights.json").write_text(json.dumps(stored), encoding="utf-8")
    (folder / "weights.bin").write_bytes(numbers)

    def shown(row: int) -> dict[str, str]:
        file = folder / f"{row}.f32"
        file.write_bytes(photos.features[row].astype("<f4").tobytes())
        return {"className": photos.class_names[photos.labels[row]], "features": str(file)}

    shown_rows = {"photos": [shown(row) for row in trial.added], "asked": [shown(row) for row in trial.asked]}
    return {"model": str(folder), "zip": None, **shown_rows}


def without(photos: Embedded, held: int | None) -> Embedded:
    """The set as one sees it who does not know a class; its photos, which nobody asks for, keep a label."""
    if held is None:
        return photos
    names = tuple(name for label, name in enumerate(photos.class_names) if label != held)
    shifted = tuple(replace(photo, label=min(photo.label - (photo.label > held), len(names) - 1)) for photo in photos.photos)
    return Embedded(photos.name, shifted, photos.features, names)


def accuracy(said: Sequence[str], photos: Embedded, rows: IntArray) -> float:
    return float(np.mean([said[n] == photos.class_names[photos.labels[row]] for n, row in enumerate(rows)]))


def fast_path(photos: Embedded, rows: IntArray, asked: IntArray) -> list[str]:
    """What the fast path answers that was fitted to some rows."""
    model = learned(photos.of(rows), 0)
    return [model.class_names[label] for label in model.predict(photos.features[asked]).labels]


def figures(photos: Embedded, trial: Trial, result: dict[str, Any]) -> dict[str, float]:
    """Accuracies on what was asked: of the page and of the fast path, on all classes, on the added one, on the others."""
    names, asked = result["learned"]["classNames"], trial.asked
    logits = np.array([answer["logits"] for answer in result["answers"]])
    said = [names[label] for label in logits.argmax(axis=1)]
    heat, limits = result["reading"]["calibration"]["temperature"], result["reading"]["thresholds"]
    sure = softmax(logits.astype(np.float32), heat).max(axis=1)
    strange = np.array([answer["novelty"] for answer in result["answers"]]) > limits["novelty"]
    found = {
        "page": accuracy(said, photos, asked),
        "same photos": accuracy(fast_path(photos, np.concatenate([trial.known, trial.added]), asked), photos, asked),
        "all photos": accuracy(fast_path(photos, trial.everything, asked), photos, asked),
        "unknown": float((strange | (sure < limits["ambiguous"])).mean()),
        "seconds": result["learned"]["milliseconds"] / 1000,
    }
    if trial.held is not None:
        own = photos.labels[asked] == trial.held
        for what, rows in (("the added class", own), ("the others", ~own)):
            found[what] = accuracy([name for name, inside in zip(said, rows, strict=True) if inside], photos, asked[rows])
        before = fast_path(without(photos, trial.held), trial.known, asked[~own])
        found["the others before"] = accuracy(before, photos, asked[~own])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--added", nargs="+", type=int, default=[5, 10, 20])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--more", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        script = bundled(Path(temporary))
        for place in given.photos:
            photos = embedded(place)
            for added in [0] if given.more else given.added:
                tried = [one for seed in range(given.seeds) for one in trials(photos, added, seed, given.more)]
                if not tried:
                    continue
                folder = Path(temporary) / f"{photos.name}-{added}"
                jobs = [job(photos, trial, folder / str(n)) for n, trial in enumerate(tried)]
                (folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
                done = subprocess.run(["node", script, folder / "jobs.json"], check=True, capture_output=True, text=True)
                results = json.loads(done.stdout.splitlines()[-1])
                rows = [figures(photos, trial, result) for trial, result in zip(tried, results, strict=True)]
                means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
                print(f"{photos.name}, {added or 'many'} added, {len(tried)} trials: ", end="")
                print(", ".join(f"{name} {value:.3f}" for name, value in means.items()), flush=True)


if __name__ == "__main__":
    main()
