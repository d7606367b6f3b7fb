"""How fast a gallery of synthetic people is searched: exactly, against the time that reading the matrix once takes; and
approximately, with the recall, the build time and the memory that this costs.

    python benchmarks/gallery_search.py [--rows 10000 100000 1000000] [--queries 41] [--approximate 100000 1000000]

Every round measures one read and one search, alternately, so that a busy machine slows both; the ratio of their medians is
what counts. Embeddings scatter about people's centres, as far apart as faces of the embedder are: about .34 within and .57
between people.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise

import numpy as np
import psutil
from measure import save

from kenali.faces.index import ApproximateIndex, ExactIndex
from kenali.parallel import cores
from kenali.types import FloatArray

SIZE = 128
PHOTOS = 4
K = 10


def people(rows: int, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Unit vectors float32 (rows, 128), four a person, and 1,000 further photos of people among them."""
    rng = np.random.default_rng(seed)
    common = np.zeros(SIZE, np.float32)
    common[0] = 1
    matrix, asked = np.empty((rows, SIZE), np.float32), []
    for start in range(0, rows, 40_000):
        count = min(40_000, rows - start)
        centres = common + 0.36 / np.sqrt(SIZE) * rng.standard_normal((-(-count // PHOTOS), SIZE), dtype=np.float32)
        part = np.repeat(centres, PHOTOS, axis=0)[:count]
        part += 0.26 / np.sqrt(SIZE) * rng.standard_normal(part.shape, dtype=np.float32)
        matrix[start : start + count] = part / np.linalg.norm(part, axis=1, keepdims=True)
        some = centres[: max(1, 1000 * 40_000 // max(rows, 40_000))]
        more = some + 0.26 / np.sqrt(SIZE) * rng.standard_normal(some.shape, dtype=np.float32)
        asked.append(more / np.linalg.norm(more, axis=1, keepdims=True))
    return matrix, np.concatenate(asked)[:1000].astype(np.float32)


def reader(matrix: FloatArray) -> Callable[[], None]:
    """One pass over the matrix that does as little as can be: the greatest of its bytes as integers, a share a core."""
    cuts = np.linspace(0, len(matrix), cores() + 1).astype(int).tolist()
    shares = [matrix[a:b].reshape(-1).view(np.int64) for a, b in pairwise(cuts)]
    pool = ThreadPoolExecutor(len(shares))

    def read() -> None:
        list(pool.map(lambda share: share.max(), shares))

    return read


def timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return 1e3 * (time.perf_counter() - start)


def exact(rows: int, queries: int) -> list[dict[str, object]]:
    """The first queries read the rows whole, later ones shortened where there are many; both must find the same."""
    matrix, asked = people(rows)
    read, never = reader(matrix), 1 << 62
    resident, start = psutil.Process().memory_info, time.perf_counter()
    before = resident().rss
    searches = {"exact, later queries": ExactIndex(matrix, shorten_after=0)}
    built = {"build_s": round(time.perf_counter() - start, 2), "grown_mb": round((resident().rss - before) / 2**20)}
    searches["exact, first queries"] = ExactIndex(matrix, shorten_after=never)
    for some in range(0, len(asked), 100):
        answers = [search(asked[some : some + 100], K).distances for search in searches.values()]
        assert np.array_equal(answers[0], answers[1]), "shortened rows lost a neighbour"
    rounds = [[timed(read), *(timed(partial(one, asked[i : i + 1], K)) for one in searches.values())] for i in range(queries)]
    reads, *columns = np.array(rounds).T
    return [
        _row(name, rows, search, asked, reads, took) | (built if "later" in name else {})
        for (name, search), took in zip(searches.items(), columns, strict=True)
    ]


def _row(
    kind: str, rows: int, search: ExactIndex, asked: FloatArray, reads: FloatArray, searches: FloatArray
) -> dict[str, object]:
    return {
        "kind": kind,
        "rows": rows,
        "read_p50_ms": round(float(np.median(reads)), 3),
        "p50_ms": round(float(np.median(searches)), 3),
        "p95_ms": round(float(np.quantile(searches, 0.95)), 3),
        "best_ms": round(float(searches.min()), 3),
        "ratio_p50": round(float(np.median(searches) / np.median(reads)), 3),
        "ratio_best": round(float(searches.min() / reads.min()), 3),
        "batch_of_64_ms_a_query": round(timed(lambda: search(asked[:64], K)) / 64, 3),
    }


def approximate(rows: int, queries: int, numbers: Sequence[str]) -> list[dict[str, object]]:
    matrix, asked = people(rows)
    sure = ExactIndex(matrix, shorten_after=0)(asked[:200], K)
    found = []
    for kind in numbers:
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        search = ApproximateIndex(matrix, numbers=kind)
        build_s = time.perf_counter() - start
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        for effort in (64, 128, 256, 512, 1024):
            search.effort = effort
            rough = search(asked[:200], K)
            pairs = zip(rough.rows.tolist(), sure.rows.tolist(), strict=True)
            recall = float(np.mean([len(set(a) & set(b)) / K for a, b in pairs]))
            times = [timed(partial(search, asked[i : i + 1], K)) for i in range(queries)]
            found.append(
                {
                    "kind": f"approximate {kind}, effort {effort}",
                    "rows": rows,
                    "p50_ms": round(float(np.median(times)), 3),
                    "recall_at_10": round(recall, 4),
                    "recall_at_1": round(float((rough.rows[:, 0] == sure.rows[:, 0]).mean()), 4),
                    "build_s": round(build_s, 1),
                    "graph_mb": round(search.memory_bytes / 2**20),
                    "peak_grown_mb": round(grown / 1024),
                }
            )
            if recall >= 0.99:
                break
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--approximate", type=int, nargs="*", default=[100_000])
    parser.add_argument("--numbers", nargs="*", default=["f16"], help="f32, f16, i8")
    parser.add_argument("--queries", type=int, default=41)
    parser.add_argument("--save", action="store_true", help="append to the results")
    options = parser.parse_args()
    rows = []
    for count in options.rows:
        for row in exact(count, options.queries):
            rows.append(row)
            print(row, flush=True)
    for count in options.approximate:
        for row in approximate(count, options.queries, options.numbers):
            rows.append(row)
            print(row, flush=True)
    if options.save:
        save("gallery_search", [{"cores": cores()} | row for row in rows])


if __name__ == "__main__":
    main()
