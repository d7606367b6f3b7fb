"""A gallery behind the application, in process: a stand-in detector finds a face in each photo, embedded by its colours."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import delete
from starlette.testclient import TestClient

from kenali.faces.gallery.schema import consents, embeddings, enrolments, persons, photos
from kenali.faces.gallery.store import Gallery
from kenali.faces.thresholds import Operating, Rate, ThresholdRecord
from kenali.files import sha256_of
from kenali.serve.app import create_app
from kenali.serve.security.keys import SCOPES, KeyFile
from kenali.serve.settings import FaceSettings, Settings
from tests.faces.conftest import saying_detector, stand_ins

Colour = tuple[int, int, int]
File = tuple[str, tuple[str, bytes]]

RED, GREEN, BLUE, YELLOW, DARK = (250, 10, 10), (10, 250, 10), (10, 10, 250), (250, 250, 10), (10, 10, 10)
TERMS = {"consent": "form 7"}
PERSONS = "/v1/faces/persons"
THRESHOLD = 0.1

_BOX = [0, 0, 96, 96]
_POINTS = [[20, 30], [70, 30], [45, 50], [25, 75], [65, 75]]
_SECOND = [96, 0, 160, 64]


def portrait(colour: Colour, size: tuple[int, int] = (96, 96)) -> bytes:
    """A photo with the sharp edges that a face has, of one colour on the whole."""
    picture = Image.new("RGB", size, colour)
    for at in range(0, size[0], 6):
        picture.paste(tuple(min(255, level + 5) for level in colour), (at, 0, at + 3, size[1]))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def shade(colour: Colour, number: int) -> Colour:
    """Much the same colour, another for each number."""
    return (colour[0], abs(colour[1] - number), colour[2])


def files(*photos: bytes | tuple[str, bytes]) -> list[File]:
    """Photos as the files of a form."""
    named = [photo if isinstance(photo, tuple) else (f"{number}.png", photo) for number, photo in enumerate(photos, 1)]
    return [("photo", one) for one in named]


@dataclass
class FaceServer:
    """Clients of one gallery, each of an application of its own."""

    folder: Path
    opened: ExitStack
    keys: KeyFile = field(init=False)
    key: str = field(init=False)

    def __post_init__(self) -> None:
        stand_ins(self.folder, _BOX, _POINTS, "dlib")
        self.keys = KeyFile(self.folder / "state")
        self.key = self.keys.add("tests", SCOPES)[1]

    def client(self, *, detector: str = "", keyed: bool = True, **settings: Any) -> TestClient:
        """A client that may do everything, or one of a server without keys; `detector`: see `_networks`."""
        faces = FaceSettings(str(self.folder / "gallery.sqlite"), self.folder / "gallery.key", self._networks(detector))
        state = self.folder / ("state" if keyed else "open")
        app = create_app(Settings(bundles=(), state=state, decoders=1, faces=faces, **settings))
        headers = {"X-Api-Key": self.key} if keyed else {}
        client = TestClient(app, "http://127.0.0.1", raise_server_exceptions=False, headers=headers)
        return self.opened.enter_context(client)

    @property
    def options(self) -> list[str]:
        """Those of `kenali serve` for this gallery."""
        paths = {"": "gallery.sqlite", "-key": "gallery.key", "-networks": "networks.toml"}
        return [word for name, path in paths.items() for word in (f"--faces{name}", str(self.folder / path))]

    def gallery(self) -> Gallery:
        """The gallery as another process has it."""
        sha256 = sha256_of(self.folder / "embedder.onnx")
        return self.opened.enter_context(Gallery.open(str(self.folder / "gallery.sqlite"), self.folder / "gallery.key", sha256))

    def empty(self) -> None:
        """Nobody is enrolled any more; quicker than forgetting them one by one."""
        with self.gallery().changing() as connection:
            for table in (photos, embeddings, enrolments, consents, persons):
                connection.execute(delete(table))

    def fit(self, threshold: float = THRESHOLD) -> None:
        """As `kenali faces threshold` does."""
        rate = Rate(0.0, 0.0, 0.01, 300.0)
        limit = Operating(threshold, rate, rate, 100, 10)
        sha256 = sha256_of(self.folder / "embedder.onnx")
        record = ThresholdRecord(0.01, limit, limit, rate, 5, 10, sha256, "2026-11-22")
        self.gallery().set_threshold(record.as_json())

    def _networks(self, detector: str) -> Path:
        """For a detector that finds one face, `none`, `two`, a `crowd` of 400, or one `nowhere`."""
        if not detector:
            return self.folder / "networks.toml"
        boxes = {"two": [_BOX, _SECOND], "crowd": [_BOX] * 400}.get(detector, [_BOX])
        scores = [0.1 if detector == "none" else 0.9 - 0.001 * at for at in range(len(boxes))]
        points = [[float("inf")] * 2] * 5 if detector == "nowhere" else _POINTS
        saying_detector(self.folder / f"{detector}.onnx", boxes, scores, [points] * len(boxes))
        text = (self.folder / "networks.toml").read_text().replace("detector.onnx", f"{detector}.onnx")
        (self.folder / f"{detector}.toml").write_text(text)
        return self.folder / f"{detector}.toml"


MakeServer = Callable[[], FaceServer]


@pytest.fixture(scope="module")
def server_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeServer]:
    """Makes servers with an empty gallery, which go with the module."""
    with ExitStack() as opened:
        yield lambda: FaceServer(tmp_path_factory.mktemp("faces"), opened)


def enrolled(client: httpx.Client | TestClient, name: str, *photos: bytes | tuple[str, bytes], **fields: Any) -> dict[str, Any]:
    """Enrol somebody new; the person as the server tells."""
    answer = client.post(PERSONS, data={"name": name, **TERMS, **fields}, files=files(*photos))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["person"]
    return found


@pytest.fixture(scope="module")
def server(server_of: MakeServer) -> FaceServer:
    """With a gallery whose threshold is fitted; shared by the tests of a file."""
    made = server_of()
    made.gallery()
    made.fit()
    return made
