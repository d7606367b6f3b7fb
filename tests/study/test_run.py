"""Real studies on the demo's photographs: their figures, and that they go on where they were stopped."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kenali.demo import write_demo_photos
from kenali.errors import KenaliError, MissingExtra
from kenali.study import Grid, StudyResult, methods, run_study
from kenali.study.methods import run_cell
from kenali.study.plans import plan
from kenali.study.workshop import Workshop, some_of_each
from kenali.training.recipe import load_recipe
from kenali.types import Photo

CLEAN_AND_NOISY = (("as-is", None), ("noise", 20.0))


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo_photos(folder / "demo")
    return folder / "demo" / "train"


@pytest.fixture(scope="module")
def amounts(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StudyResult]:
    out = tmp_path_factory.mktemp("study") / "out"
    return out, run_study("data-amount", photos, out, seeds=2, grid=Grid(amounts=(5, 15)))


def test_more_photos_recognise_more_and_the_test_part_stays(amounts: tuple[Path, Any]) -> None:
    rows = amounts[1].findings.rows
    assert [row.key[1] for row in rows] == [5, 15, None]
    for index in range(2):
        tested = [row.figures[index]["tested"] for row in rows]
        assert tested[0] == tested[1] == tested[2]
    assert rows[0].accuracy.mean <= rows[-1].accuracy.mean + 0.05
    assert [round(row.mean("train_photos")) for row in rows][:2] == [15, 45]
    assert amounts[1].document["settings"][2]["accuracy"]["n"] == 2


def test_a_finished_study_runs_nothing_again_and_more_seeds_run_alone(
    amounts: tuple[Path, Any], photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, first = amounts
    ran: list[int] = []
    frozen = methods.METHODS["frozen"]

    def watched(*cell: Any) -> Any:
        ran.append(cell[2])
        return frozen(*cell)

    monkeypatch.setitem(methods.METHODS, "frozen", watched)
    again = run_study("data-amount", photos, out, seeds=2, grid=Grid(amounts=(5, 15)), language="id")
    assert ran == []
    assert again.findings.reused == 6
    assert again.document["settings"] == first.document["settings"]
    run_study("data-amount", photos, out, seeds=3, grid=Grid(amounts=(5,)))
    assert ran == [2, 2]


def test_a_stopped_study_goes_on(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    frozen = methods.METHODS["frozen"]

    def stopping(*cell: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return frozen(*cell)

    monkeypatch.setitem(methods.METHODS, "frozen", stopping)
    with pytest.raises(KeyboardInterrupt):
        run_study("data-amount", photos, tmp_path / "out", seeds=1, grid=Grid(amounts=(5,)))
    assert len(list((tmp_path / "out" / "cells").iterdir())) == 1
    assert not (tmp_path / "out" / "study.csv").exists()
    result = run_study("data-amount", photos, tmp_path / "out", seeds=1, grid=Grid(amounts=(5,)))
    assert result.findings.reused == 1
    assert calls == 3


def test_a_cell_alone_finds_the_same(amounts: tuple[Path, Any], photos: Path) -> None:
    for path in sorted((amounts[0] / "cells").iterdir())[:1]:
        cell = json.loads(path.read_text())
        assert run_cell(str(photos), None, cell["method"], cell["parameters"], cell["seed"]) == cell["figures"]


def test_divergence_is_a_result_and_changed_recipes_begin_anew(photos: Path, tmp_path: Path) -> None:
    recipe = load_recipe("xray-small", epochs=2)
    told: list[str] = []
    grid = Grid(rates=(1e6, 0.01))
    result = run_study("learning-rate", photos, tmp_path, recipe=recipe, seeds=1, grid=grid, begun_anew=told.append)
    first, second = result.findings.rows
    assert (first.diverged, first.accuracy) == (1, None)
    assert second.accuracy is not None
    assert len(second.figures[0]["history"]) == 2
    assert "1,000,000 is too high" in " ".join(result.document["answer"])
    assert told == []
    shorter = load_recipe("xray-small", epochs=1)
    again = run_study("learning-rate", photos, tmp_path, recipe=shorter, seeds=1, grid=grid, begun_anew=told.append)
    assert told == ["The recipe has changed since the last run, so the study begins anew."]
    assert again.findings.reused == 0


def test_a_network_is_tested_on_worse_photos_without_being_trained_again(photos: Path) -> None:
    ready = plan("robustness", load_recipe("xray-small", epochs=1), Grid(), Counter({0: 9, 1: 9, 2: 9}))
    with Workshop(photos) as workshop:
        cells = [one for one in ready.settings if one.code in ("as-is", "grey")]
        found = [methods.run_network(workshop, one.parameters, 0) for one in cells]
    assert found[0]["seconds_to_learn"] == found[1]["seconds_to_learn"]
    assert found[0]["tested"] == found[1]["tested"]


def test_features_of_worse_photos_differ(photos: Path) -> None:
    ready = plan("robustness", None, Grid(), Counter({0: 9, 1: 9, 2: 9}))
    with Workshop(photos) as workshop:
        parts = [workshop.task((0.8, 0.0, 0.2), one.parameters, 0) for one in ready.settings if one.key in CLEAN_AND_NOISY]
        features = [workshop.test_features("efficientnet_lite0", task) for task in parts]
    assert len(features) == 2
    assert not np.allclose(features[0], features[1])


def test_a_network_has_size_and_speed(photos: Path) -> None:
    recipe = load_recipe("xray-small", epochs=1)
    grid = Grid(networks=("xray-small", "efficientnet_lite0"))
    with Workshop(photos) as workshop:
        settings = plan("networks", recipe, grid, Counter({0: 9, 1: 9, 2: 9})).settings
        sizes = {one.code: methods.METHODS[one.name](workshop, one.parameters, 0) for one in settings}
    assert sizes["xray-small"]["parameters"] == 1_059_106 + 129  # three classes
    assert sizes["xray-small"]["model_bytes"] == pytest.approx(4 * 1_059_235, rel=0.05)
    assert sizes["efficientnet_lite0"]["parameters"] > 3e6
    assert all(one["ms_a_photo"] > 0 for one in sizes.values())
    assert sizes["xray-small"]["tested"] == sizes["efficientnet_lite0"]["tested"]


def test_fewer_photos_are_some_of_the_more() -> None:
    photos = tuple(Photo(f"{n}", n % 2, f"{n:x}", (9, 9), f"{n}") for n in range(40))
    few, more = (set(some_of_each(photos, amount, 3)) for amount in (4, 9))
    assert few < more
    assert (len(few), len(more)) == (8, 18)
    assert set(some_of_each(photos, 99, 3)) == set(photos)


def test_without_matplotlib_a_sentence_says_how_to_get_it(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtra, match=r"kenali\[study\]"):
        run_study("robustness", photos, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_studied_gets_a_sentence(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="among the photos"):
        run_study("robustness", photos, photos / "out")
    with pytest.raises(KenaliError, match="test part"):
        run_study("robustness", photos, tmp_path, recipe=load_recipe("auto", ratios=(1.0, 0.0, 0.0)))
    with pytest.raises(KenaliError, match="at least one seed"):
        run_study("robustness", photos, tmp_path, seeds=0)
