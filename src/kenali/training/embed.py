"""Embeddings: the features of each photo under a frozen backbone, remembered by content and preprocessing."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

import numpy as np
from PIL import Image, ImageOps

from kenali.cache import Store
from kenali.images import DecodedPhoto, decode, draft_side, preprocess
from kenali.models.backbones import Backbone
from kenali.network import Network
from kenali.parallel import map_in_order
from kenali.types import FloatArray, Photo, PhotoSource, Pixels, Preprocessing

_CLOSER = 0.75  # the share of each side that the view `closer` keeps
_FLUSH_AT = 64  # embeddings handed to the cache in one transaction


class Embedder:
    """Features of photos, each computed once for a backbone, a preprocessing and a view, then read from the cache.

    `offer` is for the scan, which has each new photo decoded anyway: so the first run decodes every photo once, and the
    next run none. `network` is the backbone under ONNX Runtime where that is loaded already. Safe to call from several
    threads.
    """

    def __init__(self, backbone: Backbone, cache: Store, network: Network | None = None) -> None:
        self.preprocessing: Preprocessing = backbone.spec.preprocessing
        self.min_side = draft_side(self.preprocessing)
        self._backbone = backbone
        self._cache = cache
        self._network = network
        self._fresh: dict[str, bytes] = {}
        self._lock = threading.Lock()
        description = json.dumps([backbone.sha256, asdict(self.preprocessing), "v1"])
        self._kind = "features-" + hashlib.sha256(description.encode()).hexdigest()[:16]

    @property
    def network(self) -> Network:
        """The backbone under ONNX Runtime, loaded when the first photo needs it."""
        with self._lock:
            if self._network is None:
                self._network = Network(self._backbone.onnx_path)
            return self._network

    def offer(self, sha256: str, decoded: DecodedPhoto) -> None:
        """Embed a photo that has just been decoded, and remember it."""
        self._remember(self._key(sha256, ""), self._features(decoded.image, ""))

    def embed(
        self,
        photos: Sequence[Photo],
        source: PhotoSource,
        view: str = "",
        progress: Callable[[int, int], None] = lambda done, total: None,
        alter: Callable[[Photo, Image.Image], Image.Image] | None = None,
    ) -> FloatArray:
        """Features float32 (n, d) of the photos in order, as seen in `view` (`""` is the photo itself).

        `alter` makes a view of its own, for which `view` is then the name. What the cache knows is
        not decoded again. Raises PhotoError when a photo has become unusable since the scan.
        """
        self.flush()
        keys = [self._key(photo.sha256, view) for photo in photos]
        known = self._cache.get_many(self._kind, keys)
        missing = {key: photo for key, photo in zip(keys, photos, strict=True) if key not in known}

        def compute(item: tuple[str, Photo]) -> tuple[str, bytes]:
            key, photo = item
            image = decode(source.read(photo.path), min_side=self.min_side).image
            features = self._features(alter(photo, image), "") if alter else self._features(image, view)
            self._remember(key, features)
            return key, features

        for done, (key, features) in enumerate(map_in_order(compute, missing.items()), start=1):
            known[key] = features
            progress(done, len(missing))
        self.flush()
        rows = [np.frombuffer(known[key], np.float32) for key in keys]
        return np.stack(rows) if rows else np.zeros((0, self._backbone.spec.features), np.float32)

    def recall(self, photo: Photo, view: str, pixels: Pixels) -> FloatArray:
        """Features float32 (d,) of the pixels (h, w, c) that a photo shows in `view`, computed only if the cache lacks them."""
        key = self._key(photo.sha256, view)
        known = self._cache.get(self._kind, key)
        if known is None:
            known = self._ask(pixels)
            self._remember(key, known)
        return np.frombuffer(known, np.float32)

    def remembered(self, sha256s: Iterable[str]) -> set[str]:
        """The photos, by checksum, whose features the cache knows."""
        keys = {self._key(sha256, ""): sha256 for sha256 in sha256s}
        return {keys[key] for key in self._cache.get_many(self._kind, keys)}

    def flush(self) -> None:
        """Hand what is fresh to the cache."""
        with self._lock:
            fresh, self._fresh = self._fresh, {}
        self._cache.put_many(self._kind, fresh)

    def _remember(self, key: str, features: bytes) -> None:
        with self._lock:
            self._fresh[key] = features
            full = len(self._fresh) >= _FLUSH_AT
        if full:
            self.flush()

    def _features(self, image: Image.Image, view: str) -> bytes:
        return self._ask(preprocess(_seen(image, view), self.preprocessing))

    def _ask(self, pixels: Pixels) -> bytes:
        features: FloatArray = self.network(pixels[None])["features"][0]
        return features.astype(np.float32).tobytes()

    @staticmethod
    def _key(sha256: str, view: str) -> str:
        return f"{sha256}/{view}"


def _seen(image: Image.Image, view: str) -> Image.Image:
    """The photo as a view shows it: mirrored left to right, or from closer by."""
    if "closer" in view:
        margin_x, margin_y = (round(side * (1 - _CLOSER) / 2) for side in image.size)
        image = image.crop((margin_x, margin_y, image.width - margin_x, image.height - margin_y))
    return ImageOps.mirror(image) if "mirror" in view else image
