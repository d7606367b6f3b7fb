"""The models of one worker: loaded, watched on disk, replaced without dropping a request, and chosen between."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import random
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kenali.errors import BundleError, KenaliError, MissingExtra, did_you_mean
from kenali.serve.catalogue import Catalogue
from kenali.serve.engine import Engine
from kenali.serve.model import ServedModel
from kenali.serve.roster import Roster
from kenali.serve.settings import FaceSettings, Settings, Split, check_name
from kenali.serve.shared import Register
from kenali.serve.shelf import Shelf, Signature, signature

if TYPE_CHECKING:
    from kenali.serve.faces.desk import FaceDesk

log = logging.getLogger(__name__)

_POLL_S = 1.0
_LIVE_S = 1.0
_AGREE_S = 30.0
_AGREE_POLL_S = 0.05


class Registry:
    """What one worker serves. Every second it looks for bundles that changed on disk or in the catalogue.

    A replaced model answers the requests that it has begun; later ones go to the new one. A bundle that cannot be loaded
    changes nothing: `problems` says, by name, what is wrong, and the version before it goes on.
    """

    def __init__(self, settings: Settings, *, poll_s: float = _POLL_S, roster: Register | None = None) -> None:
        self.settings = settings
        self.engine = Engine(settings)
        self.room = self.engine.room
        self.faces = _desk(settings.faces, self.engine) if settings.faces else None
        self.problems: dict[str, str] = {}
        self.splits: dict[str, Split] = {split.name: split for split in settings.splits}
        self.ready = False
        self._poll_s = poll_s
        self._given = {spec.name: spec.path for spec in settings.bundles}
        self._models: dict[str, ServedModel] = {}
        self._seen: dict[str, tuple[Path, Signature]] = {}
        self._away: set[str] = set()
        self._changing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._own_run = settings.run is None
        self.run = settings.run or Path(tempfile.mkdtemp(prefix="kenali-serve-"))
        self._shelf = Shelf(self.run)
        self._roster = roster or Roster(self.run)
        self._catalogue = Catalogue(settings.state, self.run.name)

    async def start(self) -> None:
        """Start the decoders, load every bundle, open the gallery.

        Raises BundleError where a bundle of the command line cannot be served, KenaliError where the gallery cannot be opened.
        """
        try:
            await self.engine.start()
            self._tasks.append(asyncio.create_task(self._live(), name="kenali-live"))
            await self._reconcile()
            if self.faces is not None:
                await self.faces.start()
            for name in self._given:
                if name in self.problems and name not in self._models:
                    raise BundleError(self.problems[name])
        except BaseException:
            await self.close()
            raise
        self.ready = True
        self._tasks.append(asyncio.create_task(self._watch(), name="kenali-watch"))

    async def close(self) -> None:
        """End what `start` began; requests should have ended before."""
        self.ready = False
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()
        self._models.clear()
        if self.faces is not None:
            await self.faces.close()
        await asyncio.to_thread(self.engine.close)
        await asyncio.to_thread(self._roster.leave)
        if self._own_run:
            await asyncio.to_thread(shutil.rmtree, self.run, ignore_errors=True)

    def names(self) -> tuple[str, ...]:
        """The models, in alphabetical order; splits are not among them."""
        return tuple(sorted(self._models))

    def get(self, name: str) -> ServedModel:
        """The model called `name`; KeyError, with a sentence, where there is none."""
        model = self._models.get(name)
        if model is None:
            raise KeyError(f"there is no model {name!r}.{did_you_mean(name, (*self._models, *self.splits))}")
        return model

    def choose(self, name: str, unit: str | None = None) -> ServedModel:
        """The model that answers a request for `name`, a model or a split; KeyError where there is none.

        Of a split's models each gets its share, by lot or, for a `unit` (a customer, a machine), always the same one.
        """
        split = self.splits.get(name)
        return self.get(name if split is None else _drawn(split, unit))

    @property
    def queue_length(self) -> int:
        """Photos inside: decoding, waiting or in a network."""
        return self.room.inside

    @property
    def capacity(self) -> int:
        return self.room.capacity

    @property
    def throughput(self) -> float:
        """Photos answered a second, lately."""
        return self.room.throughput

    async def install(self, name: str, zip_file: Path) -> ServedModel:
        """Check the bundle in a ZIP, keep it in the state folder and serve it as `name`, in place of what has that name.

        Returns when every worker serves it. Raises BundleError when it is broken, KenaliError for a name that cannot be.
        """
        check_name(name)
        for other in (*self._models, *self.splits):
            if name in self.splits or (other != name and other.lower() == name.lower()):
                raise KenaliError(f"the name {name!r} stands for something else here ({other!r})")
        identity = await asyncio.to_thread(self._catalogue.add, name, zip_file)
        await self._reconcile()
        await self._agreed(name, identity)
        await asyncio.to_thread(self._catalogue.clear, name)
        return self.get(name)

    async def remove(self, name: str) -> None:
        """Serve `name` no more; what it has begun it ends. Returns when every worker knows.

        Raises KeyError where there is no such model, KenaliError while a split needs it.
        """
        self.get(name)
        for split in self.splits.values():
            if any(name == variant for variant, _ in split.shares):
                raise KenaliError(f"the split {split.name!r} needs {name!r}")
        await asyncio.to_thread(self._catalogue.remove, name, name in self._given)
        await self._reconcile()
        await self._agreed(name, None)
        await asyncio.to_thread(self._catalogue.clear, name)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._poll_s)
            try:
                await self._reconcile()
            except Exception:
                log.exception("looking for changed bundles failed; it is tried again")

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(_LIVE_S)
            await asyncio.to_thread(self._roster.alive)

    async def _reconcile(self) -> None:
        """Bring what is served in line with what is wanted."""
        async with self._changing:
            wanted = await asyncio.to_thread(self._catalogue.wanted, self._given)
            for name in [name for name in {*self._models, *self._seen} if name not in wanted]:
                self._models.pop(name, None)
                self._seen.pop(name, None)
                self.problems.pop(name, None)
                self._shelf.forget(name)
                log.info("%s is served no more", name)
            for name, path in wanted.items():
                await self._refresh(name, path)
            models = {name: model.bundle_id for name, model in self._models.items()}
            await asyncio.to_thread(self._roster.report, models, dict(self.problems))

    async def _refresh(self, name: str, path: Path) -> None:
        """Load the bundle at `path` if it is not what was last seen there."""
        found = path, await asyncio.to_thread(signature, path)
        earlier = self._seen.get(name)
        if found == earlier:
            return
        if not found[1] and name in self._models and name not in self._away:
            self._away.add(name)  # a folder that is being replaced is away for a moment; told when it is away for longer
            return
        self._away.discard(name)
        self._seen[name] = found
        try:
            model = await asyncio.to_thread(self._load, name, path)
        except (KenaliError, OSError, MemoryError) as error:
            self.problems[name] = str(error).replace(str(path), name)  # clients see it, and no path of the server's
            log.warning("%s: %s", name, error)
            if name not in self._models and (folder := self._shelf.remembered(name)):
                self._models[name] = await asyncio.to_thread(ServedModel, name, folder, self.engine)
            return
        self.problems.pop(name, None)
        if model is not None:
            self._models[name] = model
            log.info("%s serves bundle %s", name, model.bundle_id)
            living = await asyncio.to_thread(self._roster.living)
            served = {version for presence in living for version in presence.models.values()}
            await asyncio.to_thread(self._shelf.clear, served)

    def _load(self, name: str, path: Path) -> ServedModel | None:
        """The model from a copy of the bundle at `path`; None where this version serves already."""
        folder = self._shelf.put(path)
        self._shelf.remember(name, folder)
        present = self._models.get(name)
        return None if present and present.path == folder else ServedModel(name, folder, self.engine)

    async def _agreed(self, name: str, version: str | None) -> None:
        """Wait until every living worker serves this version of `name`, or none; BundleError when one cannot."""
        until = time.monotonic() + _AGREE_S
        while time.monotonic() < until:
            for presence in await asyncio.to_thread(self._roster.living):
                if version and presence.models.get(name) != version and name in presence.problems:
                    raise BundleError(presence.problems[name])
                if presence.models.get(name) != version:
                    break
            else:
                return
            await asyncio.sleep(_AGREE_POLL_S)
        log.warning("not every worker serves the new %s after %g s", name, _AGREE_S)


def _desk(settings: FaceSettings, engine: Engine) -> FaceDesk:
    """Imported for those who serve faces alone: it needs an extra."""
    try:
        from kenali.serve.faces.desk import FaceDesk
    except ImportError as error:
        raise MissingExtra("serving faces", "faces", error) from error
    return FaceDesk(settings, engine)


def _drawn(split: Split, unit: str | None) -> str:
    """A model of the split: by lot, or by a hash of the split and the unit, so that a unit's model is the same everywhere."""
    if unit is None:
        point = random.random()
    else:
        digest = hashlib.sha256(f"{split.name}\0{unit}".encode()).digest()
        point = int.from_bytes(digest[:8]) / 2**64
    for name, share in split.shares:
        point -= share
        if point < 0:
            return name
    return split.shares[-1][0]
