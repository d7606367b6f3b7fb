from __future__ import annotations

import re

import pytest

from kenali.evaluation.figures import PIE_SLICES, PLOT, pie, reliability_dots, strength_curve
from kenali.evaluation.metrics import ReliabilityBin, wilson


def test_pie_goes_round_once_largest_first() -> None:
    slices = pie({"a": 10, "b": 0, "c": 30}, "others")
    assert [(one.name, one.share, one.style) for one in slices] == [("c", 0.75, "s0"), ("a", 0.25, "s1")]
    assert slices[0].path == "M0 0L0.00 -100.00A100.0 100.0 0 1 1 -100.00 0.00Z"
    ends = [re.findall(r"-?[\d.]+", one.path)[-2:] for one in slices]
    assert [float(number) for number in ends[-1]] == pytest.approx([0, -100], abs=0.01)


def test_pie_of_one_class_is_a_whole_circle_and_of_none_is_nothing() -> None:
    (whole,) = pie({"a": 5}, "others")
    assert whole.path.count("A") == 2
    assert whole.share == 1
    assert pie({"a": 0}, "others") == pie({}, "others") == ()


def test_small_classes_share_a_slice() -> None:
    counts = {f"class {j}": 100 - j for j in range(25)}
    slices = pie(counts, "17 others")
    assert len(slices) == PIE_SLICES
    assert (slices[-1].name, slices[-1].style, slices[-1].count) == ("17 others", "rest", sum(range(76, 93)))
    assert sum(one.share for one in slices) == pytest.approx(1)
    assert len(pie(dict(list(counts.items())[:9]), "x")) == 9


def test_dots_lie_inside_the_plot() -> None:
    bins = [ReliabilityBin(0.5, 0.6, 0.55, wilson(1, 2)), ReliabilityBin(0.9, 1.0, 1.0, wilson(8, 8))]
    for dot in reliability_dots(bins):
        assert PLOT.left <= dot.x <= PLOT.left + PLOT.width
        assert PLOT.top <= dot.y_high <= dot.y <= dot.y_low <= PLOT.top + PLOT.height
        assert PLOT.histogram_bottom - PLOT.histogram_height <= dot.bar_top < PLOT.histogram_bottom
    assert reliability_dots([]) == ()


def test_a_curve_of_many_points_names_powers_of_ten_and_marks_only_the_lowest() -> None:
    curve = strength_curve([(10 ** (-5 + 4.5 * j / 40), (j - 30) ** 2) for j in range(41)])
    assert curve is not None
    assert [value for _, value in curve.x_ticks] == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 1e-1])
    assert curve.marks == ((*curve.points[30], 6),)


def test_strength_curve_marks_the_lowest_loss() -> None:
    curve = strength_curve([(1.0, 0.5), (0.01, 0.9), (0.1, 0.4)])
    assert curve is not None
    assert curve.best == 0.1
    assert [radius for _, _, radius in curve.marks] == [3, 6, 3]
    (x0, y0), (x1, y1), (x2, _) = curve.points
    assert x1 - x0 == pytest.approx(x2 - x1)
    assert y1 > y0
    assert [value for _, value in curve.x_ticks] == [0.01, 0.1, 1.0]


def test_a_flat_curve_and_too_few_strengths() -> None:
    flat = strength_curve([(0.1, 0.5), (1.0, 0.5)])
    assert flat is not None
    assert flat.points[0][1] == flat.points[1][1]
    assert strength_curve([(0.1, 0.5)]) is None
    assert strength_curve([]) is None
