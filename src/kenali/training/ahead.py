"""Facts and features worked out before a run, anywhere: the run finds them in its cache and decodes nothing.

That is what the fast path spends its time on, and each photo is a matter of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kenali.cache import Carried, Store
from kenali.errors import KenaliError
from kenali.models.backbones import Backbone
from kenali.network import Network
from kenali.parallel import batches, map_in_order
from kenali.photos.audit import FACTS_KIND
from kenali.photos.layout import Entry
from kenali.photos.scan import look
from kenali.photos.source import Source
from kenali.training.embed import Embedder
from kenali.types import PhotoSource

_ASKED_AT_ONCE = 256  # photos looked up in the cache by one query


@dataclass(frozen=True, slots=True)
class Unseen:
    """Entries whose facts or features the cache lacks; `done` of `total` entries have been gone through so far."""

    entries: tuple[Entry, ...]
    done: int
    total: int


def unseen(source: Source, cache: Store, backbone: Backbone) -> Iterator[Unseen]:
    """Go through the source, in order and lazily, for what is to be worked out; every file is read for its checksum.

    Files that cannot be read are left to the run, which gives them their fate. Raises KenaliError where the source as a whole
    cannot be used.
    """
    entries, done = source.catalogue().entries, 0
    embedder = Embedder(backbone, cache)

    def checksum(entry: Entry) -> str | None:
        try:
            return hashlib.sha256(source.read(entry.path)).hexdigest() if entry.problem is None else None
        except (OSError, KenaliError):
            return None

    for group in batches(zip(entries, map_in_order(checksum, entries), strict=True), _ASKED_AT_ONCE):
        first = {sha256: entry for entry, sha256 in reversed(group) if sha256 is not None}
        known = set(cache.get_many(FACTS_KIND, first)) & embedder.remembered(first)
        done += len(group)
        yield Unseen(tuple(entry for sha256, entry in first.items() if sha256 not in known), done, len(entries))


def work_out(
    entries: Sequence[Entry], source: PhotoSource, backbone: Backbone, network: Network
) -> dict[str, dict[str, bytes]]:
    """Facts and features of photos, by kind and key, as a cache keeps them; nothing of those that cannot be decoded.

    `network` is the backbone, loaded. Raises OSError where a file cannot be read.
    """
    carried = Carried()
    embedder = Embedder(backbone, carried, network)
    for entry in entries:
        seen = look(entry, source, carried, embedder.offer, embedder.min_side)
        if seen.reason == "unreadable":
            source.read(entry.path)  # tells of it as an error
    embedder.flush()
    return carried.items
