"""Where a gallery and its key are: as an option says, else the environment, else the user's data folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kenali.cache import cache_folder
from kenali.errors import MissingExtra
from kenali.files import data_folder

if TYPE_CHECKING:
    from kenali.faces.gallery.store import Gallery

KEY_VARIABLE = "KENALI_GALLERY_KEY"


def gallery_place(option: str | None = None) -> str:
    """The URL or file of the gallery: the option, KENALI_GALLERY, or a file in the user's data folder."""
    return option or os.environ.get("KENALI_GALLERY") or str(data_folder() / "gallery.sqlite")


def key_file(option: Path | None = None) -> Path:
    """The file of the gallery's key where no variable holds it."""
    return option or data_folder() / "gallery.key"


def index_folder(gallery: str) -> Path:
    """Where search indexes of the gallery with this id may be kept; forgetting somebody empties it."""
    return cache_folder() / "gallery" / gallery


def open_gallery(
    place: str | None = None,
    key: Path | None = None,
    embedder_sha256: str | None = None,
    *,
    migrate: bool = False,
    on_new_key: Callable[[Path], None] = lambda _: None,
) -> Gallery:
    """`Gallery.open` at the usual places; `on_new_key` is told where a key was made.

    Raises KenaliError, MissingExtra where the packages for it are not installed.
    """
    try:
        from kenali.faces.gallery.keys import Key
        from kenali.faces.gallery.store import Gallery
    except ImportError as error:
        raise MissingExtra("a gallery", "faces", error) from error
    text = os.environ.get(KEY_VARIABLE)
    owners = Key.from_text(text, KEY_VARIABLE) if text and key is None else key_file(key)
    missing = owners if isinstance(owners, Path) and not owners.exists() else None
    gallery = Gallery.open(gallery_place(place), owners, embedder_sha256, migrate=migrate)
    if missing:
        on_new_key(missing)
    return gallery
