"""`predict` for more photos than one sitting: plan, predict the shards that are not done, check that none is missing."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath

import kenali
from kenali.bulk.columns import require_parquet
from kenali.bulk.listing import shards_of
from kenali.bulk.parts import Tally, number_of, part_name, read_tally, write_part
from kenali.bulk.places import Folder, is_address, place_of
from kenali.bulk.plan import DONE, PLAN, Plan, Task, settle, shard_of, tasks
from kenali.bulk.shards import Shard
from kenali.bulk.wary import Journal
from kenali.bundle.store import Bundle, bundle_id, open_bundle
from kenali.errors import KenaliError
from kenali.inputs import PhotoInput
from kenali.locked import FileLock
from kenali.parallel import map_in_order
from kenali.predict import Classifier, Outcome
from kenali.receipt import NAMES, Ran, receipt_json, receipt_of

SHARD = 250
"""Photos a shard: a few seconds of one core, so that little is lost with it, and little is spent on it."""

_ROUNDS = 2  # a shard whose workers died is tried once more after all others


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker needs to know, whatever the shard: the outputs' folder, the plan's digest, and who speaks."""

    out: str
    plan: str
    reject: float | None


Runner = Callable[[Job, Bundle, Iterator[Task]], Iterator[Tally]]
"""Predicts the shards of tasks and writes their parts, in any order: gives the tally of each shard that it finished."""

ProgressHook = Callable[[str, int, int, str], None]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """A finished run: its folder, what became of all photos, and how many shards there are and were done already."""

    out: str
    tally: Tally
    shards: int
    kept: int


def predict_in_bulk(
    bundle: str | Path,
    inputs: Iterable[str],
    out: str,
    *,
    reject: float | None = None,
    shard: int = SHARD,
    anew: bool = False,
    listed: Iterable[str] = (),
    runner: Runner | None = None,
    ran: Callable[[], Ran] | None = None,
    progress: ProgressHook = lambda *_: None,
) -> BulkResult:
    """Predict every photo that `inputs` name (see `shards_of`) into the folder `out` of Parquet parts, one row a photo.

    A run that was stopped goes on when it is called again: parts that are there are kept. Where bundle, options or the
    photos have changed since, KenaliError says so, unless `anew`. It is also raised where another process is at it, where
    a shard is missing in the end, and where `inputs` or `bundle` do not allow the run; MissingExtra without pyarrow.
    """
    if shard < 1:
        raise KenaliError(f"a shard needs at least one photo, got {shard}")
    require_parquet()
    opened = open_bundle(Path(bundle))
    opened.manifest.thresholds.limits(reject)  # an unknown share is refused before anything is written
    folder = Folder(place_of(out))
    _refuse_occupied(folder)
    arguments = list(dict.fromkeys(inputs))
    _refuse_inside(folder.place, arguments)
    basis = {
        "kenali": kenali.__version__,
        "bundle": bundle_id(opened.path),
        "reject": str(reject),
        "shard": str(shard),
    }
    with _alone(folder):
        plan = settle(folder, shards_of(arguments, shard, listed), basis, anew)
        kept = sum(_done(folder, plan))
        job = Job(folder.place, plan.digest, reject)
        for _ in range(_ROUNDS):
            _predict_pending(job, opened, plan, runner or here, progress)
            tally, result, missing = _checked(folder, plan)
            if not missing:
                break
        else:
            raise KenaliError(
                f"{len(missing)} of {plan.shards} shards are not done, shard {missing[0]} first of all; "
                "what is done is kept: run the same command again"
            )
        folder.write(DONE, json.dumps(asdict(tally) | {"photos": tally.photos, "shards": plan.shards}, indent=1).encode())
        rests_on = {"data" if name == "photos" else name: plan.basis[name] for name in ("photos", "bundle", "reject", "shard")}
        receipt = receipt_of("predict", rests_on, result, (ran or Ran.here)())
        folder.write(NAMES[1], receipt_json(receipt))
    return BulkResult(folder.place, tally, plan.shards, kept)


def _predict_pending(job: Job, bundle: Bundle, plan: Plan, runner: Runner, progress: ProgressHook) -> None:
    """Predict the shards that have no part yet."""
    out = Folder(job.out)
    done = _done(out, plan)
    finished, tally = sum(done), Tally()
    progress("predict", finished, plan.shards, "shards")
    if finished < plan.shards:
        for part in runner(job, bundle, (task for task in tasks(out) if not done[task.number])):
            finished, tally = finished + 1, tally + part
            progress("predict", finished, plan.shards, f"shards, {tally.photos:,} photos")


def _refuse_inside(out: str, inputs: Iterable[str]) -> None:
    for argument in inputs:
        place = place_of(argument)
        if PurePath(out).is_relative_to(place):
            raise KenaliError(f"{out} would lie among the photos in {argument}; choose a place outside with -o")


def _refuse_occupied(out: Folder) -> None:
    if not is_address(out.place) and Path(out.place).is_file():
        raise KenaliError(f"{out.place} is a file, and the parts need a folder: choose another place with -o")
    if PLAN not in (names := list(out.names())):
        others = sorted(name for name in names if not name.startswith(("_", ".")))
        if others:
            raise KenaliError(f"{out.place} holds {others[0]}, which is no part of a prediction: choose another place with -o")


@contextlib.contextmanager
def _alone(out: Folder) -> Iterator[None]:
    """Be the one process that writes to `out`. Object storage knows no locks: there, parts written twice are the same."""
    if is_address(out.place):
        yield
        return
    with contextlib.closing(FileLock(Path(out.path("_lock")))) as lock:
        if not lock.taken():
            raise KenaliError(f"another process is writing to {out.place}; wait for it, or choose another place with -o")
        yield


def _done(out: Folder, plan: Plan) -> bytearray:
    """One for each shard whose part is there."""
    done = bytearray(plan.shards)
    for name in out.names():
        number = number_of(name)
        if number is not None and number < plan.shards:
            done[number] = 1
    return done


def _checked(out: Folder, plan: Plan) -> tuple[Tally, str, list[int]]:
    """The ledger's sum over all parts, their digest, and the shards that have none, or one without all photos: that goes."""

    def footer_of(task: Task) -> tuple[int, tuple[Tally, str] | None]:
        return task.number, read_tally(out, plan.digest, task.number, shard_of(out, task).count)

    total, result, missing = Tally(), hashlib.sha256(), []
    for number, footer in map_in_order(footer_of, tasks(out)):
        if footer is None:
            missing.append(number)
            out.remove(part_name(number))
        else:
            total += footer[0]
            result.update(footer[1].encode())
    return total, result.hexdigest(), missing


def here(job: Job, bundle: Bundle, pending: Iterator[Task]) -> Iterator[Tally]:
    """A `Runner` on all cores of this machine."""
    yield from work(job, Classifier.of(bundle, job.reject), pending)


def work_warily(job: Job, classifier: Classifier, task: Task) -> Tally:
    """Predict one shard, photo by photo, so that one that ends this process is left out when the shard is tried again."""
    out = Folder(job.out)
    journal = Journal(out, task.number)
    outcomes = list(classifier.outcomes(journal.wary(shard_of(out, task).photos()), 1))
    tally = write_part(out, job.plan, task.number, outcomes, classifier.class_names)
    journal.end()
    return tally


def work(job: Job, classifier: Classifier, pending: Iterable[Task], workers: int | None = None) -> Iterator[Tally]:
    """Predict the shards of tasks, in order, by threads, and write their parts."""
    out = Folder(job.out)
    taken: deque[Task] = deque()

    def shards() -> Iterator[Shard]:
        for task in pending:
            taken.append(task)
            yield shard_of(out, task)

    for outcomes in answered(classifier, shards(), workers):
        yield write_part(out, job.plan, taken.popleft().number, outcomes, classifier.class_names)


def answered(classifier: Classifier, shards: Iterable[Shard], workers: int | None = None) -> Iterator[list[Outcome]]:
    """The outcomes of each shard, in order; no thread waits at the end of one for the next to begin."""
    sizes: deque[int] = deque()  # of the shards that are read, but not yet answered

    def photos() -> Iterator[PhotoInput]:
        for shard in shards:
            size = 0
            for photo in shard.photos():
                size += 1
                yield photo
            sizes.append(size)

    outcomes: list[Outcome] = []
    for outcome in classifier.outcomes(photos(), workers):
        while sizes and len(outcomes) == sizes[0]:
            sizes.popleft()
            yield outcomes
            outcomes = []
        outcomes.append(outcome)
    for size in sizes:
        yield outcomes[:size]
        outcomes = outcomes[size:]
