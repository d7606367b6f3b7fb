"""Who is in a frame: the faces of a gallery's people, as `kenali faces identify` finds them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from kenali.errors import KenaliError, MissingExtra
from kenali.stream.values import Sighting
from kenali.types import Pixels

if TYPE_CHECKING:
    from kenali.faces.gallery.store import Gallery
    from kenali.faces.identify import Identified
    from kenali.faces.matching import Matcher

_LOOK_S = 1.0  # how often it is asked whether the gallery has changed


class FaceAnswerer:
    """Looks for faces, one frame at a time. Whoever is enrolled or forgotten meanwhile is known or unknown a second later.

    The threshold is the gallery's own, or the embedder's until one is fitted; `threshold` overrules both.
    """

    min_side: int | None = None

    def __init__(
        self,
        gallery: str | None = None,
        key: Path | None = None,
        networks: Path | None = None,
        *,
        matcher: str = "nearest",
        threshold: float | None = None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Opens networks and gallery. Raises KenaliError where they cannot be had, MissingExtra without the extra `faces`."""
        try:
            from kenali.faces.gallery.places import open_gallery
            from kenali.faces.reader import FaceReader
            from kenali.faces.specs import read_specs
        except ImportError as error:
            raise MissingExtra("recognising faces", "faces", error) from error
        specs = read_specs(networks)
        self._own_embedder = specs.embedder.file is None
        self._reader = FaceReader(specs)
        self._matcher, self._threshold, self._warn = matcher, threshold, warn
        self._gallery: Gallery = open_gallery(gallery, key, self._reader.embedder.sha256)
        self._warned = False
        self._known: tuple[int, date] | None = None
        self._looked = 0.0
        self._match: Matcher
        self._persons: dict[str, str] = {}
        self._refresh()
        self.model = "faces"

    def __call__(self, pixels: Pixels) -> tuple[Sighting, ...]:
        """The faces in `pixels` uint8 (height, width, 3), RGB, the surest first."""
        from kenali.faces.identify import identify

        self._refresh_if_due()
        photo = Image.fromarray(pixels)
        return tuple(self._sighting(one, *photo.size) for one in identify(photo, self._reader, self._match))

    def close(self) -> None:
        self._gallery.close()

    def _sighting(self, one: Identified, width: int, height: int) -> Sighting:
        match, (left, top, right, bottom) = one.match, one.seen.face.box
        known = match.accepted and match.identity is not None
        box = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        return Sighting(
            match.name,
            reason=None if known else "nobody-enrolled" if match.identity is None else "too-far",
            distance=None if match.identity is None else round(match.distance, 4),
            box=(round(box[0], 5), round(box[1], 5), round(box[2], 5), round(box[3], 5)),
            person=self._persons.get(match.name) if known else None,
        )

    def _refresh_if_due(self) -> None:
        """A gallery that cannot be asked for now leaves what is known in place, and is asked again."""
        if time.monotonic() - self._looked < _LOOK_S:
            return
        try:
            self._refresh()
            self._warned = False
        except KenaliError as error:
            self._looked = time.monotonic()
            if not self._warned:
                self._warn(f"the gallery cannot be read, so whom it held a moment ago is still looked for: {error}")
            self._warned = True

    def _refresh(self) -> None:
        from kenali.faces.matching import matcher
        from kenali.faces.thresholds import thresholds_for

        today = datetime.now(UTC).date()  # enrolments expire without a change of the gallery
        if self._known != (self._gallery.version(), today):
            limits = thresholds_for(
                self._gallery.threshold(), self._reader.embedder.sha256, self._own_embedder, self._threshold
            )
            vectors = self._gallery.vectors()
            self._match = matcher(self._matcher, vectors, limits.identify)
            self._persons = dict(zip(vectors.names, vectors.ids, strict=True))
            self._known = vectors.version, today
        self._looked = time.monotonic()
