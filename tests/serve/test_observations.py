"""Observations, counts and journals: bounded, without pixels, and harmless where the disk refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kenali.appearance import Appearance
from kenali.evaluation.observed import read_observed
from kenali.serve.journal import Journal, read_journal
from kenali.serve.observations import OBSERVED, TALLIES, Answered, Observer, Sampler, read_tallies

ANSWERED = Answered(
    asked="split",
    model="rocks",
    bundle="0123456789ab",
    label="gold",
    reason=None,
    confidence=0.9,
    novelty=0.3,
    size_px=(300, 400),
    format="JPEG",
    appearance=Appearance(0.5, 0.2, 0.1, 0.3, 0.0),
)


def noted(state: Path, *answers: Answered) -> Path:
    observer = Observer(state)
    for one in answers:
        observer.note(one)
    observer.close()
    return state


def test_what_is_noted_is_what_drift_reads(tmp_path: Path) -> None:
    others = [replace(ANSWERED, confidence=0.8), replace(ANSWERED, bundle="f" * 12), replace(ANSWERED, label="lead")]
    noted(tmp_path, ANSWERED, ANSWERED, *others)
    found = read_observed(tmp_path / OBSERVED, ANSWERED.bundle, ("gold", "jasper"))
    assert (len(found.sample), found.again, found.others) == (2, 1, 2)
    assert found.sample.measures["confidence"].tolist() == pytest.approx([0.9, 0.8])
    assert found.sample.measures["shape"][0] == pytest.approx(4 / 3, abs=1e-3)
    assert found.sample.formats == ("JPEG", "JPEG")
    assert not len(read_observed(tmp_path / OBSERVED, ANSWERED.bundle, ("gold",), days=1, now=4e9).sample)
    (line, *_) = next((tmp_path / OBSERVED / "rocks").iterdir()).read_text().splitlines()
    assert set(json.loads(line)) >= {"time", "asked", "model", "bundle", "label", "reason"}


def test_photos_that_were_not_measured_are_counted_alone(tmp_path: Path) -> None:
    unmeasured = replace(ANSWERED, appearance=None)
    noted(tmp_path, unmeasured, replace(unmeasured, reason="novel"), replace(unmeasured, asked="rocks"))
    noted(tmp_path, ANSWERED)  # another worker
    counted = {(one.asked, one.photos, one.unknown) for one in read_tallies(tmp_path)}
    assert counted == {("split", 3, 1), ("rocks", 1, 0)}
    assert sum(1 for _ in read_journal(tmp_path / OBSERVED / "rocks")) == 1


def test_a_disk_that_refuses_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / OBSERVED).write_text("in the way")
    (tmp_path / TALLIES).write_text("in the way")
    noted(tmp_path, ANSWERED)


def test_a_damaged_line_is_passed_over(tmp_path: Path) -> None:
    noted(tmp_path, ANSWERED)
    (file,) = (tmp_path / OBSERVED / "rocks").iterdir()
    whole = file.read_bytes()
    file.write_bytes(
        whole + b'{"bundle": "0123456789ab", "label": "gold", "confidence": "high"}\nnull\n[]\n\xff\n' + whole[:40]
    )
    assert len(read_observed(tmp_path / OBSERVED, ANSWERED.bundle, ("gold",)).sample) == 1


@pytest.mark.parametrize("breaking", ["\x85", "\u2028", "\u2029", "\x0c", "\r\n"])
def test_a_label_may_break_a_line(tmp_path: Path, breaking: str) -> None:
    Journal(tmp_path, most_bytes=8000).append({"label": f"gold{breaking}ore"})
    assert list(read_journal(tmp_path)) == [{"label": f"gold{breaking}ore"}]


def test_a_journal_drops_its_oldest_files(tmp_path: Path) -> None:
    journal = Journal(tmp_path, most_bytes=8000)
    for number in range(400):
        journal.append({"number": number, "text": "x" * 50})
    kept = [row["number"] for row in read_journal(tmp_path)]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 8000
    assert kept == list(range(kept[0], 400))
    assert len(kept) > 60


def test_a_busy_server_measures_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    sampler = Sampler(rate=10)
    assert sum(sampler.take() for _ in range(500)) <= 11
    taken = 0
    for _ in range(1000):  # ten seconds, a hundred photos in each
        now += 0.01
        taken += sampler.take()
    assert 95 <= taken <= 111
