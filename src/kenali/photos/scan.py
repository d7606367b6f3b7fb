"""From a source to its usable photos: every file is read, decoded and measured once, and nothing stops at a bad one."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kenali.errors import KenaliError, PhotoError
from kenali.images import DecodedPhoto, decode
from kenali.parallel import map_in_order
from kenali.photos.audit import FACTS_KIND, PhotoFacts, examine
from kenali.photos.layout import Entry
from kenali.photos.settle import Look, Scan, settle
from kenali.photos.source import Source, open_source
from kenali.types import PhotoSource

_DRAFT_SIDE = 512


class FactsStore(Protocol):
    """Remembers facts between runs (a `Cache`, for instance); called from several threads."""

    def get(self, kind: str, key: str) -> bytes | None: ...

    def put(self, kind: str, key: str, value: bytes) -> None: ...


def scan(
    path: str | Path | Source,
    *,
    group_by: str | None = None,
    facts_store: FactsStore | None = None,
    on_decoded: Callable[[str, DecodedPhoto], None] | None = None,
    min_side: int = _DRAFT_SIDE,
    progress: Callable[[int, int], None] = lambda done, total: None,
    workers: int | None = None,
) -> Scan:
    """Read every file of the folder, ZIP or CSV at `path`, or of a source, and say what became of it. Changes nothing there.

    `group_by` is a regular expression over paths; its first group, else its whole match, names the photo's group. Facts
    that `facts_store` knows by content spare the decoding; `on_decoded` is called, in a worker thread, with the checksum
    and image of each photo that is decoded. Large JPEGs are decoded smaller, never below `min_side`. Raises KenaliError
    when the source as a whole cannot be used or `group_by` is no regular expression.
    """
    pattern = _pattern(group_by)
    source = open_source(path) if isinstance(path, (str, Path)) else path
    catalogue = source.catalogue()

    def seen(entry: Entry) -> Look:
        return look(entry, source, facts_store, on_decoded, min_side)

    looks = []
    for done, one in enumerate(map_in_order(seen, catalogue.entries, workers), start=1):
        looks.append(one)
        progress(done, len(catalogue.entries))
    return settle(looks, source, catalogue.class_names, pattern)


def require_trainable(scanned: Scan) -> None:
    """Raise KenaliError, saying what to do, when the usable photos cannot teach anything."""
    photoset, ledger = scanned.photoset, scanned.ledger
    if not photoset.photos:
        reasons = Counter(row.reason for row in ledger.rows).most_common(3)
        why = ", ".join(f"{number} {reason}" for reason, number in reasons) or "the folder is empty"
        raise KenaliError(
            f"no usable photo among {len(ledger.rows)} files ({why}); give a folder with one folder of photos a class"
        )
    if len(photoset.class_names) < 2:
        raise KenaliError(f"only one class, {photoset.class_names[0]!r}; add a folder of photos of something else")
    counts = Counter(photo.label for photo in photoset.photos if photo.part in (None, "train"))
    for label, name in enumerate(photoset.class_names):
        if counts[label] < 2:
            photos = "1 usable photo" if counts[label] == 1 else "no usable photo"
            raise KenaliError(f"the class {name!r} has {photos} to train on; at least two are needed, ten are a start")


def _pattern(group_by: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(group_by) if group_by is not None else None
    except re.error as error:
        raise KenaliError(f"the group pattern {group_by!r} is no regular expression ({error})") from None


def look(
    entry: Entry,
    source: PhotoSource,
    store: FactsStore | None,
    on_decoded: Callable[[str, DecodedPhoto], None] | None,
    min_side: int,
) -> Look:
    """Read one entry and, unless `store` knows its content, decode and measure it; arguments as for `scan`."""
    if entry.problem is not None:
        return Look(entry, reason=entry.problem.reason, detail=entry.problem.detail)
    try:
        data = source.read(entry.path)
        sha256 = hashlib.sha256(data).hexdigest()
        known = _known_facts(store, sha256)
        if known is not None:
            return Look(entry, sha256, known)
        decoded = decode(data, min_side=min_side)
        facts = examine(decoded)
    except PhotoError as error:
        return Look(entry, reason=error.reason, detail=error.detail)
    except OSError as error:
        return Look(entry, reason="unreadable", detail=f"it cannot be read ({error.strerror or error})")
    except MemoryError:
        return Look(entry, reason="too-large", detail="there is not enough memory to decode it")
    if on_decoded is not None:
        on_decoded(sha256, decoded)
    if store is not None:
        store.put(FACTS_KIND, sha256, facts.to_bytes())
    return Look(entry, sha256, facts)


def _known_facts(store: FactsStore | None, sha256: str) -> PhotoFacts | None:
    data = store.get(FACTS_KIND, sha256) if store is not None else None
    if data is None:
        return None
    try:
        return PhotoFacts.from_bytes(data)
    except ValueError:
        return None
