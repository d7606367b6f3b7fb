"""Facts and features of photos on a cluster: shards of photos are tasks, and what each finds goes into the cache at once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kenali
from kenali.cache import Cache
from kenali.errors import KenaliError
from kenali.models.backbones import Backbone, load_backbone
from kenali.network import Network
from kenali.parallel import batches
from kenali.photos.layout import Entry
from kenali.photos.source import open_source
from kenali.scale.cluster import require_same_version, told
from kenali.training.ahead import unseen, work_out
from kenali.training.learned import ProgressHook
from kenali.types import PhotoSource

_SHARD = 32  # photos: about a second of work
_RETRIES = 5  # of a shard whose worker or node was lost


def look_ahead(photos: str | Path, backbone_name: str, at_once: int, progress: ProgressHook = lambda *_: None) -> int:
    """Work out on the cluster what the cache lacks of `photos`, `at_once` shards at a time, and return how many photos
    that were.

    The cluster must be connected, and its nodes must see the photos at the same path. A shard that is finished stays
    remembered, whatever is lost later. Raises KenaliError with what failed on a node.
    """
    import ray

    source = open_source(Path(photos).absolute())
    backbone = load_backbone(backbone_name, lambda sentence: progress(sentence, 0, 0))
    graph = ray.put(backbone.onnx_path.read_bytes())
    task = ray.remote(num_cpus=1, max_retries=_RETRIES)(_shard)
    running: dict[Any, int] = {}
    found = 0
    with Cache() as cache:

        def take_one() -> int:
            """Wait for any shard, remember what it found, and return its number of photos."""
            (done, *_), _ = ray.wait(list(running), fetch_local=False)
            try:
                carried = ray.get(done)
            except ray.exceptions.RayError as error:
                raise told(error) from None
            for kind, values in carried.items():
                cache.put_many(kind, values)
            return running.pop(done)

        for shard, gone_through, total in _shards(source, cache, backbone):
            while len(running) >= at_once:
                found += take_one()
            if shard:
                running[task.remote(shard, source, backbone, [graph], kenali.__version__)] = len(shard)
            progress("embed", gone_through - sum(running.values()), total)
        while running:
            found += take_one()
            progress("embed", total - sum(running.values()), total)
    return found


def _shards(source: Any, cache: Cache, backbone: Backbone) -> Iterator[tuple[tuple[Entry, ...], int, int]]:
    """Shards of photos to look at, each with how many entries are gone through with it, of how many; the last is empty."""
    for some in unseen(source, cache, backbone):
        left = len(some.entries)
        for shard in batches(some.entries, _SHARD):
            left -= len(shard)
            yield tuple(shard), some.done - left, some.total
        yield (), some.done, some.total


def _shard(
    entries: tuple[Entry, ...], source: PhotoSource, backbone: Backbone, graph: list[Any], version: str
) -> dict[str, dict[str, bytes]]:
    """One shard, on a node. The graph comes as a reference in a list, so that a process asks for it once, not with each."""
    require_same_version(version)
    try:
        return work_out(entries, source, backbone, _network(backbone.sha256, graph[0]))
    except OSError as error:
        raise KenaliError(
            f"the node {socket.gethostname()} cannot read {error.filename or entries[0].path} ({error.strerror or error}); "
            "every node needs the photos at the same path"
        ) from None


_loaded: dict[str, Network] = {}


def _network(sha256: str, graph: Any) -> Network:
    """The backbone in this process, loaded from the driver's own graph, so that all machines compute the same."""
    import ray

    if sha256 not in _loaded:
        _loaded[sha256] = Network(ray.get(graph))
    return _loaded[sha256]
