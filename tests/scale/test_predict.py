"""`predict_in_bulk` on a cluster of two nodes is what it is here, also where a worker or a node dies in the middle."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from kenali.bulk.parts import Tally
from kenali.bulk.plan import Task
from kenali.bulk.run import Job, predict_in_bulk
from kenali.bundle.store import Bundle
from kenali.cli import app
from kenali.errors import KenaliError
from kenali.receipt import Difference, Ran, compare_receipts, read_receipt
from kenali.scale.predict import OnCluster
from tests.bulk.photos import members, parts_of, rows_of, write_files, write_parquet, write_tar
from tests.conftest import encoded, picture
from tests.scale.conftest import Nodes
from tests.tiny import write_tiny_bundle

SHARDS, SIZE = 24, 4

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny", doubting=True)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos that take long enough to be interrupted among them: a shard about a fifth of a second."""
    pictures = [encoded(picture(seed, (1400, 1400)), "PNG", compress_level=1) for seed in range(4)]
    photos = {f"{number:03}.png": pictures[number % 4] for number in range(SHARDS * SIZE)}
    return write_files(tmp_path_factory.mktemp("large"), photos)


@pytest.fixture(scope="module")
def undisturbed(bundle: Path, large: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("local") / "out.parquet"
    predict_in_bulk(bundle, [str(large)], str(out), shard=SIZE)
    return out


def test_parts_are_those_of_one_machine(two_nodes: Nodes, bundle: Path, tmp_path: Path) -> None:
    photos = write_files(tmp_path / "photos", members(30) | {"x/ünï 写真.png": b"", "x/text.png": b"text"})
    data = list(members(9).values())
    write_parquet(photos / "rows.parquet", {"bytes": data})
    cut = write_tar(photos / "cut.tar", members(9))
    cut.write_bytes(cut.read_bytes()[:4000])
    arguments = [str(bundle), str(photos), "--shard", "4", "--json", "-o"]
    runner = CliRunner()
    here = runner.invoke(app, ["predict", *arguments, str(tmp_path / "here.parquet")])
    there = runner.invoke(app, ["predict", *arguments, str(tmp_path / "there.parquet"), "--on", two_nodes.on])
    assert here.exit_code == there.exit_code == 0, there.output
    counts = json.loads(there.stdout)
    assert counts["quarantined"] == 3
    assert counts | {"out": ""} == json.loads(here.stdout) | {"out": ""}
    assert parts_of(tmp_path / "there.parquet") == parts_of(tmp_path / "here.parquet")
    a, b = read_receipt(tmp_path / "here.parquet"), read_receipt(tmp_path / "there.parquet")
    assert (a.ran.on, b.ran) == ("one-machine", Ran("ray", 3, 2))
    assert compare_receipts(a, b) == Difference({}, {}, same_result=True)


@pytest.mark.parametrize("lost", ["worker", "node"])
def test_what_is_lost_in_the_middle_is_done_again(
    mortal_nodes: Nodes,
    bundle: Path,
    large: Path,
    undisturbed: Path,
    tmp_path: Path,
    lost: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out.parquet"
    kept: dict[Path, int] = {}

    def strike(_: str, done: int, *__: object) -> None:
        if done >= 4 and not kept:
            (kill_a_worker if lost == "worker" else lambda: mortal_nodes.kill(mortal_nodes.workers[0]))()
            kept.update({path: path.stat().st_mtime_ns for path in out.glob("*.parquet")})

    done = predict_in_bulk(bundle, [str(large)], str(out), shard=SIZE, runner=OnCluster(mortal_nodes.on), progress=strike)
    assert 4 <= len(kept) < SHARDS - 4, "the loss was to be in the middle"
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert done.tally.photos == SHARDS * SIZE == len({row["path"] for row in rows_of(out)})
    assert parts_of(out) == parts_of(undisturbed)
    assert capfd.readouterr().out == ""


def kill_a_worker() -> None:
    """End a process that is predicting, as the kernel does where memory runs out."""
    workers = [child for child in psutil.Process().children(recursive=True) if "ShardWorker" in " ".join(child.cmdline())]
    assert len(workers) == 2
    workers[0].kill()


def test_a_node_that_does_not_see_the_photos_says_so(two_nodes: Nodes, bundle: Path, tmp_path: Path) -> None:
    photos = write_files(tmp_path / "photos", members(8))

    def unshared(then: Callable[..., Iterator[Tally]]) -> Callable[[Job, Bundle, Iterator[Task]], Iterator[Tally]]:
        def run(job: Job, opened: Bundle, pending: Iterator[Task]) -> Iterator[Tally]:
            photos.rename(tmp_path / "elsewhere")
            yield from then(job, opened, pending)

        return run

    with pytest.raises(KenaliError, match=r"the node [\d.]+ does not see .*photos: share that folder"):
        predict_in_bulk(bundle, [str(photos)], str(tmp_path / "out"), shard=4, runner=unshared(OnCluster(two_nodes.on)))
