from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import kenali
from kenali.errors import KenaliError
from kenali.evaluation import ReportContent, alarms, score, write_report
from kenali.evaluation.metrics import wilson
from kenali.evaluation.subgroups import Subgroups, score_groups
from tests.evaluation.test_report import Outline, content
from tests.tiny import coloured, write_tiny_bundle


def groups(**counts: tuple[int, int]) -> Subgroups:
    """Groups from their right answers and photos."""
    names = [name for name, (_, n) in counts.items() for _ in range(n)]
    right = [i < hits for hits, n in counts.values() for i in range(n)]
    return score_groups("hospital", names, right)


def test_the_worst_comes_first_and_small_ones_last() -> None:
    found = groups(good=(45, 50), bad=(20, 50), tiny=(0, 3), fair=(30, 40))
    assert [one.name for one in found.rows] == ["bad", "fair", "good", "tiny"]
    assert [one.small for one in found.rows] == [False, False, False, True]
    assert found.rows[0].accuracy == wilson(20, 50)
    assert found.rows[0].rest == wilson(75, 93)


def test_a_group_below_the_rest_raises_an_alarm() -> None:
    assert [one.name for one in groups(a=(10, 40), b=(38, 40), c=(36, 40)).weak] == ["a"]
    assert groups(a=(30, 40), b=(38, 40)).weak == ()
    assert groups(a=(1, 40)).weak == ()


def test_the_alarm_stays_quiet_where_groups_are_alike() -> None:
    """Twenty groups that differ by chance alone: fewer than one run in twenty may raise it."""
    rng = np.random.default_rng(0)
    names = [str(j // 30) for j in range(600)]
    raised = [bool(score_groups("x", names, (rng.random(600) < 0.8).tolist()).weak) for _ in range(200)]
    assert np.mean(raised) <= 0.05


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_report_shows_every_group(tmp_path: Path, language: str) -> None:
    one = content(wrong=0.5)
    assert one.predictions is not None
    assert one.metrics is not None
    right = (one.predictions.labels == one.labels).tolist()
    found = score_groups("hospital", ["<b>" if hit else "" for hit in right], right)
    told = alarms(one.metrics, one.counts, subgroups=found, language=language)
    assert "weak-group" in {alarm.kind for alarm in told}
    shown = ReportContent(
        title="x",
        counts=one.counts,
        metrics=one.metrics,
        photos=one.photos,
        labels=one.labels,
        predictions=one.predictions,
        alarms=told,
        subgroups=found,
    )
    outline = Outline(write_report(tmp_path, shown, language).read_text(encoding="utf-8"))
    assert {"en": "(no match)", "id": "(tidak cocok)"}[language] in outline.text
    assert ("id", "groups") in outline.attributes
    assert "<b>" in outline.text


def test_many_groups_do_not_fill_the_page(tmp_path: Path) -> None:
    one = content(n=300)
    assert one.predictions is not None
    found = score_groups("x", [str(i) for i in range(300)], [True] * 300)
    shown = ReportContent(
        title="x",
        counts=one.counts,
        metrics=score(one.predictions.probs, one.labels, one.predictions.class_names),
        subgroups=found,
    )
    assert "260 more groups" in write_report(tmp_path, shown).read_text(encoding="utf-8")


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Six photos of two hospitals, listed by a CSV; at Ayu two are mislabelled."""
    rows = ["path,label,Hospital"]
    for i, (colour, label, hospital) in enumerate(
        [
            ("red", "red", "Ayu"),
            ("lime", "red", "Ayu"),
            ("blue", "green", "Ayu"),
            ("#f02020", "red", "Budi"),
            ("#20f020", "green", "Budi"),
            ("#2020f0", "blue", ""),
        ]
    ):
        (tmp_path / f"h{i // 3}-{i}.png").write_bytes(coloured(colour))
        rows.append(f"h{i // 3}-{i}.png,{label},{hospital}")
    (tmp_path / "list.csv").write_text("\n".join(rows))
    return tmp_path / "list.csv"


def test_groups_come_from_a_column_or_a_pattern(listed: Path, tmp_path: Path) -> None:
    bundle = write_tiny_bundle(tmp_path / "bundle")
    found = kenali.evaluate(bundle, listed, by="hospital")
    assert found.subgroups is not None
    assert {one.name: (one.accuracy.value, one.accuracy.n) for one in found.subgroups.rows} == {
        "Ayu": (pytest.approx(1 / 3), 3),
        "Budi": (1, 2),
        "": (1, 1),
    }
    assert found.document["groups"]["by"] == "hospital"
    assert found.document["groups"]["rows"][0] == {
        "name": "Ayu",
        "value": pytest.approx(1 / 3),
        "low": pytest.approx(0.0615, abs=1e-3),
        "high": pytest.approx(0.7923, abs=1e-3),
        "n": 3,
        "small": True,
    }
    pattern = kenali.evaluate(bundle, listed, by=r"h(\d)-")
    assert pattern.subgroups is not None
    assert [one.name for one in pattern.subgroups.rows] == ["0", "1"]
    assert kenali.evaluate(bundle, listed).document["groups"] is None


@pytest.mark.parametrize(("by", "sentence"), [("hospitl", "Did you mean 'hospital'"), ("(x", "no regular expression")])
def test_a_group_that_nothing_names_gets_a_sentence(listed: Path, tmp_path: Path, by: str, sentence: str) -> None:
    with pytest.raises(KenaliError, match=sentence):
        kenali.evaluate(write_tiny_bundle(tmp_path / "bundle"), listed, by=by)
