"""A run writes one row a photo, goes on where it was stopped, and says so where something is missing or has changed."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")

from kenali.bulk.parts import Tally
from kenali.bulk.plan import Task
from kenali.bulk.run import BulkResult, Job, answered, here, predict_in_bulk
from kenali.bulk.shards import Files
from kenali.bundle.store import Bundle
from kenali.errors import KenaliError
from kenali.inputs import photo_inputs
from kenali.locked import FileLock
from kenali.predict import Classifier
from tests.bulk.photos import members, parts_of, rows_of, write_files, write_tar
from tests.tiny import write_tiny_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny", doubting=True)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    broken = {"x/empty.png": b"", "x/text.png": b"not a photo", "x/ünï 写真.png": members(1)["000-red.png"]}
    return write_files(tmp_path / "photos", members(20) | broken)


def run(bundle: Path, photos: object, out: Path, **options: Any) -> BulkResult:
    return predict_in_bulk(bundle, [str(photos)], str(out), **({"shard": 4} | options))


def test_rows_are_what_the_classifier_says(bundle: Path, photos: Path, tmp_path: Path) -> None:
    done = run(bundle, photos, tmp_path / "out.parquet")
    rows = rows_of(tmp_path / "out.parquet")
    outcomes = {outcome.path: outcome for outcome in Classifier.load(bundle).outcomes(photo_inputs([str(photos)]))}
    assert [row["path"] for row in rows] == sorted(outcomes)
    names = ("red", "green", "blue")
    for row in rows:
        outcome = outcomes[row["path"]]
        assert row["detail"] == (outcome.error or "")
        assert (row["fate"] == "quarantined") == (outcome.error is not None)
        if outcome.probs is None:
            assert (row["label"], row["confidence"], row["set"]) == (None, None, [])
        else:
            assert [row[f"p:{name}"] for name in names] == outcome.probs.tolist()
            assert row["confidence"] == outcome.probs.max()
            assert row["novelty"] == outcome.novelty
            assert row["label"] == ("unknown" if outcome.reason else names[int(outcome.probs.argmax())])
            assert row["reason"] == (outcome.reason or "")
            assert row["set"] == [names[j] for j in outcome.candidates]
    reasons = {Path(row["path"]).name: row["reason"] for row in rows if row["fate"] == "quarantined"}
    assert reasons == {"empty.png": "empty-file", "text.png": "not-an-image"}
    assert done.tally == Tally(predicted=21, unknown=8, quarantined=2)
    assert (done.shards, done.kept) == (6, 0)


def test_a_stopped_run_goes_on(bundle: Path, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    seen: list[int] = []

    def stopped(job: Job, opened: Bundle, pending: Iterator[Task]) -> Iterator[Tally]:
        for number, tally in enumerate(here(job, opened, pending)):
            if number == 2:
                raise KeyboardInterrupt
            yield tally

    def noted(job: Job, opened: Bundle, pending: Iterator[Task]) -> Iterator[Tally]:
        tasks = list(pending)
        seen.extend(task.number for task in tasks)
        yield from here(job, opened, iter(tasks))

    whole = run(bundle, photos, tmp_path / "whole.parquet")
    with contextlib.suppress(KeyboardInterrupt):
        run(bundle, photos, out, runner=stopped)
    kept = {path: path.stat().st_mtime_ns for path in out.glob("*.parquet")}
    assert 0 < len(kept) < 6
    done = run(bundle, photos, out, runner=noted)
    assert (done.tally, done.kept) == (whole.tally, len(kept))
    assert seen == list(range(len(kept), 6))
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert [*parts_of(out).values()] == [*parts_of(tmp_path / "whole.parquet").values()]
    assert run(bundle, photos, out).kept == 6


def test_what_has_changed_is_told_and_begun_anew_when_asked(bundle: Path, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    before = run(bundle, photos, out).tally
    with pytest.raises(KenaliError, match=r"begun with another --reject:.*--anew"):
        run(bundle, photos, out, reject=0)
    (photos / "000-red.png").write_bytes(members(2)["001-green.png"])
    with pytest.raises(KenaliError, match="another list of photos"):
        run(bundle, photos, out)
    assert run(bundle, photos, out, anew=True).tally == before
    assert run(bundle, photos, out, anew=True, shard=100).shards == 1
    assert len(parts_of(out)) == 1

    def told_done(job: Job, opened: Bundle, pending: Iterator[Task]) -> Iterator[Tally]:
        assert not [name for name in ("_done.json", "_receipt.json") if (out / name).exists()]
        return here(job, opened, pending)

    run(bundle, photos, out, anew=True, runner=told_done)


def test_a_torn_list_of_shards_is_written_anew(bundle: Path, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    before = run(bundle, photos, out).tally
    lines = (out / "_shards.jsonl").read_bytes()
    (out / "_shards.jsonl").write_bytes(b"".join(lines.splitlines(keepends=True)[:2]))
    (out / "part-00000004.parquet").unlink()
    assert run(bundle, photos, out).tally == before
    assert (out / "_shards.jsonl").read_bytes() == lines


def test_missing_and_damaged_parts_are_found(bundle: Path, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"

    def lazy(job: Job, opened: Bundle, pending: Iterator[Task]) -> Iterator[Tally]:
        return here(job, opened, (task for task in pending if task.number != 3))

    with pytest.raises(KenaliError, match="1 of 6 shards are not done, shard 3"):
        run(bundle, photos, out, runner=lazy)
    part = out / "part-00000002.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    (out / "part-00000001.parquet").write_bytes((out / "part-00000000.parquet").read_bytes())
    assert run(bundle, photos, out).tally.photos == 23
    assert len({row["path"] for row in rows_of(out)}) == 23


def test_places_that_are_refused(bundle: Path, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="among the photos"):
        run(bundle, photos, photos / "out.parquet")
    with pytest.raises(KenaliError, match="which is no part"):
        run(bundle, photos, bundle)
    (tmp_path / "file.parquet").write_bytes(b"")
    with pytest.raises(KenaliError, match="is a file"):
        run(bundle, photos, tmp_path / "file.parquet")
    (tmp_path / "none").mkdir()
    with pytest.raises(KenaliError, match="no photo was found"):
        run(bundle, tmp_path / "none", tmp_path / "out.parquet")
    lock = FileLock(tmp_path / "busy.parquet" / "_lock")
    with contextlib.closing(lock), lock, pytest.raises(KenaliError, match="another process"):
        run(bundle, photos, tmp_path / "busy.parquet")
    run(bundle, photos, tmp_path / "busy.parquet")


def test_object_storage_serves_photos_and_takes_parts(bundle: Path, photos: Path, tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    storage = fsspec.filesystem("memory")
    storage.put(str(photos), "/bucket/photos", recursive=True)
    done = predict_in_bulk(bundle, ["memory://bucket/photos"], "memory://bucket/out.parquet", shard=4)
    assert predict_in_bulk(bundle, ["memory://bucket/photos"], "memory://bucket/out.parquet", shard=4).kept == done.shards
    storage.get("/bucket/out.parquet", str(tmp_path / "out.parquet"), recursive=True)
    here = run(bundle, photos, tmp_path / "here.parquet")
    assert done.tally == here.tally

    def named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted((row | {"path": Path(row["path"]).name} for row in rows), key=lambda row: str(row["path"]))

    assert named(rows_of(tmp_path / "out.parquet")) == named(rows_of(tmp_path / "here.parquet"))


@pytest.mark.skipif(importlib.util.find_spec("s3fs") is not None, reason="s3fs is installed")
def test_a_protocol_without_its_package_says_what_to_install(bundle: Path, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(KenaliError, match="pip install s3fs"):
        predict_in_bulk(bundle, ["s3://bucket/photos"], str(tmp_path / "out.parquet"))
    with pytest.raises(KenaliError, match="nothing that is installed reads"):
        predict_in_bulk(bundle, ["unheard://bucket"], str(tmp_path / "out.parquet"))


def test_shards_without_photos_are_parts_too(bundle: Path, photos: Path, tmp_path: Path) -> None:
    classifier = Classifier.load(bundle)
    full = Files(str(photos), tuple(str(photos / name) for name in members(3)), {})
    empty = Files(str(photos), (), {})
    sizes = [len(outcomes) for outcomes in answered(classifier, [empty, full, empty, empty, full, empty])]
    assert sizes == [0, 3, 0, 0, 3, 0]
    for name in ("a", "b"):
        write_tar(photos / f"{name}.tar", {"notes.txt": b"none"})
    assert run(bundle, photos, tmp_path / "out.parquet").tally.photos == 23
