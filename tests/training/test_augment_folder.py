"""Copies in folders: of the training part alone, named, listed, repeatable; and the sheet of examples."""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from pathlib import Path

import pytest
from PIL import Image

from kenali.errors import KenaliError
from kenali.photos import scan
from kenali.photos.folder import FolderSource
from kenali.training.augment_folder import Augmented, augment, augmentation_of
from kenali.training.choices import Augmentation, AutoRecipe, Epochs, FrozenRecipe, NetworkRecipe, StaticCopies
from kenali.training.recipe import load_recipe
from tests.conftest import draw_photo, draw_set, encoded, picture

COPIES = StaticCopies(copies=2, mirror=True, turns=(90, 180, 270), rotation=45, brightness=(0.5, 0.8))
RECIPE = NetworkRecipe(name="mine", method="network", network="tyres", ratios=(0.5, 0.25, 0.25), seed=3, copies=COPIES)
EVERY = Augmentation(
    crop=0.4,
    rotation=30,
    shift=0.1,
    shear=10,
    zoom=0.2,
    mirror=True,
    upside_down=True,
    brightness=(0.6, 1.4),
    contrast=(0.6, 1.4),
    saturation=(0.2, 1.8),
    hue=0.1,
    rand_augment=2,
    erase=0.25,
    mixup=0.2,
    cutmix=1,
)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "copies.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_set(tmp_path / "photos", {"cat": 8, "dog": 8})


@pytest.fixture
def written(photos: Path, tmp_path: Path) -> Augmented:
    (photos / "dog" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    return augment(photos, tmp_path / "out", RECIPE)


def test_only_the_training_part_has_copies(photos: Path, tmp_path: Path, written: Augmented) -> None:
    out = tmp_path / "out"
    assert written == Augmented(out, out / "sheet.html", {"train": 8, "val": 4, "test": 4}, 16)
    rows = rows_of(out)
    assert files(out) == sorted([*(row["file"] for row in rows), "copies.csv", "sheet.html"])
    originals = [row for row in rows if row["kind"] == "original"]
    assert {row["original"] for row in originals} == {path for path in files(photos) if "broken" not in path}
    for row in originals:
        data = (out / row["file"]).read_bytes()
        assert data == (photos / row["original"]).read_bytes()
        assert row["original_sha256"] == hashlib.sha256(data).hexdigest()
        assert (row["file"].split("/")[:2], row["seed"]) == ([row["part"], row["class"]], "3")
    copies = [row for row in rows if row["kind"] != "original"]
    assert len(copies) == 16
    assert {row["part"] for row in copies} == {"train"}
    for row in copies:
        stem = Path(row["original"]).stem
        signed = f"+{row['value']}" if row["kind"] == "rotation" and not row["value"].startswith("-") else row["value"]
        assert Path(row["file"]).name == f"{stem}_{row['kind']}{signed}.jpg"
        assert (out / row["file"]).read_bytes() != (photos / row["original"]).read_bytes()


def test_a_later_scan_finds_every_copy_in_the_training_part(tmp_path: Path, written: Augmented) -> None:
    rows = rows_of(tmp_path / "out")
    for source in (tmp_path / "out", tmp_path / "out" / "copies.csv"):
        again = scan(source)
        parts = {photo.path: photo.part for photo in again.photoset.photos}
        assert parts == {row["file"]: row["part"] for row in rows}
    group_of = {photo.path: photo.group for photo in again.photoset.photos}  # the list also keeps copies together
    for row in rows:
        original = next(one["file"] for one in rows if one["original"] == row["original"] and one["kind"] == "original")
        assert group_of[row["file"]] == group_of[original]


def test_the_same_choices_write_the_same_files(photos: Path, tmp_path: Path, written: Augmented) -> None:
    augment(photos, tmp_path / "again", RECIPE)
    for name in files(tmp_path / "out"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_a_split_file_and_a_number_of_copies_take_precedence(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text(
        "path,split\ncat/000.jpg,train\ncat/001.jpg,train\ndog/000.jpg,train\ndog/001.jpg,test\n"
    )
    done = augment(photos, tmp_path / "out", RECIPE, split_file=tmp_path / "split.csv", copies=1)
    assert (done.originals, done.copies) == ({"train": 3, "val": 0, "test": 1}, 3)


def test_names_stay_fresh_and_photos_upright(tmp_path: Path) -> None:
    photos = draw_set(tmp_path / "photos", {"cat": 3, "dog": 3})
    sideways = picture(5, (40, 60))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    (photos / "cat" / "a.jpg").write_bytes(encoded(sideways, exif=exif))
    draw_photo(photos / "cat" / "a_mirror.jpg", 6)
    draw_photo(photos / "cat" / "deeper" / "A.jpg", 7)
    (tmp_path / "split.csv").write_text(
        "path,split\ncat/a.jpg,train\ncat/a_mirror.jpg,train\ncat/deeper/A.jpg,train\ndog/000.jpg,test\n"
    )
    mirrored = RECIPE.model_copy(update={"copies": StaticCopies(copies=1, mirror=True)})
    augment(photos, tmp_path / "out", mirrored, split_file=tmp_path / "split.csv")
    assert files(tmp_path / "out" / "train") == [
        "cat/A (2).jpg",
        "cat/A (2)_mirror.jpg",
        "cat/a.jpg",
        "cat/a_mirror (2).jpg",
        "cat/a_mirror.jpg",
        "cat/a_mirror_mirror.jpg",
    ]
    with Image.open(tmp_path / "out" / "train" / "cat" / "a_mirror (2).jpg") as copy:
        assert copy.size == (40, 60)
        assert not copy.getexif()


def test_what_is_refused(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    nothing = RECIPE.model_copy(update={"copies": StaticCopies(copies=2)})
    none = RECIPE.model_copy(update={"copies": COPIES.model_copy(update={"copies": 0})})
    alone = RECIPE.model_copy(update={"ratios": (1, 0, 0)})
    for dest, recipe, copies, sentence in (
        (tmp_path / "full", RECIPE, None, "nothing is overwritten"),
        (photos, RECIPE, None, "nothing is overwritten"),
        (photos / "inside", RECIPE, None, "among the photos"),
        (tmp_path / "out", nothing, None, "no kind of static copy"),
        (tmp_path / "out", none, None, "--copies"),
        (tmp_path / "out", RECIPE, 21, "1 to 20"),
        (tmp_path / "out", alone, None, "share for test"),
        (None, RECIPE, None, "give DEST"),
    ):
        with pytest.raises(KenaliError, match=sentence):
            augment(photos, dest, recipe, copies=copies)
    with pytest.raises(KenaliError, match="among the photos"):
        augment(photos, None, RECIPE, sheet=photos / "sheet.html")
    with pytest.raises(KenaliError, match="alters no photo"):
        augment(photos, None, FrozenRecipe(), sheet=tmp_path / "sheet.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "photos"]
    assert files(tmp_path / "full") == ["mine.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_interruption_leaves_nothing(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    save = Image.Image.save

    def stop(image: Image.Image, where: object, *rest: object, **options: object) -> None:
        if isinstance(where, Path):
            raise error
        save(image, where, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Image.Image, "save", stop)
    with pytest.raises(type(error)):
        augment(photos, tmp_path / "out", RECIPE)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_a_photo_that_is_gone_leaves_nothing(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned, read = scan(photos), FolderSource.read
    reads: list[str] = []

    def vanish(source: FolderSource, path: str) -> bytes:
        reads.append(path)
        if len(reads) > len(scanned.photoset):
            raise FileNotFoundError(2, "No such file", path)
        return read(source, path)

    monkeypatch.setattr(FolderSource, "read", vanish)
    with pytest.raises(FileNotFoundError):
        augment(photos, tmp_path / "out", RECIPE)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["rotation ±30°", "brightness ×0.6 to ×1.4", "mixup, alpha 0.2"]),
        ("id", ["rotasi ±30°", "kecerahan ×0,6 sampai"]),
    ],
)
def test_the_sheet_shows_every_kind(photos: Path, tmp_path: Path, language: str, said: list[str]) -> None:
    everything = RECIPE.model_copy(update={"augmentation": EVERY})
    done = augment(photos, None, everything, sheet=tmp_path / "sheet.html", language=language)
    assert done.dest is None
    page = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert all(sentence in page for sentence in said)
    pictures = re.findall(r'src="([^"]+)"', page)
    assert len(pictures) == 6 * (1 + 13) + 4 + 6 * (1 + 2)  # dynamic, mixed, static
    assert all(picture.startswith("data:image/jpeg;base64,") for picture in pictures)
    assert "://" not in page
    shown = re.findall(r"<tr>(.*?)</tr>", page)[1]
    row = re.findall(r'src="([^"]+)"', shown)
    assert len(set(row)) == 14  # every kind changes the photo, each in its own way


def test_a_sheet_without_dynamic_augmentation_needs_no_torchvision(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchvision.transforms", None)
    augment(photos, tmp_path / "out", RECIPE)
    with pytest.raises(KenaliError, match=r"kenali\[train\]"):
        augment(photos, None, RECIPE.model_copy(update={"augmentation": EVERY}), sheet=tmp_path / "sheet.html")


def test_where_a_recipe_keeps_its_augmentation() -> None:
    assert augmentation_of(RECIPE) == (Augmentation(), COPIES)
    assert augmentation_of(AutoRecipe(fine_tune=Epochs(augmentation=EVERY))) == (EVERY, StaticCopies())
    assert augmentation_of(FrozenRecipe()) == (Augmentation(), StaticCopies())


def test_the_tyre_recipe_makes_one_copy_a_photo_as_its_study_did() -> None:
    _, copies = augmentation_of(load_recipe("tyres"))
    assert copies.copies == 1
    assert copies.turns == (90, 180, 270)
