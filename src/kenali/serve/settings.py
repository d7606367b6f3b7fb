"""What a server is told to do: plain values, made once and handed to every worker process."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from kenali.errors import KenaliError
from kenali.files import data_folder
from kenali.images import MAX_PIXELS
from kenali.parallel import cores

MIB = 1024 * 1024

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_WORKER_CORES = 4  # one event loop feeds about as many


def check_name(name: str) -> str:
    """The name of a model or split as it may stand in an address and on disk; KenaliError for any other."""
    if not _NAME.fullmatch(name):
        raise KenaliError(
            f"{name!r} cannot name a model: use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with one of "
            "the first two"
        )
    return name


def state_folder() -> Path:
    """Where a server keeps what outlives it: `KENALI_STATE`, or what the platform uses for programs' data."""
    chosen = os.environ.get("KENALI_STATE")
    return Path(chosen).expanduser() if chosen else data_folder() / "serve"


def default_workers() -> int:
    """One web worker for every four cores: its event loop feeds about as many."""
    return max(1, cores() // _WORKER_CORES)


@dataclass(frozen=True, slots=True)
class BundleSpec:
    """A bundle, folder or ZIP, and the name that it is served under."""

    name: str
    path: Path

    def __post_init__(self) -> None:
        check_name(self.name)


@dataclass(frozen=True, slots=True)
class Split:
    """A name behind which several models answer, each a share of the requests; the shares sum to one."""

    name: str
    shares: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        check_name(self.name)
        if not self.shares or min(share for _, share in self.shares) < 0:
            raise KenaliError(f"the split {self.name!r} needs models with shares of 0 or more")
        if abs(sum(share for _, share in self.shares) - 1) > 1e-6:
            raise KenaliError(f"the shares of the split {self.name!r} must sum to 1, got {dict(self.shares)}")
        if len(dict(self.shares)) != len(self.shares):
            raise KenaliError(f"the split {self.name!r} names a model twice")


@dataclass(frozen=True, slots=True)
class StreamView:
    """A hub whose answers are shown, where it publishes them, and how frames vote on what they show (`kenali.stream`).

    With `names` whoever may look at it learns the names of enrolled people, else only who may `identify`.
    """

    address: str
    curve: Path | None = None
    insecure: bool = False
    votes: int = 15
    gap_s: float = 5.0
    names: bool = False


@dataclass(frozen=True, slots=True)
class FaceSettings:
    """A gallery whose people are recognised: its URL or file, the file of its key, and how, as `kenali faces` takes them.

    None: where `kenali faces` finds them by itself; of `networks`, Kenali's own.
    """

    gallery: str | None = None
    key: Path | None = None
    networks: Path | None = None
    matcher: str = "nearest"

    def __repr__(self) -> str:
        return "FaceSettings(...)"  # a URL may hold a password


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a server can be told. Sizes in bytes, times in seconds unless the name says otherwise.

    `state` outlives the server, `run` is a fresh folder that its workers share and that goes with it. `spare` keeps one more
    worker ready, to take the place of one that dies. `queue` is how many photos one worker may hold at a time, decoding,
    waiting or in the network; more are turned away. `max_batch` and `max_wait_ms` follow from the network's device where they
    are None; so does the number of `decoders` from the cores. `rate` is requests a second and key, None without limit.
    `host_names` are names that the server answers to beside its own, such as a proxy's; `origins` are other sites whose pages
    may ask. `faces` is a gallery whose people are recognised.
    """

    bundles: tuple[BundleSpec, ...]
    splits: tuple[Split, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = field(default_factory=default_workers)
    spare: bool = True
    state: Path = field(default_factory=state_folder)
    run: Path | None = None
    max_photo_bytes: int = 32 * MIB
    max_request_bytes: int = 128 * MIB
    max_photos: int = 64
    max_pixels: int = MAX_PIXELS
    max_bundle_bytes: int = 512 * MIB
    queue: int = 64
    max_batch: int | None = None
    max_wait_ms: float | None = None
    decoders: int | None = None
    decode_timeout_s: float = 10
    decode_memory_bytes: int = 1024 * MIB
    body_timeout_s: float = 30
    drain_s: float = 30
    rate: float | None = None
    keep: Path | None = None
    tls: tuple[Path, Path] | None = None
    pages: bool = True
    host_names: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    audit: bool = True
    stream: StreamView | None = None
    faces: FaceSettings | None = None

    def __post_init__(self) -> None:
        names = [spec.name for spec in self.bundles]
        taken = [*names, *(split.name for split in self.splits)]
        lowered = [name.lower() for name in taken]
        for name in taken:
            if lowered.count(name.lower()) > 1:
                raise KenaliError(f"the name {name!r} stands for two things; name a bundle by  NAME=BUNDLE")
        for split in self.splits:
            for name, _ in split.shares:
                if name not in names:
                    raise KenaliError(f"the split {split.name!r} names {name!r}, which is none of the bundles")
        for what in ("workers", "queue", "max_photos", "max_pixels", "max_photo_bytes", "max_request_bytes"):
            if getattr(self, what) < 1:
                raise KenaliError(f"{what} must be 1 or more, got {getattr(self, what)}")
        if self.max_pixels > MAX_PIXELS:
            raise KenaliError(f"max_pixels must be at most {MAX_PIXELS:,}, got {self.max_pixels:,}")

    @property
    def worker_cores(self) -> int:
        """The cores that one worker may count on."""
        return max(1, cores() // self.workers)
