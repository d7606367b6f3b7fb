"""What a look at a photo measures, and when that is worth a warning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy.fft import dctn

from kenali.images import decode
from kenali.photos import PhotoFacts, scan
from kenali.photos.audit import examine
from tests.conftest import draw_photo, draw_set, encoded, picture


def facts_of(image: Image.Image) -> PhotoFacts:
    return examine(decode(encoded(image, "PNG")))


def test_measures_of_plain_pictures() -> None:
    white, black = facts_of(Image.new("RGB", (40, 30), "white")), facts_of(Image.new("RGB", (40, 30)))
    assert (white.brightness, black.brightness) == (1.0, 0.0)
    assert white.contrast == white.sharpness == 0
    assert white.is_grey
    assert white.size_px == (30, 40)
    assert not facts_of(picture(1)).is_grey
    assert facts_of(picture(1).convert("L")).is_grey


def test_the_spectrum_is_the_cosine_transform() -> None:
    image = picture(1, (32, 32)).convert("L")
    whole = dctn(np.asarray(image, np.float64), norm="ortho")
    assert np.allclose(facts_of(image).spectrum, whole[:16, :16], atol=0.05)


def test_facts_read_back() -> None:
    facts = facts_of(picture(1))
    again = PhotoFacts.from_bytes(facts.to_bytes())
    assert again.to_bytes() == facts.to_bytes()
    assert replace(again, spectrum=facts.spectrum, colours=facts.colours, brightness=0, contrast=0, sharpness=0).format == "PNG"
    assert np.array_equal(again.spectrum, facts.spectrum)
    with pytest.raises(ValueError, match="damaged"):
        PhotoFacts.from_bytes(facts.to_bytes()[:100])


def test_the_thumbnail_is_a_small_jpeg() -> None:
    thumb = decode(facts_of(picture(1, (500, 400))).thumb)
    assert (thumb.format, thumb.size_px) == ("JPEG", (112, 90))


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (2, 2)])
def test_the_smallest_pictures_can_be_measured(size: tuple[int, int]) -> None:
    assert np.isfinite(facts_of(picture(1, size)).sharpness)


def add(name: str, image: Image.Image, file_format: str = "JPEG") -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(encoded(image, file_format))

    return spoil


def nearly_white() -> Image.Image:
    page = Image.new("RGB", (96, 96), "white")
    page.paste(picture(1, (16, 16)), (40, 40))
    return page


def empty_class(folder: Path) -> None:
    (folder / "owl").mkdir()


def many_more_cats(folder: Path) -> None:
    for number in range(60):
        draw_photo(folder / "cat" / f"more{number}.jpg", number)


def tiny_class(folder: Path) -> None:
    for number in range(8):
        draw_photo(folder / "owl" / f"{number}.jpg", number)
    draw_photo(folder / "owl" / "9.jpg", 9)


@pytest.mark.parametrize(
    ("kind", "spoil", "evidence"),
    [
        ("dark", add("cat/x.jpg", picture(1).point(lambda value: value // 16)), ("cat/x.jpg",)),
        ("bright", add("cat/x.jpg", nearly_white()), ("cat/x.jpg",)),
        ("odd-size", add("cat/x.jpg", picture(1, (28, 30))), ("cat/x.jpg",)),
        ("odd-aspect", add("cat/x.jpg", picture(1, (60, 240))), ("cat/x.jpg",)),
        ("grey-among-colour", add("cat/x.jpg", picture(1).convert("L")), ("cat/x.jpg",)),
        ("wrong-extension", add("cat/x.jpg", picture(1), "PNG"), ("cat/x.jpg",)),
        ("label-conflict", add("dog/x.jpg", picture(10_000), "PNG"), ("cat/000.jpg = dog/x.jpg",)),
        ("empty-class", empty_class, ("owl",)),
        ("imbalance", many_more_cats, ("cat", "dog")),
        ("tiny-class", tiny_class, ("owl",)),
    ],
)
def test_each_warning_has_its_cause(
    tmp_path: Path, kind: str, spoil: Callable[[Path], None], evidence: tuple[str, ...]
) -> None:
    folder = draw_set(tmp_path / "photos", {"cat": 12, "dog": 11})
    assert scan(folder).ledger.warnings == ()
    spoil(folder)
    told = {warning.kind: warning for warning in scan(folder).ledger.warnings}
    assert told[kind].evidence == evidence
    assert told.keys() <= {kind, "wrong-extension"}


def test_a_blurred_photo_among_sharp_ones(tmp_path: Path) -> None:
    (tmp_path / "wall").mkdir()
    for number in range(12):
        grain = np.random.default_rng(number).integers(0, 256, (96, 96, 3), dtype=np.uint8)
        sharp = Image.blend(picture(number), Image.fromarray(grain), 0.3)
        (tmp_path / "wall" / f"{number}.png").write_bytes(encoded(sharp, "PNG"))
    assert not [warning for warning in scan(tmp_path).ledger.warnings if warning.kind == "blurred"]
    (tmp_path / "wall" / "x.png").write_bytes(encoded(picture(99).filter(ImageFilter.GaussianBlur(3)), "PNG"))
    (notice,) = (warning for warning in scan(tmp_path).ledger.warnings if warning.kind == "blurred")
    assert notice.evidence == ("wall/x.png",)


def test_colour_among_grey(tmp_path: Path) -> None:
    for number in range(12):
        path = tmp_path / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encoded(picture(number).convert("RGB" if number == 3 else "L"), "PNG"))
    (notice,) = (warning for warning in scan(tmp_path).ledger.warnings if warning.kind == "colour-among-grey")
    assert notice.evidence == ("dog/3.png",)
    assert notice.what == "1 photo is coloured among grey photos: dog/3.png"


@pytest.mark.parametrize("name", ["minerals", "tyres", "xray", "gender"])
def test_real_sets_raise_few_warnings_about_photos(shared_data: Path, name: str) -> None:
    scanned = scan(shared_data / name)
    true_of_the_sets = ("tiny-class", "imbalance", "grey-among-colour", "colour-among-grey")  # true of some of these sets
    told = {w.kind: len(w.evidence) for w in scanned.ledger.warnings if w.kind not in true_of_the_sets}
    assert sum(told.values()) <= 0.05 * len(scanned.photoset), told
