"""Weights in fewer bits that change a network's answers least: the error of one is made good by those not yet rounded.

The method is GPTQ (E. Frantar and others, ICLR 2023), which goes back to the optimal brain surgeon (Hassibi and Stork 1993):
what a layer sees of a few pictures tells how its weights can stand in for one another. It costs no byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import prod

import numpy as np
import numpy.typing as npt

from kenali.export.graph import Graph, Node, write_graph
from kenali.export.storage import Storage, rounded, scales_of
from kenali.network import Network
from kenali.types import FloatArray, Pixels

Moments = npt.NDArray[np.float64]

_DAMPING = 0.01
"""Share of the mean second moment that is added to each, for the pictures are few."""

_WIDEST = 2304
"""Layers with more inputs to a channel are rounded plainly: their matrix of moments would take minutes."""

_PLACES = 400
"""Places of a map, at most, that each picture contributes to a layer's moments."""

_BLOCK = 64
"""Columns whose errors reach the rest together, as one product of matrices."""

_AT_ONCE = 16_000_000
"""Numbers that one run may return: maps of many layers, read together."""


def carefully_rounded(
    graph: Graph, storage: Mapping[str, Storage], pictures: Sequence[Pixels]
) -> tuple[Graph, dict[str, Storage]]:
    """The graph with its constants as they will be stored, and the storage with the scales to do so.

    `pictures` uint8 (h, w, c) are such as the network may see; a dozen will do (`benchmarks/rounding.py`).
    """
    constants, scaled = dict(graph.constants), dict(storage)
    layers = [node for node in graph.nodes if _is_rounded(node, graph, storage)] if pictures else []
    for node, moments in _moments(graph, layers, pictures):
        name = node.inputs[1]
        whole = graph.constants[name]
        weight = whole.reshape(len(whole), -1)
        if storage[name].encoding == "int8":
            scales = scales_of(whole, 0)
            scaled[name] = replace(storage[name], scales=scales)
            constants[name] = _compensated(weight, partial(_on_grid, scales), moments).reshape(whole.shape)
        else:
            constants[name] = _compensated(weight, _in_half, moments).reshape(whole.shape)
    return rounded(replace(graph, constants=constants), scaled), scaled


def _is_rounded(node: Node, graph: Graph, storage: Mapping[str, Storage]) -> bool:
    """Whether a layer is a rounded convolution, or a linear layer laid out alike, that is not too wide."""
    if node.op != "Conv" and not (node.op == "Gemm" and node.attributes.get("transB")):
        return False
    name = node.inputs[1]
    return name in storage and node.attributes.get("group", 1) == 1 and prod(graph.constants[name].shape[1:]) <= _WIDEST


def _on_grid(scales: FloatArray, column: Moments) -> Moments:
    """One weight of each channel (out,) as its scale allows."""
    return np.clip(np.rint(column / scales), -127, 127) * scales


def _in_half(column: Moments) -> Moments:
    """One weight of each channel (out,) as float16 has it."""
    return column.astype(np.float16).astype(np.float64)


def _compensated(weight: FloatArray, near: Callable[[Moments], Moments], moments: Moments) -> FloatArray:
    """Weights (out, in) rounded column by column to what is `near`; what that changes goes into the columns after.

    Columns that see the largest numbers are rounded first, while many others can still make up for them.
    """
    damped = moments + np.eye(len(moments)) * (_DAMPING * max(float(np.trace(moments)) / len(moments), 1e-12))
    order = np.argsort(-np.diag(damped))
    spread = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T  # upper triangular, (in, in)
    left, given = weight[:, order].astype(np.float64), np.empty(weight.shape)
    for start in range(0, weight.shape[1], _BLOCK):
        end = min(start + _BLOCK, weight.shape[1])
        errors = np.empty((len(weight), end - start))
        for column in range(start, end):
            given[:, column] = near(left[:, column])
            errors[:, column - start] = (left[:, column] - given[:, column]) / spread[column, column]
            left[:, column + 1 : end] -= np.outer(errors[:, column - start], spread[column, column + 1 : end])
        left[:, end:] -= errors @ spread[start:end, end:]
    return given[:, np.argsort(order)].astype(np.float32)


def _moments(graph: Graph, layers: Sequence[Node], pictures: Sequence[Pixels]) -> Iterator[tuple[Node, Moments]]:
    """The second moments (in, in) of what each layer's channels see, in the network as it was."""
    for some in _portions(graph, layers):
        names = tuple(dict.fromkeys(node.inputs[0] for node in some))
        network = Network(write_graph(replace(graph, outputs=names).pruned()))
        found = [np.zeros((prod(graph.constants[node.inputs[1]].shape[1:]),) * 2) for node in some]
        for picture in pictures:
            seen = network(picture[None])
            for node, moments in zip(some, found, strict=True):
                patches = _patches(seen[node.inputs[0]], node, graph.constants[node.inputs[1]].shape)
                moments += patches.T @ patches / (len(patches) * len(pictures))
        yield from zip(some, found, strict=True)


def _portions(graph: Graph, layers: Sequence[Node]) -> Iterator[list[Node]]:
    """The layers in groups whose inputs fit into memory together."""
    some: list[Node] = []
    size = 0
    for node in layers:
        own = prod(side or 1 for side in graph.shapes[node.inputs[0]])
        if some and size + own > _AT_ONCE:
            yield some
            some, size = [], 0
        some.append(node)
        size += own
    if some:
        yield some


def _patches(seen: FloatArray, node: Node, kernel: tuple[int, ...]) -> Moments:
    """What a layer's channels see at some of the places of its input: (places, in), in the order of its weights."""
    if node.op != "Conv":
        return seen.reshape(len(seen), -1).astype(np.float64)
    attributes = node.attributes
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    padded = np.pad(seen[0], ((0, 0), (top, bottom), (left, right)))
    down, across = attributes.get("strides", (1, 1))
    gaps = attributes.get("dilations", (1, 1))
    extent = tuple((side - 1) * gap + 1 for side, gap in zip(kernel[2:], gaps, strict=True))
    windows = np.lib.stride_tricks.sliding_window_view(padded, extent, (1, 2))[:, ::down, ::across, :: gaps[0], :: gaps[1]]
    height, width = windows.shape[1:3]
    step = max(1, -(-height * width // _PLACES))
    rows, columns = np.divmod(np.arange(0, height * width, step), width)
    return windows[:, rows, columns].transpose(1, 0, 2, 3).reshape(len(rows), -1).astype(np.float64)
