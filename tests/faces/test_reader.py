"""From a photo to faces with embeddings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from kenali.faces.align import aligned, similarity
from kenali.faces.quality import quality
from kenali.faces.reader import FaceReader
from kenali.faces.specs import TEMPLATES
from kenali.images import decode

TEMPLATE = np.array(TEMPLATES["dlib"][1], np.float32)


@settings(max_examples=50, deadline=None)
@given(turn=st.floats(-3.1, 3.1), scale=st.floats(0.05, 20), shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)))
def test_a_similarity_is_found_again(turn: float, scale: float, shift: tuple[float, float]) -> None:
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = (TEMPLATE @ matrix.T + shift).astype(np.float32)
    found = similarity(TEMPLATE, moved)
    np.testing.assert_allclose(TEMPLATE @ found[:, :2].T + found[:, 2], moved, atol=2e-3 * max(1, scale))


def test_a_similarity_never_mirrors() -> None:
    mirrored = TEMPLATE * [-1, 1]
    assert np.linalg.det(similarity(TEMPLATE, mirrored.astype(np.float32))[:, :2]) > 0


def test_aligned_lays_the_landmarks_on_the_template() -> None:
    photo = Image.new("RGB", (900, 700))
    landmarks = TEMPLATE * 3 + [200, 100]
    for x, y in landmarks:
        photo.paste((255, 255, 255), (int(x) - 9, int(y) - 9, int(x) + 10, int(y) + 10))
    chip = aligned(photo, landmarks.astype(np.float32), TEMPLATE, 150)
    assert chip.shape == (150, 150, 3)
    assert all(chip[round(float(y)), round(float(x))].min() > 200 for x, y in TEMPLATE)
    assert chip.mean() < 15


def test_a_large_photo_is_reduced_before_it_is_cut() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    photo = Image.fromarray(noise).resize((2400, 1800), Image.Resampling.BICUBIC)
    landmarks = (TEMPLATE * 8 + [901, 403]).astype(np.float32)  # the chip reaches beyond the photo's lower edge
    chip = aligned(photo, landmarks, TEMPLATE, 150)
    plain = np.asarray(photo.crop((901, 403, 901 + 1200, 403 + 1200)).resize((150, 150), Image.Resampling.BOX))
    assert np.abs(chip.astype(int) - plain)[5:-5, 5:-5].mean() < 6
    assert np.abs(chip.astype(int) - np.roll(plain, 8, axis=1)).mean() > 20


def test_the_astronaut_is_found_and_judged(reader: FaceReader, astronaut: Image.Image) -> None:
    (seen,) = reader(astronaut)
    left, top, right, bottom = seen.face.box
    assert 150 < left < 190
    assert 240 < right < 290
    assert 50 < top < 80
    assert 160 < bottom < 220
    eye, other, nose, *_ = seen.face.landmarks
    assert eye[0] < nose[0] < other[0]
    assert seen.quality.flaws == ()
    assert np.linalg.norm(seen.embedding) == pytest.approx(1, abs=1e-5)
    assert seen.embedding.shape == (128,)


def test_size_and_place_hardly_change_an_embedding(reader: FaceReader, astronaut: Image.Image) -> None:
    (before,) = reader(astronaut)
    wide = Image.new("RGB", (1100, 700), "white")
    wide.paste(astronaut.resize((640, 640), Image.Resampling.BICUBIC), (400, 30))
    (after,) = reader(wide)
    assert np.linalg.norm(before.embedding - after.embedding) < 0.25


def test_flaws_are_named(reader: FaceReader, astronaut: Image.Image) -> None:
    (seen,) = reader(astronaut)
    blurred = astronaut.filter(ImageFilter.GaussianBlur(6))
    chip = aligned(blurred, seen.face.landmarks, TEMPLATE, 150)
    assert quality(seen.face, chip).flaws == ("blurred",)
    dark = aligned(astronaut.point(lambda level: level // 10), seen.face.landmarks, TEMPLATE, 150)
    assert "dark" in quality(seen.face, dark).flaws


def test_no_face_gives_no_face(reader: FaceReader) -> None:
    assert reader(Image.new("RGB", (200, 100), "grey")) == []
    assert reader(Image.new("RGB", (1, 1))) == []


def test_crops_of_five_people_are_told_apart(reader: FaceReader, shared_data: Path) -> None:
    vectors: dict[str, list[np.ndarray]] = {"enrol": [], "probe": []}
    people: dict[str, list[str]] = {"enrol": [], "probe": []}
    for part in vectors:
        for photo in sorted((shared_data / "faces" / part).rglob("*.jpg")):
            seen = reader(decode(photo.read_bytes()).image)
            assert seen, photo
            vectors[part].append(seen[0].embedding)
            people[part].append(photo.parent.name)
    nearest = (np.stack(vectors["probe"]) @ np.stack(vectors["enrol"]).T).argmax(axis=1)
    assert [people["enrol"][place] for place in nearest] == people["probe"]
