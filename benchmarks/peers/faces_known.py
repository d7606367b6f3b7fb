"""What other tools make of the same photos: face_recognition (dlib) and OpenCV (Haar cascades and LBPH).

    python faces_known.py {face_recognition,opencv} PHOTOS.json OUT.json [--processes 2]

PHOTOS.json holds {"enrol": [[person, path], ...], "probe": [[person, path], ...]}. OUT.json gets, for each probe, the
distance from each person ({} where no face was found), the seconds from the first probe's file to the last answer, and the
seconds of enrolling. Each tool is used as its documentation has it, one process a core: for a photo with one known person
the largest face counts.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
import types
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np


def dlib_embedding(path):
    """The 128 numbers of the largest face, None without a face: HOG detector, as `face_recognition` has it by default."""
    import face_recognition

    image = face_recognition.load_image_file(path)
    places = face_recognition.face_locations(image)
    if not places:
        return None
    top, right, bottom, left = max(places, key=lambda p: (p[2] - p[0]) * (p[1] - p[3]))
    return face_recognition.face_encodings(image, [(top, right, bottom, left)])[0].tolist()


def cascade_face(path):
    """The largest face, grey, 100 x 100, evened; None without a face."""
    import cv2

    image = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    finder = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    places = finder.detectMultiScale(image, 1.1, 5)
    if len(places) == 0:
        return None
    x, y, w, h = max(places, key=lambda p: p[2] * p[3])
    return cv2.equalizeHist(cv2.resize(image[y : y + h, x : x + w], (100, 100))).tolist()


def without_pkg_resources():
    """face_recognition_models asks setuptools' former module where its files are; newer ones have it no more."""
    if importlib.util.find_spec("pkg_resources") is None:
        stand_in = types.ModuleType("pkg_resources")
        root = importlib.util.find_spec("face_recognition_models").submodule_search_locations[0]
        stand_in.resource_filename = lambda _, name: str(Path(root, name))
        sys.modules["pkg_resources"] = stand_in


def warmed(tool, path):
    without_pkg_resources()
    (dlib_embedding if tool == "face_recognition" else cascade_face)(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool", choices=["face_recognition", "opencv"])
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    photos = json.loads(options.photos.read_text())
    read = dlib_embedding if options.tool == "face_recognition" else cascade_face
    first = photos["enrol"][0][1]
    with ProcessPoolExecutor(options.processes, initializer=warmed, initargs=(options.tool, first)) as pool:
        list(pool.map(read, [first] * options.processes))
        start = time.perf_counter()
        faces = pool.map(read, [path for _, path in photos["enrol"]])
        enrolled = [(who, face) for (who, _), face in zip(photos["enrol"], faces, strict=True) if face]
        answer = matcher(options.tool, enrolled)
        enrol_s, start = time.perf_counter() - start, time.perf_counter()
        probes = [answer(face) if face else {} for face in pool.map(read, [path for _, path in photos["probe"]])]
        probe_s = time.perf_counter() - start
    options.out.write_text(json.dumps({"enrol_s": enrol_s, "probe_s": probe_s, "probes": probes, "enrolled": len(enrolled)}))


def matcher(tool, enrolled):
    """A function from a face to its distance from each person, the nearest of that person's photos."""
    names = sorted({who for who, _ in enrolled})
    if tool == "face_recognition":
        vectors, who = np.array([face for _, face in enrolled]), np.array([name for name, _ in enrolled])

        def answer(face):
            gaps = np.linalg.norm(vectors - np.array(face), axis=1)
            return {name: float(gaps[who == name].min()) for name in names}

        return answer
    import cv2

    machine = cv2.face.LBPHFaceRecognizer_create()
    machine.train([np.array(face, np.uint8) for _, face in enrolled], np.array([names.index(who) for who, _ in enrolled]))

    def answer(face):
        collector = cv2.face.StandardCollector_create()
        machine.predict_collect(np.array(face, np.uint8), collector)
        best = {}
        for label, gap in collector.getResults():
            best[names[label]] = min(gap, best.get(names[label], float("inf")))
        return best

    return answer


if __name__ == "__main__":
    main()
