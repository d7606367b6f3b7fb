"""Photos divided into train, val and test folders, with altered copies beside the photos of the training part alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kenali.cache import Cache
from kenali.errors import KenaliError, PhotoError
from kenali.evaluation.report import write_augmentation_sheet
from kenali.files import folder_atomically, write_atomically
from kenali.images import decode
from kenali.parallel import map_in_order
from kenali.photos import Scan, load_split, require_trainable, scan, split
from kenali.photos.listing import csv_text
from kenali.photos.naming import folder_names, fresh_name, safe_name
from kenali.training.choices import Augmentation, AutoRecipe, NetworkRecipe, Recipe, StaticCopies
from kenali.training.copies import Kind, altered, draw_copies, kinds_on
from kenali.training.learned import ProgressHook
from kenali.training.sheet import augmentation_sheet
from kenali.types import PARTS, Part, Photo, Split

MANIFEST = "copies.csv"
SHEET = "sheet.html"
_HEADER = ("file", "class", "part", "group", "kind", "value", "seed", "original", "original_sha256")
_QUALITY = 92


@dataclass(frozen=True, slots=True)
class Augmented:
    """What was written: `originals` counts the photos of each part; `dest` is None where only the sheet was asked for."""

    dest: Path | None
    sheet: Path
    originals: dict[Part, int]
    copies: int


@dataclass(frozen=True, slots=True)
class _Placed:
    """A photo, where it goes, and the altered copies to lay beside it: (file in DEST, kind, value)."""

    photo: Photo
    part: Part
    file: str
    copies: tuple[tuple[str, Kind, float], ...]


def augment(
    photos: str | Path,
    dest: str | Path | None,
    recipe: Recipe,
    *,
    sheet: str | Path | None = None,
    copies: int | None = None,
    split_file: str | Path | None = None,
    group_by: str | None = None,
    language: str = "en",
    progress: ProgressHook = lambda stage, done, total: None,
) -> Augmented:
    """Write `dest/{train,val,test}/<class>/`: every usable photo byte for byte, and copies of the training photos.

    The photos are divided first (by `split_file`, else by their own train/val/test folders, else by the recipe's ratios
    and seed), so that no copy stands on another side than its original. The copies are the recipe's static ones, `copies`
    of them for each photo if that is given; `dest/copies.csv` says what every file is, and is itself a list that Kenali
    reads. The sheet shows a few of the photos altered; it stands at `sheet`, by default in `dest`. Without `dest` only the
    sheet is written. `group_by` is as for `scan`. Nothing is half-written. Raises KenaliError when the photos cannot be
    used, `dest` is not empty, a path lies among the photos, no part is left beside the training part, or the recipe
    alters nothing.
    """
    dynamic, own = augmentation_of(recipe)
    statics = _counted(own, copies)
    if dest is None and sheet is None:
        raise KenaliError("give DEST, a new folder for photos and copies, or --sheet FILE for the sheet alone")
    dest, sheet = dest and Path(dest), sheet and Path(sheet)
    if dest:
        _require_fresh(dest, Path(photos))
        _require_copies(statics, recipe)
    if sheet:
        _require_outside(sheet, Path(photos))
    scanned, parts = _divided(Path(photos), recipe, split_file, group_by, progress)
    if dest and not parts.val and not parts.test:
        raise KenaliError(
            "every photo is in the training part, so nothing would keep the copies from a later test part; "
            "use a recipe whose ratios leave a share for test, or a --split with one"
        )
    shown = augmentation_sheet(Path(photos).name, recipe, dynamic, statics, scanned.photoset, parts.train)
    placed = list(_places(scanned.photoset.class_names, parts, statics if dest else StaticCopies(), recipe.seed))
    if dest:
        with folder_atomically(dest) as partial:
            _write(partial, placed, scanned, progress)
            write_atomically(partial / MANIFEST, _manifest(placed, scanned.photoset.class_names, recipe.seed))
            if not sheet:
                write_augmentation_sheet(partial / SHEET, shown, language)
    if sheet:
        write_augmentation_sheet(sheet, shown, language)
    counts = Counter(one.part for one in placed)
    made = sum(len(one.copies) for one in placed)
    where = sheet or (dest or Path()) / SHEET
    return Augmented(dest or None, where, {part: counts[part] for part in PARTS}, made)


def augmentation_of(recipe: Recipe) -> tuple[Augmentation, StaticCopies]:
    """What a recipe does to training photos, anew in each epoch and once; nothing where it trains no network."""
    if isinstance(recipe, NetworkRecipe):
        return recipe.augmentation, recipe.copies
    return recipe.fine_tune.augmentation if isinstance(recipe, AutoRecipe) else Augmentation(), StaticCopies()


def _counted(chosen: StaticCopies, copies: int | None) -> StaticCopies:
    if copies is None:
        return chosen
    if not 1 <= copies <= 20:
        raise KenaliError(f"1 to 20 copies of a photo can be made, not {copies}")
    return chosen.model_copy(update={"copies": copies})


def _require_fresh(dest: Path, photos: Path) -> None:
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise KenaliError(f"{dest} is not empty: give a new folder, nothing is overwritten")
    _require_outside(dest, photos)


def _require_outside(path: Path, photos: Path) -> None:
    if photos.is_dir() and path.resolve().is_relative_to(photos.resolve()):
        raise KenaliError(f"{path} lies among the photos in {photos}: give a place outside, for the photos stay as they are")


def _require_copies(statics: StaticCopies, recipe: Recipe) -> None:
    if not kinds_on(statics):
        raise KenaliError(
            f"the recipe {recipe.name!r} turns on no kind of static copy: add a [copies] table, see docs/augment.md"
        )
    if not statics.copies:
        raise KenaliError(f"the recipe {recipe.name!r} makes no static copies: say how many of each photo with --copies")


def _divided(
    photos: Path, recipe: Recipe, split_file: str | Path | None, group_by: str | None, progress: ProgressHook
) -> tuple[Scan, Split]:
    with Cache() as cache:
        scanned = scan(photos, group_by=group_by, facts_store=cache, progress=lambda done, total: progress("scan", done, total))
    require_trainable(scanned)
    if split_file is not None:
        return scanned, load_split(Path(split_file), scanned.photoset)
    return scanned, split(scanned.photoset, ratios=recipe.ratios, seed=recipe.seed)


def _places(class_names: Sequence[str], parts: Split, statics: StaticCopies, seed: int) -> Iterator[_Placed]:
    """A file for each photo and copy, all originals first, so that no copy takes an original's name.

    `a_mirror.jpg` sorts behind `a.jpg`: where a copy hardly differs, a later scan keeps the first of the two.
    """
    folders = folder_names(class_names)
    used: defaultdict[str, set[str]] = defaultdict(set)
    files = []
    for part, photo in parts.items():
        folder = f"{part}/{folders[photo.label]}"
        name = PurePosixPath(safe_name(PurePosixPath(photo.path).name))
        files.append((part, photo, folder, fresh_name(name.stem, name.suffix, used[folder])))
    for part, photo, folder, file in files:
        drawn = draw_copies(statics, seed, photo.sha256) if part == "train" else []
        stem = PurePosixPath(file).stem
        copies = tuple(
            (f"{folder}/{fresh_name(f'{stem}_{_tag(kind, value)}', '.jpg', used[folder])}", kind, value)
            for kind, value in drawn
        )
        yield _Placed(photo, part, f"{folder}/{file}", copies)


def _tag(kind: Kind, value: float) -> str:
    """What a copy's name says was done, such as `rotation+12.3`."""
    if kind in ("mirror", "upside_down"):
        return kind
    return f"{kind}{value:+g}" if kind in ("rotation", "shear") else f"{kind}{value:g}"


def _write(folder: Path, placed: Sequence[_Placed], scanned: Scan, progress: ProgressHook) -> None:
    """Every photo's bytes and every copy's, side by side on all cores."""
    for one in placed:
        (folder / one.file).parent.mkdir(parents=True, exist_ok=True)

    def write(one: _Placed) -> None:
        data = scanned.photoset.source.read(one.photo.path)
        (folder / one.file).write_bytes(data)
        if not one.copies:
            return
        try:
            image = decode(data).image
        except PhotoError as error:  # the scan had decoded it
            raise KenaliError(f"{one.photo.path} has become unusable since it was first read: {error}") from None
        for file, kind, value in one.copies:
            altered(image, kind, value).save(folder / file, "JPEG", quality=_QUALITY)

    for done, _ in enumerate(map_in_order(write, placed), start=1):
        progress("copy", done, len(placed))


def _manifest(placed: Sequence[_Placed], class_names: Sequence[str], seed: int) -> str:
    """A row for each file written, originals with the kind `original`; photo and copies share the photo's group."""
    rows = []
    for one in placed:
        for file, kind, value in (
            (one.file, "original", ""),
            *((file, kind, f"{value:g}") for file, kind, value in one.copies),
        ):
            told = value if kind not in ("mirror", "upside_down") else ""
            photo = one.photo
            rows.append(
                (file, class_names[photo.label], one.part, photo.group, kind, told, str(seed), photo.path, photo.sha256)
            )
    return csv_text(_HEADER, rows)
