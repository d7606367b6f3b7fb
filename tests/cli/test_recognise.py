"""`kenali faces identify`, `verify`, `threshold`, `evaluate`, `cluster`: people are colours, for stand-in networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from kenali.cli import app
from tests.faces.conftest import stand_ins

COLOURS = {
    "red": (230, 30, 30),
    "green": (30, 230, 30),
    "blue": (30, 30, 230),
    "yellow": (230, 230, 30),
    "pink": (230, 30, 230),
    "teal": (30, 230, 230),
}
STRANGER = (140, 120, 240)


def draw(path: Path, colour: tuple[int, int, int], seed: int) -> Path:
    """A photo all of about one colour."""
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.clip(np.array(colour) + rng.normal(0, 12, 3) + rng.normal(0, 8, (96, 96, 3)), 0, 255)
    Image.fromarray(pixels.astype(np.uint8)).save(path, "PNG")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks, photos of six people to enrol and to ask about, a stranger, and a gallery of the six."""
    folder = tmp_path_factory.mktemp("faces")
    points = [[34, 38], [52, 38], [43, 50], [36, 58], [50, 58]]
    stand_ins(folder, [10, 10, 80, 80], points)
    for number, (name, colour) in enumerate(COLOURS.items()):
        for photo in range(3):
            draw(folder / "enrol" / name / f"{photo}.png", colour, 10 * number + photo)
        draw(folder / "probe" / name / "new.png", colour, 10 * number + 5)
    draw(folder / "probe" / "stranger" / "new.png", STRANGER, 99)
    (folder / "bad.jpg").write_bytes(b"\xff\xd8 no")
    done = told(folder, "enroll", str(folder / "enrol"), "--consent", "form 1", "--accept-flaws", "--force")
    assert done.exit_code == 0, done.output
    return folder


def told(folder: Path, *words: str) -> Result:
    own = {"--networks": "networks.toml", "--gallery": "gallery.sqlite", "--key-file": "key"}
    options = [word for option, name in own.items() for word in (option, str(folder / name))]
    return CliRunner().invoke(app, ["faces", *words, *options])


def document(folder: Path, *words: str) -> dict[str, Any]:
    done = told(folder, *words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_threshold_is_fitted_kept_and_used(place: Path) -> None:
    refused = told(place, "threshold", "--far", "1%")
    assert refused.exit_code == 1
    assert "takes 300 pairs of photos of different people, and there are 135" in refused.output
    unknown = told(place, "identify", str(place / "probe" / "red" / "new.png"))
    assert unknown.exit_code == 1
    assert "kenali faces threshold" in unknown.output
    fitted = document(place, "threshold", "--far", "5%", "--try")
    assert not fitted["kept"]
    fitted = document(place, "threshold", "--far", "5%", "-o", str(place / "page.html"))
    assert fitted["kept"]
    assert fitted["threshold"] == fitted["identify"]["threshold"]
    assert fitted["persons"] == 6
    assert fitted["photos"] == 18
    assert (place / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    answer = document(place, "identify", str(place / "probe" / "red"), "--draw", str(place / "drawn.png"))
    assert answer["fitted"]
    assert answer["threshold"] == fitted["threshold"]
    assert answer["photos"][0]["faces"][0]["identity"] == "red"
    assert (place / "drawn.png").is_file()
    spoken = told(place, "threshold", "--strangers", "60%", "--try")
    assert "6 people, for a false acceptance rate of 10 %" in spoken.output


@pytest.mark.parametrize("matcher", ["nearest", "knn", "svm"])
def test_people_are_named_and_the_stranger_is_not(place: Path, matcher: str) -> None:
    words = ("identify", str(place / "probe"), str(place / "bad.jpg"), "--matcher", matcher, "--threshold", "0.3")
    answers = {Path(one["path"]).parent.name: one for one in document(place, *words)["photos"]}
    for name in COLOURS:
        assert answers[name]["faces"][0]["identity"] == name
    assert answers["stranger"]["faces"][0]["identity"] == "unknown"
    assert any("error" in one for one in answers.values())
    found = document(place, "evaluate", str(place / "probe"), "--matcher", matcher, "--threshold", "0.3")
    assert found["rank1"]["value"] == 1
    assert found["rank1"]["n"] == 6
    assert found["unknown_rejected"]["value"] == 1
    assert found["unknown_are"] == "strangers"
    assert found["tpr_at_far"]["0.01"]["value"] == 1
    assert "Strangers unknown:" in told(place, "evaluate", str(place / "probe"), "--threshold", "0.3").output


def test_photos_are_verified_with_photos_and_with_people(place: Path) -> None:
    red, teal = (str(place / "probe" / name / "new.png") for name in ("red", "teal"))
    assert document(place, "verify", red, str(place / "enrol" / "red" / "1.png"), "--threshold", "0.3")["same"]
    assert not document(place, "verify", red, teal, "--threshold", "0.3")["same"]
    assert document(place, "verify", red, "Red", "--threshold", "0.3")["same"]
    nobody = told(place, "verify", red, "rad", "--threshold", "0.3")
    assert nobody.exit_code == 1
    assert "Did you mean 'red'?" in nobody.output


def test_groups_come_from_a_csv(place: Path) -> None:
    (place / "groups.csv").write_text("person,team\n" + "".join(f"{n},{'a' if n < 'p' else 'b'}\n" for n in COLOURS))
    words = ("threshold", "--far", "5%", "--try", "--groups", str(place / "groups.csv"))
    found = document(place, *words, "--by", "team")
    assert {one["name"]: one["persons"] for one in found["groups"]} == {"a": 2, "b": 4}
    wrong = told(place, *words, "--by", "teem")
    assert wrong.exit_code == 1
    assert "Did you mean 'team'?" in wrong.output


def test_more_people_are_compared_but_not_enrolled(place: Path) -> None:
    draw(place / "more" / "grey" / "1.png", (90, 90, 80), 1)
    found = document(place, "threshold", str(place / "more"), "--far", "5%", "--try")
    assert (found["persons"], found["photos"]) == (7, 19)


def test_unnamed_photos_are_sorted_by_person(place: Path, tmp_path: Path) -> None:
    words = ("cluster", str(place / "enrol"), str(place / "probe"), str(place / "bad.jpg"), "--threshold", "0.5")
    found = document(place, *words, "-o", str(tmp_path / "sorted"))
    people = [{Path(path).parent.name for path in person["paths"]} for person in found["people"]]
    assert sorted(map(sorted, people)) == sorted([[name] for name in [*COLOURS, "stranger"]])
    assert [person["faces"] for person in found["people"]] == [4] * 6 + [1]
    assert len(found["errors"]) == 1
    assert sum(1 for _ in (tmp_path / "sorted" / "person-001").iterdir()) == 4
    again = told(place, *words, "-o", str(tmp_path / "sorted"))
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_what_is_not_there_is_said(place: Path) -> None:
    for words, says in (
        (("evaluate", str(place / "nothing")), "there is no folder"),
        (("identify", str(place / "bad.jpg")), "none of the 1 files"),
        (("verify", str(place / "bad.jpg"), "red"), "bad.jpg"),
        (("evaluate", str(place / "probe"), "--matcher", "svn"), "Did you mean 'svm'?"),
    ):
        done = told(place, *words, "--threshold", "0.3")
        assert done.exit_code == 1, done.output
        assert says in done.output
