"""The commands, on drawn photos: a stand-in detector finds a face of each picture, and its colours are the embedding."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from kenali.cli import app
from kenali.faces.gallery.places import open_gallery
from kenali.faces.thresholds import Operating, Rate, ThresholdRecord
from kenali.files import sha256_of
from tests.conftest import draw_photo
from tests.faces.conftest import saying_detector, stand_ins

LANDMARKS = [[20, 30], [70, 30], [45, 50], [25, 75], [65, 75]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's own folders, in which no gallery is yet, and a working folder with photos of two people."""
    for variable in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    for variable in ("KENALI_GALLERY", "KENALI_GALLERY_KEY"):
        monkeypatch.delenv(variable, raising=False)
    stand_ins(tmp_path, [0, 0, 96, 96], LANDMARKS, "dlib")
    monkeypatch.chdir(tmp_path)
    for name, colour in {"Ana": (250, 10, 10), "Budi": (10, 250, 10)}.items():
        for number in range(2):
            paint(tmp_path / "people" / name / f"{number}.png", (colour[0], colour[1] - number, colour[2]))
    return tmp_path


def paint(path: Path, colour: tuple[int, int, int]) -> None:
    """A photo with the sharp edges that a face has, of one colour on the whole."""
    picture = Image.new("RGB", (96, 96), colour)
    for at in range(0, 96, 6):
        picture.paste(tuple(min(255, level + 5) for level in colour), (at, 0, at + 3, 96))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["faces", *map(str, arguments)])


def enroll(*arguments: object) -> dict[str, Any]:
    done = call("enroll", *arguments, "--networks", "networks.toml", "--accept-flaws", "--consent", "form 1", "--json")
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def test_from_photos_to_nobody(home: Path) -> None:
    ledger = enroll("people", "--group", "g", "--keep-photos")
    assert (ledger["total"], ledger["enrolled"], ledger["repeated"], ledger["refused"]) == (4, 4, 0, 0)
    assert enroll("people")["repeated"] == 4
    persons = json.loads(call("list", "--json").stdout)["persons"]
    assert [(person["name"], person["faces"], person["group"]) for person in persons] == [("Ana", 2, "g"), ("Budi", 2, "g")]
    assert call("list").stdout.splitlines() == ["Ana: 2 faces", "Budi: 2 faces"]
    ana = json.loads(call("show", "ana", "--photos", "kept", "--json").stdout)
    assert [each["consent"]["reference"] for each in ana["enrolments"]] == ["form 1", "form 1"]
    originals = {path.read_bytes() for path in (home / "people" / "Ana").iterdir()}
    assert {Path(path).read_bytes() for path in ana["photos"]} == originals
    assert "consent form 1, small" not in call("show", "Ana").stdout
    assert call("change", "Ana", "--name", "Ani", "--group", "").exit_code == 0
    assert call("export", "out.jsonl").stdout == "2 people in out.jsonl, sealed\n"
    assert call("forget", "Ani", "--enrolment", ana["enrolments"][0]["id"], "--receipt", "one.json").exit_code == 0
    done = json.loads(call("forget", "Ani", "--receipt", "receipt.json", "--json").stdout)
    assert done["erased"][0]["receipt"]["person"] == ana["id"]
    for receipt in ("one.json", "receipt.json"):
        checked = call("receipt", receipt)
        assert checked.exit_code == 0, checked.output
        assert "Ani" not in Path(receipt).read_text()
    assert json.loads(call("receipt", "receipt.json", "--json").stdout)["holds"]
    assert call("import", "out.jsonl").stdout == "1 people: 0 faces enrolled, 2 enrolled before\n"
    nobody = call("show", "Ani")
    assert nobody.exit_code == 1
    assert "nobody is enrolled as 'Ani'" in nobody.output


def test_why_photos_are_refused(home: Path) -> None:
    enroll("people")
    paint(home / "more" / "like.png", (250, 10, 10))
    (home / "more" / "bad.jpg").write_bytes(b"\xff\xd8 no")
    saying_detector(home / "detector.onnx", [[0, 0, 96, 96]] * 2, [0.9, 0.8], [LANDMARKS] * 2)
    draw_photo(home / "two.jpg", 3)
    call("list")
    done = call("enroll", "two.jpg", "--name", "C", "--networks", "networks.toml", "--consent", "x", "--json")
    assert done.exit_code == 1
    assert "none of the 1 photos could be enrolled" in done.output
    assert '"several-faces"' in done.stdout
    assert enroll("two.jpg", "--name", "C", "--largest")["enrolled"] == 1
    saying_detector(home / "detector.onnx", [[0, 0, 20, 20]], [0.9], [LANDMARKS])
    paint(home / "small.png", (9, 9, 250))
    done = call("enroll", "small.png", "--name", "D", "--networks", "networks.toml", "--consent", "x")
    assert done.exit_code == 1
    assert "refused, flawed: the face is poor to recognise by (small" in done.output
    saying_detector(home / "detector.onnx", [[0, 0, 96, 96]], [0.1], [LANDMARKS])
    done = call("enroll", "small.png", "more", "--name", "D", "--networks", "networks.toml", "--consent", "x", "--json")
    reasons = {Path(row["path"]).name: row["reason"] for row in json.loads(done.stdout)["rows"]}
    assert reasons == {"bad.jpg": "corrupt", "like.png": "no-face", "small.png": "no-face"}


def test_a_face_like_another_persons_is_refused(home: Path) -> None:
    """Own networks have no default threshold: one that was fitted stands in the gallery."""
    enroll("people")
    paint(home / "like.png", (248, 12, 12))
    with open_gallery() as gallery:
        gallery.set_threshold(fitted(0.3, home / "embedder.onnx"))
    done = call("enroll", "like.png", "--name", "Twin", "--networks", "networks.toml", "--accept-flaws", "--consent", "x")
    assert done.exit_code == 1
    assert "refused, looks-like-another: it looks like Ana (distance 0.0" in done.output
    assert enroll("like.png", "--name", "ANA")["enrolled"] == 1
    assert enroll("like.png", "--name", "Twin", "--force")["enrolled"] == 1


def fitted(distance: float, embedder: Path) -> dict[str, Any]:
    rate = Rate(0.01, 0, 0.02, 100)
    operating = Operating(distance, rate, rate, impostor=100, genuine=10)
    return ThresholdRecord(0.01, operating, operating, rate, 2, 4, sha256_of(embedder), "2026-01-01").as_json()


def test_expiry_and_a_new_key(home: Path) -> None:
    enroll("people/Ana", "--name", "Ana", "--expires", "2030-01-31")
    enroll("people/Budi", "--name", "Budi")
    assert "Ana: 2 faces, until 2030-01-31" in call("list").stdout
    assert call("expire", "--today", "2030-01-31").stdout == "Nothing is past its date.\n"
    gone = json.loads(call("expire", "--today", "2030-02-01", "--receipts", "receipts", "--json").stdout)["erased"]
    assert [Path(each["file"]).parent.name for each in gone] == ["receipts"]
    assert call("receipt", gone[0]["file"]).exit_code == 0
    assert call("rekey", "new.key").exit_code == 0
    old = call("list")
    assert old.exit_code == 1
    assert "another key" in old.output
    assert call("list", "--key-file", "new.key").stdout == "Budi: 2 faces\n"
    assert "exists already" in call("rekey", "new.key", "--key-file", "new.key").output
    altered = json.loads(Path(gone[0]["file"]).read_text()) | {"reason": "forget"}
    Path("altered.json").write_text(json.dumps(altered))
    assert "was altered" in call("receipt", "altered.json", "--key-file", "new.key").output
    assert "another key" in call("receipt", gone[0]["file"], "--key-file", "new.key").output


def test_where_gallery_and_key_are(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = call("list", "--gallery", "own.sqlite", "--key-file", "own.key")
    assert made.exit_code == 0
    assert "A key was made at own.key: keep a copy" in made.output
    if sys.platform != "win32":
        assert stat.S_IMODE(Path("own.key").stat().st_mode) == 0o600
        assert stat.S_IMODE(Path("own.sqlite").stat().st_mode) == 0o600
    monkeypatch.setenv("KENALI_GALLERY", "own.sqlite")
    monkeypatch.setenv("KENALI_GALLERY_KEY", Path("own.key").read_text())
    assert call("list").exit_code == 0
    assert call("migrate").stdout == "own.sqlite is up to date\n"
    monkeypatch.setenv("KENALI_GALLERY_KEY", "short")
    wrong = call("list")
    assert wrong.exit_code == 1
    assert "KENALI_GALLERY_KEY holds no gallery key" in wrong.output
    assert not (home / "home").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["enroll", "people", "--consent", "x", "--expires", "soon"], "expected a date such as"),
        (["enroll", "a.jpg", "b.jpg", "--consent", "x"], "say whose with --name"),
        (["enroll", "a.jpg", "--consent", "x"], "is no folder with a folder a person"),
        (["enroll", "people"], "Missing option '--consent'"),
        (["change", "Ana"], "say what to change"),
    ],
)
def test_usage_errors(home: Path, arguments: list[str], says: str) -> None:
    done = call(*arguments)
    assert done.exit_code == 2
    assert says in " ".join(done.output.split())


def test_without_the_packages_the_extra_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kenali.faces.gallery.store", None)
    done = call("list")
    assert done.exit_code == 1
    assert 'pip install "kenali[faces]"' in done.output
