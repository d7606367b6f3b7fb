"""The commands as a user meets them: output, exit codes, one-sentence errors."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import draw_set
from tests.tiny import CLASS_NAMES, coloured, write_tiny_bundle


def kenali(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from kenali.cli import main; main()", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, input=stdin, env=os.environ, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bundle(tmp_path_factory.mktemp("cli") / "bundle")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name, colour in (("red", "red"), ("green", "lime"), ("blue", "blue")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        (tmp_path / "photos" / name / f"{name}.png").write_bytes(coloured(colour))
    return tmp_path / "photos"


def test_help_lists_every_command() -> None:
    done = kenali("--help")
    assert done.returncode == 0
    for command in (
        "demo",
        "check",
        "organize",
        "augment",
        "train",
        "learning-rate",
        "evaluate",
        "compare",
        "drift",
        "predict",
        "serve",
        "recipes",
        "study",
    ):
        assert command in done.stdout


def test_bad_usage_exits_with_2() -> None:
    assert kenali("predict").returncode == 2
    assert kenali("train", "photos", "--ratios", "lots").returncode == 2
    assert kenali("check", "photos", "--lang", "xx").returncode == 2
    assert kenali("train", "photos", "--budget", "soon").returncode == 2
    assert kenali("train", "photos", "--reject", "150%").returncode == 2
    assert kenali("augment", "photos").returncode == 2
    assert kenali("study", "learning-rate", "photos", "--rates", "fast").returncode == 2
    assert kenali("check", "photos", "--suspects", "--apply", "s.csv").returncode == 2
    assert kenali("augment", "photos", "dest", "--copies", "99").returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "nothing", "photo.jpg"),
        ("train", "nothing"),
        ("check", "nothing"),
        ("evaluate", "nothing", "photos"),
        ("organize", "nothing", "dest"),
        ("augment", "nothing", "dest"),
        ("augment", "nothing", "--sheet", "sheet.html", "--recipe", "tires"),
        ("train", "nothing", "--recipe", "nothing.toml"),
        ("study", "robustness", "nothing"),
        ("study", "networks", "nothing", "--recipe", "auto"),
    ],
)
def test_an_error_is_one_sentence_on_stderr(arguments: tuple[str, ...]) -> None:
    done = kenali(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("kenali: ")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_predict_as_text(bundle: Path, photos: Path) -> None:
    done = kenali("predict", bundle, photos)
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["blue", "green", "red"]


def test_predict_as_json_reports_what_it_cannot_read(bundle: Path, photos: Path) -> None:
    (photos / "red" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    done = kenali("predict", bundle, photos, photos / "missing.png", "--json")
    assert done.returncode == 0
    rows = json.loads(done.stdout)["predictions"]
    named = [row for row in rows if "label" in row]
    assert {row["label"] for row in named} == set(CLASS_NAMES)
    for row in named:
        assert set(row) == {"path", "label", "reason", "probs", "novelty"}
        assert sum(row["probs"].values()) == pytest.approx(1, abs=1e-4)
    assert [set(row) for row in rows if "error" in row] == [{"path", "error"}] * 2


def test_predict_explains(bundle: Path, photos: Path, tmp_path: Path) -> None:
    done = kenali("predict", bundle, photos, tmp_path / "missing.png", "--explain", tmp_path / "heat", "--lang", "id", "--json")
    assert done.returncode == 0
    rows = json.loads(done.stdout)["predictions"]
    named = [row for row in rows if "label" in row]
    assert sorted(Path(row["explanation"]) for row in named) == sorted((tmp_path / "heat").glob("*.png"))
    page = (tmp_path / "heat" / "index.html").read_text(encoding="utf-8")
    assert "Di mana model melihat" in page
    assert all(Path(row["explanation"]).name in page for row in named)
    done = kenali("predict", bundle, photos, "--explain", tmp_path / "heat")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "not empty" in done.stderr


def test_predict_explains_the_class_asked_for(bundle: Path, photos: Path, tmp_path: Path) -> None:
    done = kenali("predict", bundle, photos, "--explain", tmp_path / "heat", "--explain-class", "blue")
    assert str(tmp_path / "heat" / "index.html") in done.stdout
    assert (tmp_path / "heat" / "index.html").read_text(encoding="utf-8").count("<b>blue ") == 3
    done = kenali("predict", bundle, photos, "--explain", tmp_path / "other", "--explain-class", "bleu")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "Did you mean 'blue'" in done.stderr
    assert kenali("predict", bundle, photos, "--explain-class", "blue").returncode == 2
    nothing = kenali("predict", bundle, tmp_path / "missing.png", "--explain", tmp_path / "other")
    assert nothing.returncode == 1
    assert not (tmp_path / "other").exists()


def test_predict_as_csv(bundle: Path, photos: Path) -> None:
    done = kenali("predict", bundle, photos, "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["label"] for row in rows] == ["blue", "green", "red"]
    assert float(rows[0]["p:blue"]) == pytest.approx(float(rows[0]["confidence"]))


def test_predict_says_what_it_does_not_know(tmp_path: Path) -> None:
    doubting = write_tiny_bundle(tmp_path / "bundle", doubting=True)
    for colour in ("gray", "red", "yellow"):
        (tmp_path / f"{colour}.png").write_bytes(coloured(colour))
    photos = [tmp_path / f"{colour}.png" for colour in ("gray", "red", "yellow")]
    rows = json.loads(kenali("predict", doubting, *photos, "--json").stdout)["predictions"]
    assert [(row["label"], row["reason"]) for row in rows] == [("unknown", "novel"), ("red", None), ("unknown", "ambiguous")]
    assert rows[0]["novelty"] == pytest.approx(1 - 3**-0.5, abs=1e-5)
    assert rows[1]["set"] == ["red"]
    lines = kenali("predict", doubting, *photos).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["unknown", "red", "unknown"]
    assert "novel; nearest: " in lines[0]
    assert lines[2].endswith("[red or green]")
    table = list(csv.DictReader(io.StringIO(kenali("predict", doubting, *photos, "--csv").stdout)))
    assert [(row["label"], row["reason"], row["set"]) for row in table][1:] == [
        ("red", "", "red"),
        ("unknown", "ambiguous", "red|green"),
    ]
    done = kenali("predict", doubting, *photos, "--reject", "0%", "--json")
    assert all(row["reason"] is None for row in json.loads(done.stdout)["predictions"])
    assert kenali("predict", doubting, *photos, "--reject", "lots").returncode == 2
    done = kenali("predict", doubting, *photos, "--reject", "3%")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)


def test_predict_reads_paths_from_stdin(bundle: Path, photos: Path) -> None:
    done = kenali("predict", bundle, "-", stdin=f"{photos / 'red' / 'red.png'}\n")
    assert done.stdout.startswith("red")


def test_predict_without_any_photo_fails(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert kenali("predict", bundle, tmp_path / "empty").returncode == 1
    done = kenali("predict", bundle, tmp_path / "missing.png", "--json")
    assert done.returncode == 1
    assert "error" in json.loads(done.stdout)["predictions"][0]


def test_check_writes_ledger_and_page(photos: Path, tmp_path: Path) -> None:
    (photos / "red" / "notes.txt").write_text("not a photo")
    done = kenali("check", photos, "-o", tmp_path / "out", "--json")
    document = json.loads(done.stdout)
    assert (document["total"], document["used"], document["quarantined"]) == (4, 3, 1)
    assert document["total"] == document["used"] + document["duplicate"] + document["quarantined"]
    assert {"path", "fate", "reason"} <= set(document["rows"][0])
    assert document["shortcuts"] == []  # too few photos to tell
    assert (tmp_path / "out" / "ledger.csv").is_file()
    assert "<html" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_check_says_what_gives_the_class_away(tmp_path: Path) -> None:
    photos = draw_set(tmp_path / "photos", {"cat": 8, "dog": 8})
    for photo in (photos / "dog").iterdir():
        Image.open(photo).resize((80, 96)).save(photo)
    done = kenali("check", photos, "-o", tmp_path / "out")
    assert "! From the size and shape of the pictures alone the classes can be told apart: 100% right" in done.stdout
    document = json.loads(kenali("check", photos, "-o", tmp_path / "out", "--json").stdout)
    assert document["warnings"][0]["kind"] == "shortcut"
    (size,) = (one for one in document["shortcuts"] if one["kind"] == "size")
    assert (size["verdict"], size["balanced_accuracy"]["value"], size["chance"], size["model"]) == ("gives-away", 1, 0.5, None)


def test_organize_copies_and_never_overwrites(photos: Path, tmp_path: Path) -> None:
    done = kenali("organize", photos, tmp_path / "clean", "--json")
    assert json.loads(done.stdout)["copied"] == 3
    assert (tmp_path / "clean" / "red" / "red (1).png").is_file()
    assert kenali("organize", photos, tmp_path / "clean").returncode == 1


def test_augment_writes_folders_and_a_sheet(tmp_path: Path) -> None:
    photos = draw_set(tmp_path / "photos", {"cat": 6, "dog": 6})
    done = kenali("augment", photos, tmp_path / "out", "--copies", "2", "--lang", "id", "--json")
    document = json.loads(done.stdout)
    assert document["copies"] == 2 * document["originals"]["train"]
    assert sum(document["originals"].values()) == 12
    assert (tmp_path / "out" / "copies.csv").is_file()
    assert "augmentasi" in (tmp_path / "out" / "sheet.html").read_text(encoding="utf-8")
    assert kenali("augment", photos, tmp_path / "out").returncode == 1
    done = kenali("augment", photos, "--sheet", tmp_path / "sheet.html")
    assert done.stdout == f"Sheet:      {tmp_path / 'sheet.html'}\n"
    done = kenali("augment", photos, "--sheet", tmp_path / "sheet.html", "--recipe", "xray-small")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)


def test_a_study_is_told_and_goes_on(tmp_path: Path) -> None:
    photos = draw_set(tmp_path / "photos", {"cat": 12, "dog": 12})
    command = ("study", "learning-rate", photos, "-o", tmp_path / "out", "--rates", "0.1,0.01", "--epochs", "1", "--seeds", "1")
    done = kenali(*command)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "out" / "index.html") in done.stdout
    document = json.loads(kenali(*command, "--lang", "id", "--json").stdout)
    assert document["reused"] == 2
    assert document["kind"] == "learning-rate"
    assert "Jawabannya" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_evaluate_tells_how_many_photos_are_unknown(photos: Path, tmp_path: Path) -> None:
    doubting = write_tiny_bundle(tmp_path / "bundle", doubting=True)
    (photos / "red" / "grey.png").write_bytes(coloured("gray"))
    document = json.loads(kenali("evaluate", doubting, photos, "--json").stdout)
    assert document["accuracy"]["n"] == document["rejection"]["rejected"]["n"] == 4
    assert (document["rejection"]["novel"], document["rejection"]["ambiguous"]) == (1, 0)
    assert document["sets"]["covered"]["value"] == 1
    assert "1 of 4 (1 novel, 0 ambiguous); of the rest 100.0 % right" in kenali("evaluate", doubting, photos).stdout


def test_evaluate_matches_classes_by_name(bundle: Path, photos: Path, tmp_path: Path) -> None:
    (photos / "purple").mkdir()
    (photos / "purple" / "p.png").write_bytes(coloured("purple"))
    done = kenali("evaluate", bundle, photos, "--json", "-o", tmp_path / "report")
    document = json.loads(done.stdout)
    assert document["accuracy"]["value"] == 1
    assert document["accuracy"]["n"] == 3
    assert "unknown-class" in {alarm["kind"] for alarm in document["alarms"]}
    assert (tmp_path / "report" / "predictions.csv").is_file()


def test_evaluate_tells_groups_apart(bundle: Path, photos: Path, tmp_path: Path) -> None:
    (photos / "red" / "night-red.png").write_bytes(coloured("#0000e0"))
    done = kenali("evaluate", bundle, photos, "--by", "(night)-", "-o", tmp_path / "report")
    assert "by (night)-, the worst first:" in done.stdout
    assert "night                    0.0 % right of 1 (0.0 % to 79.3 %), small" in done.stdout
    assert "(no match)               100.0 % right of 3" in done.stdout
    assert 'id="groups"' in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert kenali("evaluate", bundle, photos, "--by", "(day)-").returncode == 1


def test_compare_names_the_better_bundle(bundle: Path, photos: Path, tmp_path: Path) -> None:
    other = write_tiny_bundle(tmp_path / "other", golden=0)
    done = kenali("compare", bundle, other, photos, "-o", tmp_path / "page", "--lang", "id")
    assert done.returncode == 0
    assert "Perbedaan akurasi tidak dapat dibuktikan dengan 3 foto" in done.stdout
    assert (tmp_path / "page" / "index.html").is_file()
    document = json.loads(kenali("compare", bundle, other, photos, "--json").stdout)
    assert (document["verdict"], document["photos_needed"], document["photos"]["both_right"]) == ("none", None, 3)


def test_decisions_become_a_list(photos: Path, tmp_path: Path) -> None:
    decisions = tmp_path / "suspects.csv"
    decisions.write_text("path,suggested,decision\nred/red.png,blue,relabel\ngreen/green.png,,leave out\n")
    done = kenali("check", photos, "--apply", decisions, "-o", tmp_path / "list.csv", "--json")
    document = json.loads(done.stdout)
    assert (document["photos"], document["relabelled"], document["left_out"]) == (2, 1, 1)
    assert (tmp_path / "list.csv").read_text().splitlines()[1:] == ["photos/blue/blue.png,blue,,", "photos/red/red.png,blue,,"]
    assert not (tmp_path / "index.html").exists()
    done = kenali("check", photos, "--apply", decisions, "-o", tmp_path / "list.csv")
    assert "No photo was touched" in done.stdout
    assert kenali("check", tmp_path / "list.csv", "-o", tmp_path / "again", "--json").returncode == 0


def test_a_full_disk_gets_a_sentence(bundle: Path, photos: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    command = [sys.executable, "-c", "from kenali.cli import main; main()", "predict", str(bundle), str(photos), "--csv"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=os.environ, check=False)
    assert done.returncode == 1
    assert "disk is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_stops_early_is_no_error(bundle: Path, photos: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("needs a POSIX shell")
    command = f"{sys.executable} -c 'from kenali.cli import main; main()' predict {bundle} {photos} {photos} {photos} | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=os.environ, check=False)
    assert "Traceback" not in done.stderr
