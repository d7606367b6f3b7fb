"""Faces: Kenali beside face_recognition (dlib) and OpenCV (Haar, LBPH) on the same photos, in one run.

    python benchmarks/faces.py ../shared/data/faces --peers PYTHON [--peer-path DIR] [--rounds 3] [--save]

PYTHON is an interpreter with face_recognition and dlib-bin, and opencv-contrib-python-headless (4.x), where DIR is added to
its path. Each tool reads the files itself, on every core, and answers with the distance of each probe from each person.

Sets: `crops` (enrol 40, probe 51 of five people), `whole` (whole photos, among them group pictures), `grey` (AT&T: four
photos enrolled of ten people, six probed), `strangers` (the 40 crops enrolled; AT&T and the whole photos shown). TPR at a FAR
of 1 % is that of probes against enrolled people; strangers are turned away by each tool's threshold: .6 for
face_recognition as it documents, Kenali's default, none for OpenCV, which documents none.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from measure import save

from kenali.evaluation.metrics import wilson
from kenali.faces.folder import largest, read_faces
from kenali.faces.matching import People
from kenali.faces.reader import FaceReader
from kenali.faces.thresholds import DEFAULTS
from kenali.faces.values import Vectors
from kenali.inputs import photo_inputs
from kenali.parallel import cores
from kenali.types import FloatArray

PEER = Path(__file__).parent / "peers" / "faces_known.py"
STRANGER = ""
Photos = list[tuple[str, str]]
Answers = dict[str, Any]


def sets(folder: Path) -> dict[str, tuple[Photos, Photos]]:
    """Name to the photos enrolled and probed, each (person, path); strangers have no name."""

    def under(*parts: str) -> Photos:
        base = folder.joinpath(*parts)
        return [(path.parent.name, str(path)) for path in sorted(base.rglob("*")) if path.is_file()]

    grey = under("att_grey")
    turn = {
        path: number for person in {who for who, _ in grey} for number, path in enumerate(p for w, p in grey if w == person)
    }
    whole = under("fullframe", "probe")
    crops = under("enrol")
    one_face = {"alex_lacamoire": "alex_lacamoire1", "kit_harington": "johnsnow_test1", "obama": "obama1"}
    alone = [(who, path) for who, part in one_face.items() for _, path in whole if part in path]
    return {
        "crops": (crops, under("probe")),
        "whole": (under("fullframe", "enrol"), alone),
        "grey": ([one for one in grey if turn[one[1]] < 4], [one for one in grey if turn[one[1]] >= 4]),
        "strangers": (crops, [(STRANGER, path) for _, path in [*grey, *whole, *under("fullframe", "enrol")]]),
    }


def kenali(enrol: Photos, probe: Photos, read: FaceReader) -> Answers:
    """What the peers write, by Kenali: the largest face of each photo, its distance from each person."""
    start = time.perf_counter()
    names = sorted({who for who, _ in enrol})
    faces = vectors_of(enrol, read)
    rows = [(names.index(who), face) for (who, _), face in zip(enrol, faces, strict=True) if face is not None]
    matrix = np.stack([face for _, face in rows])
    people = People(Vectors(matrix, np.array([person for person, _ in rows]), tuple(names)))
    enrol_s, start = time.perf_counter() - start, time.perf_counter()
    probes = [
        {} if face is None else {name: people.distance(face, person) for person, name in enumerate(names)}
        for face in vectors_of(probe, read)
    ]
    return {"enrol_s": enrol_s, "probe_s": time.perf_counter() - start, "probes": probes, "enrolled": len(rows)}


def vectors_of(photos: Photos, read: FaceReader) -> list[FloatArray | None]:
    found = read_faces(read, list(photo_inputs([path for _, path in photos])))
    return [largest(faces).embedding if faces and not isinstance(faces, str) else None for _, faces in found]


def peer(python: str, path: str | None, tool: str) -> Callable[[Photos, Photos], Answers]:
    def run(enrol: Photos, probe: Photos) -> Answers:
        with tempfile.TemporaryDirectory() as folder:
            asked, told = Path(folder, "photos.json"), Path(folder, "out.json")
            asked.write_text(json.dumps({"enrol": enrol, "probe": probe}))
            command = [python, str(PEER), tool, str(asked), str(told), "--processes", str(cores())]
            environment = os.environ | ({"PYTHONPATH": path} if path else {"PYTHONPATH": ""})
            subprocess.run(command, check=True, env=environment | {"OMP_NUM_THREADS": "1"})
            answers: Answers = json.loads(told.read_text())
            return answers

    return run


def figures(probe: Photos, answers: Answers, threshold: float | None) -> dict[str, Any]:
    """Rank 1, TPR at a FAR of 1 %, strangers called unknown: each with its interval."""
    known = [(who, one) for (who, _), one in zip(probe, answers["probes"], strict=True) if who != STRANGER]
    strange = [one for (who, _), one in zip(probe, answers["probes"], strict=True) if who == STRANGER]
    found: dict[str, Any] = {"faces": sum(bool(one) for one in answers["probes"]), "photos": len(probe)}
    if known:
        right = sum(bool(one) and min(one, key=one.__getitem__) == who for who, one in known)
        genuine = np.array([one.get(who, np.inf) for who, one in known])
        impostor = np.sort([gap for who, one in known for name, gap in one.items() if name != who])
        limit = impostor[int(0.01 * len(impostor) + 1e-9)]
        accepted = int((genuine < limit).sum())
        found |= {"rank1": share(right, len(known)), "tpr_at_far_1": share(accepted, len(known))}
        if threshold is not None:
            named = sum(bool(one) and one.get(who, np.inf) <= threshold for who, one in known)
            found["named_at_threshold"] = share(named, len(known))
    if strange and threshold is not None:
        unknown = sum(not one or min(one.values()) > threshold for one in strange)
        found["unknown"] = share(unknown, len(strange))
    return found


def known_by_enrolments(folder: Path, read: FaceReader) -> list[dict[str, Any]]:
    """How many nearest photos of a person to average: the probes known where 1 % and 5 % of strangers are named.

    Strangers are AT&T's people, and each enrolled person's probes before the others alone.
    """
    enrol, probe = sets(folder)["crops"]
    strange = sets(folder)["strangers"][1][:100]
    found = [[face for face in vectors_of(part, read) if face is not None] for part in (enrol, probe, strange)]
    names = sorted({who for who, _ in enrol})
    owners, asked = (np.array([names.index(who) for who, _ in part]) for part in (enrol, probe))

    def gaps(faces: list[FloatArray], best: int) -> FloatArray:
        table = np.linalg.norm(np.stack(faces)[:, None] - np.stack(found[0])[None], axis=2)
        least = [np.sort(table[:, owners == person], axis=1)[:, :best].mean(axis=1) for person in range(len(names))]
        return np.stack(least, axis=1)

    rows = []
    for best in (1, 2, 3, 5, 8):
        to_people, own = gaps(found[1], best), asked[:, None] == np.arange(len(names))
        strangers = np.concatenate([gaps(found[2], best).min(axis=1), np.where(own, np.inf, to_people).min(axis=1)])
        known = {f"known_at_{rate:g}": float((to_people[own] < np.quantile(strangers, rate)).mean()) for rate in (0.01, 0.05)}
        rows.append({"averaged": best} | {key: round(value, 3) for key, value in known.items()})
    return rows


def share(hits: int, n: int) -> str:
    """`value (low to high)`, a photo without a face counting as a miss."""
    one = wilson(hits, n)
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument("--peer-path")
    parser.add_argument("--tools", nargs="*", default=["face_recognition", "opencv"])
    parser.add_argument("--sets", nargs="*", default=["crops", "whole", "grey", "strangers"])
    parser.add_argument("--rounds", type=int, default=3, help="of which the medians of the times count")
    parser.add_argument("--enrolments", action="store_true", help="only: how many nearest photos of a person to average")
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    read = FaceReader()
    for row in known_by_enrolments(options.photos, read) if options.enrolments else ():
        print(row)
    if options.enrolments:
        return
    tools: dict[str, tuple[Callable[[Photos, Photos], Answers], float | None]] = {
        "kenali": (lambda enrol, probe: kenali(enrol, probe, read), DEFAULTS.identify)
    }
    for tool in options.tools if options.peers else ():
        tools[tool] = (peer(options.peers, options.peer_path, tool), 0.6 if tool == "face_recognition" else None)
    rows = []
    for name, (enrol, probe) in sets(options.photos).items():
        if name not in options.sets:
            continue
        times: dict[str, list[float]] = {tool: [] for tool in tools}
        last: dict[str, Answers] = {}
        for _ in range(options.rounds):
            for tool, (run, _) in tools.items():
                last[tool] = run(enrol, probe)
                times[tool].append((len(enrol) + len(probe)) / (last[tool]["enrol_s"] + last[tool]["probe_s"]))
        for tool, (_, threshold) in tools.items():
            rate = float(np.median(times[tool]))
            ratio = float(np.median(np.array(times["kenali"]) / np.array(times[tool])))
            rows.append(
                {"set": name, "tool": tool, "photos_a_second": round(rate, 2), "kenali_is_times": round(ratio, 2)}
                | figures(probe, last[tool], threshold)
            )
            print(rows[-1], flush=True)
    if options.save:
        save("faces", [{"cores": cores()} | row for row in rows])


if __name__ == "__main__":
    main()
