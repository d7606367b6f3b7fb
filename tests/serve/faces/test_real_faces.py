"""Kenali's own networks behind the server: the same answers as in Python, on whole photos and on group pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from starlette.testclient import TestClient

from kenali.faces.gallery.store import Gallery
from kenali.faces.identify import identify
from kenali.faces.matching import matcher
from kenali.faces.reader import FaceReader
from kenali.faces.thresholds import DEFAULTS
from kenali.images import decode
from kenali.serve.app import create_app
from kenali.serve.security.keys import SCOPES, KeyFile
from kenali.serve.settings import FaceSettings, Settings
from tests.conftest import astronaut, encoded
from tests.serve.faces.conftest import enrolled, files

IDENTIFY = "/v1/faces/identify"


@pytest.fixture
def folder(tmp_path: Path, face_networks: None) -> Path:
    return tmp_path


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    key = KeyFile(folder).add("tests", SCOPES)[1]
    faces = FaceSettings(str(folder / "gallery.sqlite"), folder / "gallery.key")
    app = create_app(Settings(bundles=(), state=folder, decoders=2, faces=faces))
    with ExitStack() as opened:
        yield opened.enter_context(TestClient(app, "http://127.0.0.1", headers={"X-Api-Key": key}))


def test_a_portrait_and_its_mirror_image(client: TestClient) -> None:
    portrait = Image.open(astronaut()).convert("RGB")
    person = enrolled(client, "Eileen Collins", encoded(portrait, "JPEG", quality=95))
    turned = portrait.rotate(90, expand=True)  # as cameras keep pictures, with a note to turn them
    exif = Image.Exif()
    exif[0x0112] = 6
    large = portrait.resize((4608, 4608), Image.Resampling.BICUBIC)
    photos = [
        encoded(ImageOps.mirror(portrait), "JPEG", quality=90),
        encoded(turned, "JPEG", quality=95, exif=exif.tobytes()),
        encoded(large, "JPEG", quality=80),
    ]
    answer = client.post(IDENTIFY, files=files(*photos)).json()
    assert not answer["fitted"]
    assert answer["threshold"] == DEFAULTS.identify
    for photo, side in zip(answer["photos"], (512, 512, 4608), strict=True):
        (face,) = photo["faces"]
        assert (photo["width"], photo["height"]) == (side, side)
        assert (face["name"], face["person"]) == ("Eileen Collins", person["id"])
    small, whole = (answer["photos"][at]["faces"][0]["box"] for at in (1, 2))
    assert whole == pytest.approx([9 * edge for edge in small], abs=40)


def test_the_answers_are_those_of_the_command_line(client: TestClient, folder: Path, shared_data: Path) -> None:
    """Whole photos, some with several people, of which some are enrolled."""
    faces = shared_data / "faces" / "fullframe"
    for person in sorted((faces / "enrol").iterdir()):
        photos = [path.read_bytes() for path in sorted(person.iterdir())[:2]]
        answer = client.post(
            "/v1/faces/persons",
            data={"name": person.name, "consent": "c", "largest": "true", "accept_flaws": "true"},
            files=files(*photos),
        )
        assert answer.status_code == 201, answer.text
    read = FaceReader()
    with Gallery.open(str(folder / "gallery.sqlite"), folder / "gallery.key") as gallery:
        match = matcher("nearest", gallery.vectors(), DEFAULTS.identify)
    named = 0
    for path in sorted((faces / "probe").iterdir())[:12]:
        data = path.read_bytes()
        expected = identify(decode(data).image, read, match)
        found = client.post(IDENTIFY, content=data).json()["photos"][0]["faces"]
        assert [face["name"] for face in found] == [one.match.name for one in expected]
        for face, one in zip(found, expected, strict=True):
            assert face["distance"] == pytest.approx(one.match.distance, abs=1e-4)
            assert face["box"] == pytest.approx(one.seen.face.box, abs=0.1)
            assert face["next_distance"] >= face["distance"] - 1e-4
        named += sum(face["person"] is not None for face in found)
    assert named > 3
