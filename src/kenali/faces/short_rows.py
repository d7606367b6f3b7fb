"""Rows in a byte a number, which are read in a quarter of the time; those that may be among the nearest are then read whole.

How far a shortened product can be from the true one is known (the inequality of Cauchy and Schwarz), so no row is missed that
belongs to the nearest. The products are whole numbers under ONNX Runtime, the same on every processor: seven bits of a query
at a time, since older processors add two products of eight bits into sixteen and cut off what does not fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from kenali.errors import KenaliError, MissingExtra
from kenali.parallel import cores
from kenali.types import FloatArray, IntArray

LARGEST = 2048
"""Numbers a row at most: the products of longer ones would not fit 32 bits."""

_MIDDLE = 64  # stands for 0 in a part of a query, which holds 0..127
_FINE = 128  # the second part counts this much less than the first
_STEPS = 63 * _FINE
_SLACK = 1e-5  # of sums in float32


@dataclass(frozen=True, slots=True, eq=False)
class ShortQueries:
    """`queries` float32 (m, d), and in two parts of seven bits each, `parts` uint8 (2m, d).

    A query is nearly `unit` (m,) times its whole number, less 64; `lost` (m,) is the length of what is left over.
    """

    queries: FloatArray
    parts: npt.NDArray[np.uint8]
    unit: npt.NDArray[np.float64]
    lost: npt.NDArray[np.float64]

    @classmethod
    def of(cls, queries: FloatArray) -> Self:
        largest = np.abs(queries).max(axis=1, initial=0.0)
        unit = np.where(largest > 0, largest, 1).astype(np.float64) / _STEPS
        whole = np.rint(queries / unit[:, None]).astype(np.int32)
        coarse = (whole + _MIDDLE) // _FINE
        parts = np.concatenate([coarse, whole - _FINE * coarse]) + _MIDDLE
        lost = np.linalg.norm(queries - whole * unit[:, None], axis=1)
        return cls(queries, parts.astype(np.uint8), unit, lost)


class ShortRows:
    """Rows `begin` to `end` of a matrix, shortened. Safe to use from several threads."""

    def __init__(self, matrix: FloatArray, begin: int, end: int) -> None:
        """`matrix` float32 (n, d), which is not copied. Raises KenaliError where these numbers cannot be shortened."""
        self._matrix, self._begin, self._end = matrix, begin, end
        rows = matrix[begin:end]
        with np.errstate(invalid="ignore", over="ignore"):
            around = rows - rows.mean(axis=0)
            largest = float(np.abs(around).max())
        if not math.isfinite(largest) or matrix.shape[1] > LARGEST:
            raise KenaliError("these rows cannot be shortened")
        self._unit = np.float32(largest / 127 or 1.0)
        short = np.rint(around / self._unit).astype(np.int8)
        kept = short * self._unit
        self._length = float(np.linalg.norm(kept, axis=1).max())
        self._lost = float(np.linalg.norm(around - kept, axis=1).max())
        self._products = _session(short)

    def __len__(self) -> int:
        return self._end - self._begin

    def nearest(self, asked: ShortQueries, k: int) -> tuple[FloatArray, IntArray]:
        """The `k` greatest products (m, k) of these rows, which are as many or more, with each query; and their rows."""
        m, pieces = len(asked.queries), len(self) // k * k
        products = self._products.run(None, {"parts": asked.parts})[0]
        scores, rows = np.empty((m, k), np.float32), np.empty((m, k), np.int64)
        for j, query in enumerate(asked.queries):
            whole = products[j]
            whole *= _FINE
            whole += products[m + j]
            unit = float(asked.unit[j] * self._unit)
            off = self._lost * float(np.linalg.norm(query)) + self._length * float(asked.lost[j]) + _SLACK
            # As many pieces as are wanted: the greatest of each is as great as the least of these, so the k-th is as well.
            least = int(whole[:pieces].reshape(k, -1).max(axis=1).min())
            near = np.flatnonzero(whole >= math.floor(least - 2 * off / unit)) + self._begin
            exact = np.einsum("ij,j->i", self._matrix[near], query)
            chosen = np.argpartition(-exact, k - 1)[:k]
            scores[j], rows[j] = exact[chosen], near[chosen]
        return scores, rows


def _session(short: npt.NDArray[np.int8]) -> Any:
    """The graph from `parts` uint8 (2m, d) to their products int32 (2m, n) with rows (n, d)."""
    try:
        import onnxruntime
        from onnx import TensorProto, helper, numpy_helper
    except ImportError as error:
        raise MissingExtra("searching a gallery", "faces", error) from error
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["parts", "rows", "middle"], ["products"])],
        "short_rows",
        [helper.make_tensor_value_info("parts", TensorProto.UINT8, ["m", short.shape[1]])],
        [helper.make_tensor_value_info("products", TensorProto.INT32, ["m", len(short)])],
        [
            numpy_helper.from_array(np.ascontiguousarray(short.T), "rows"),
            numpy_helper.from_array(np.array(_MIDDLE, np.uint8), "middle"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="kenali")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False  # which would keep what only loading took
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
