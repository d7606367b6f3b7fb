"""The built-in data set: photographs of brick, grass and gravel that scikit-image ships, cut into patches."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from PIL import Image

from kenali.errors import KenaliError
from kenali.files import folder_atomically

CLASS_NAMES = ("brick", "grass", "gravel")

_SIDE = 64  # of a patch, in pixels; the photographs are 512 x 512 and patches do not overlap
_TEST_FROM = 384  # the right quarter of each photograph is kept for the test part


def write_demo_photos(folder: Path) -> dict[str, int]:
    """Write `folder/{train,test}/<class>/*.jpg` and return the number of patches of each class.

    A folder that holds these patches already is used as it is. Raises KenaliError where the photographs are missing or
    something else stands at `folder`.
    """
    if folder.exists():
        counts = {name: len(list(folder.glob(f"*/{name}/*.jpg"))) for name in CLASS_NAMES}
        if min(counts.values()) == 0:
            raise KenaliError(f"{folder} exists and does not hold the demo's photos; choose another folder with -o")
        return counts
    with folder_atomically(folder) as partial:
        return {name: _cut(name, partial) for name in CLASS_NAMES}


def _cut(name: str, folder: Path) -> int:
    """Cut one photograph into patches; returns their number."""
    photograph = Image.open(photographs() / f"{name}.png").convert("RGB")
    count = 0
    for left in range(0, photograph.width - _SIDE + 1, _SIDE):
        part = "test" if left >= _TEST_FROM else "train"
        (folder / part / name).mkdir(parents=True, exist_ok=True)
        for top in range(0, photograph.height - _SIDE + 1, _SIDE):
            count += 1
            patch = photograph.crop((left, top, left + _SIDE, top + _SIDE))
            patch.save(folder / part / name / f"{name} ({count}).jpg", quality=92)
    return count


def photographs() -> Path:
    """scikit-image's data folder, found without importing the package."""
    found = importlib.util.find_spec("skimage")
    places = list(found.submodule_search_locations or []) if found else []
    for place in places:
        data = Path(place) / "data"
        if all((data / f"{name}.png").is_file() for name in CLASS_NAMES):
            return data
    raise KenaliError('the demo\'s photographs come with scikit-image: run  pip install "kenali[train]"')
