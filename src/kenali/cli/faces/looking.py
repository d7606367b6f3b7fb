"""What the verbs that look at photos share: each photo a record, and an error where none could be read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image


def looked_at(paths: Sequence[str], look: Callable[[str, Image.Image], dict[str, Any]]) -> list[dict[str, Any]]:
    """What `look` says of each photo that `paths` name, with its `path`, or the `error` that stopped it; on every core."""
    from kenali.errors import PhotoError
    from kenali.inputs import PhotoInput, image_of, photo_inputs
    from kenali.parallel import map_in_order

    def record(photo: PhotoInput) -> dict[str, Any]:
        image = image_of(photo)
        return {"path": photo.path} | ({"error": image.detail} if isinstance(image, PhotoError) else look(photo.path, image))

    return list(map_in_order(record, photo_inputs(paths, sys.stdin)))


def require_photos(records: Sequence[dict[str, Any]]) -> None:
    """Raises KenaliError where no photo could be read."""
    from kenali.errors import KenaliError

    if all("error" in record for record in records):
        raise KenaliError(f"none of the {len(records)} files is a photo that can be read" if records else "no photo was found")
