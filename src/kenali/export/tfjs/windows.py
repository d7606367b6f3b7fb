"""Where the windows of convolutions and pools lie: ONNX's padding in plain numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kenali.export.graph import Node
from kenali.export.tfjs.builder import Builder, unsupported

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Windows:
    """Height and width of windows, their steps and gaps, and the cells added around the map: (before, after) for each side.

    `before` and `after` are the padding that ONNX states; `beyond` is what the last windows reach past that (ceil mode).
    """

    kernel: Pair
    strides: Pair
    dilations: Pair
    before: Pair
    after: Pair
    beyond: Pair = (0, 0)

    @property
    def end(self) -> Pair:
        """All cells added below and at the right."""
        return self.after[0] + self.beyond[0], self.after[1] + self.beyond[1]

    def places(self, sides: Sequence[int | None]) -> Pair:
        """How many windows a map of these sides has, down and across."""
        down, across = (
            ((side or 0) + before + end - (k - 1) * gap - 1) // stride + 1
            for side, before, end, k, gap, stride in zip(
                sides, self.before, self.end, self.kernel, self.dilations, self.strides, strict=True
            )
        )
        return down, across

    @property
    def padded(self) -> bool:
        return any((*self.before, *self.end))


def windows_of(builder: Builder, node: Node, kernel: Pair) -> Windows:
    """The windows of a convolution or a pool over a map whose sides are known."""
    shape = builder.shape(node.inputs[0])
    if len(shape) != 4:
        raise unsupported(node, f"over {len(shape) - 2} axes, only over height and width")
    sides = [side for side in shape[2:] if side is not None]
    if len(sides) != 2:
        raise unsupported(node, "over a map of unknown size")
    strides, dilations = (_pair(node, name) for name in ("strides", "dilations"))
    extent = [(k - 1) * gap + 1 for k, gap in zip(kernel, dilations, strict=True)]
    mode = node.attributes.get("auto_pad", b"NOTSET").decode()
    pads = node.attributes.get("pads", [0, 0, 0, 0])
    before, after = (pads[0], pads[1]), (pads[2], pads[3])
    if mode.startswith("SAME"):
        totals = [max(0, (math.ceil(n / s) - 1) * s + k - n) for n, s, k in zip(sides, strides, extent, strict=True)]
        small, large = [total // 2 for total in totals], [total - total // 2 for total in totals]
        first, second = (small, large) if mode == "SAME_UPPER" else (large, small)
        before, after = (first[0], first[1]), (second[0], second[1])
    elif mode == "VALID":
        before = after = (0, 0)
    beyond = [0, 0]
    if node.attributes.get("ceil_mode"):
        for axis in (0, 1):
            free = sides[axis] + before[axis] + after[axis] - extent[axis]
            steps = math.ceil(free / strides[axis])
            if steps * strides[axis] >= sides[axis] + before[axis]:
                steps -= 1  # a window that would begin past the map is left out
            beyond[axis] = max(0, steps * strides[axis] - free)
    return Windows(kernel, strides, dilations, before, after, (beyond[0], beyond[1]))


def _pair(node: Node, name: str) -> Pair:
    first, second = node.attributes.get(name, (1, 1))
    return first, second
