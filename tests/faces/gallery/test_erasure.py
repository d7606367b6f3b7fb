"""A search for bytes in all files: sealed while enrolled, gone when forgotten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sqlalchemy import select

from kenali.faces.gallery.exports import export_gallery
from kenali.faces.gallery.lifecycle import forget
from kenali.faces.gallery.schema import consents, embeddings, enrolments, persons, photos
from kenali.faces.gallery.store import Gallery
from kenali.faces.gallery.values import Consent, Enrolment
from tests.faces.gallery.conftest import EMBEDDER, vector

NAME = "Ni Luh Putu Ayu Candrawati"


def every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def stored(gallery: Gallery, person: str) -> list[list[bytes]]:
    """All that the tables hold of a person, as it is stored: of each value some pieces, for a page's end may part it."""
    with gallery.database.reading() as connection:
        ids = select(enrolments.c.id).where(enrolments.c.person == person)
        found = [
            *connection.execute(select(persons).where(persons.c.id == person)),
            *connection.execute(select(consents.c.record_sealed).where(consents.c.person == person)),
            *connection.execute(select(enrolments.c.id, enrolments.c.photo_mac).where(enrolments.c.person == person)),
            *connection.execute(select(embeddings.c.vector_sealed).where(embeddings.c.enrolment.in_(ids))),
            *connection.execute(select(photos.c.photo_sealed).where(photos.c.enrolment.in_(ids))),
        ]
    values = {value for row in found for value in row if isinstance(value, str | bytes) and value != person}
    plain = [value.encode() if isinstance(value, str) else value for value in values]
    return [[value[start : start + 32] for start in range(0, len(value), 400)] for value in plain]


def test_a_byte_search_finds_nothing_of_whom_was_forgotten(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    faces = [Enrolment(vector(seed, 128), f"{seed:064x}", photo=rng.bytes(9000)) for seed in range(1, 41)]
    secret = [NAME.encode(), b"consent of Ayu"]
    secret += [each.photo_sha256.encode() for each in faces[:20]] + [each.embedding.tobytes()[:64] for each in faces[:20]]
    secret += [each.photo[100:160] for each in faces[:20] if each.photo]
    with Gallery.open(str(tmp_path / "data" / "gallery.sqlite"), tmp_path / "gallery.key", EMBEDDER) as gallery:
        for at in range(20):  # among others, so that her rows share pages with theirs
            gallery.enrol(NAME, [faces[at]], Consent("consent of Ayu"))
            gallery.enrol(f"Other {at}", [faces[20 + at]], Consent("form"))
        export_gallery(gallery, tmp_path / "data" / "export.jsonl", photos=True)
        assert not [each for each in secret if each in every_byte(tmp_path)]
        export_gallery(gallery, tmp_path / "data" / "plain.jsonl", plain=True)
        assert NAME.encode() in every_byte(tmp_path)
        person = gallery.person(NAME).id
        sealed = stored(gallery, person)
        assert len(sealed) > 60
        before = every_byte(tmp_path)
        assert all(any(piece in before for piece in pieces) for pieces in sealed)
        forget(gallery, NAME)
        left = every_byte(tmp_path)  # with the gallery open: its write-ahead log is among the files
        assert not [each for each in secret if each in left]
        assert not [piece for pieces in sealed for piece in pieces if piece in left]
        assert [each.faces for each in gallery.persons()] == [1] * 20
