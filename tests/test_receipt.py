"""Receipts: equal where runs are, whoever computed them; one sentence for what differs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kenali.cli import app
from kenali.errors import KenaliError
from kenali.receipt import (
    Ran,
    Receipt,
    compare_receipts,
    digest,
    digest_of_lines,
    read_receipt,
    receipt_of,
    write_receipt,
)

HERE = receipt_of("train", {"data": digest("photos"), "split": digest("split"), "recipe": digest("fast")}, digest("model"))
THERE = replace(HERE, ran=Ran("ray", 3, 12), system="Linux aarch64")


def written(folder: Path, receipt: Receipt, name: str = "receipt.json") -> Path:
    folder.mkdir()
    write_receipt(folder / name, receipt)
    return folder


@pytest.mark.parametrize("name", ["receipt.json", "_receipt.json"])
def test_a_receipt_is_read_as_it_was_written(tmp_path: Path, name: str) -> None:
    folder = written(tmp_path / "run", THERE, name)
    assert read_receipt(folder) == read_receipt(folder / name) == THERE


def test_where_a_run_was_computed_makes_no_difference() -> None:
    found = compare_receipts(HERE, THERE)
    assert found.comparable
    assert found.same_result
    assert dict(found.versions) == {"system": (HERE.system, "Linux aarch64")}


def test_other_inputs_kinds_and_results_do() -> None:
    other = replace(HERE, inputs={**HERE.inputs, "split": "another", "options": "more"}, result="another")
    found = compare_receipts(HERE, other)
    assert not found.comparable
    assert not found.same_result
    assert dict(found.inputs) == {"split": (HERE.inputs["split"], "another"), "options": ("-", "more")}
    assert dict(compare_receipts(HERE, replace(HERE, what="study")).inputs) == {"what": ("train", "study")}


def test_digests_tell_parts_apart_and_forget_the_order_of_lines() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("a") == digest(b"a")
    assert digest_of_lines(["b", "a"]) == digest_of_lines(["a", "b"]) != digest_of_lines(["ab"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "what": "train"}'])
def test_what_is_no_receipt_gets_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "receipt.json").write_text(text, encoding="utf-8")
    with pytest.raises(KenaliError, match=r"is no receipt|another format"):
        read_receipt(tmp_path)
    with pytest.raises(KenaliError, match="holds no receipt"):
        read_receipt(tmp_path / "nothing")


def test_the_command_shows_one_and_compares_two(tmp_path: Path) -> None:
    a, b = written(tmp_path / "a", HERE), written(tmp_path / "b", THERE)
    c = written(tmp_path / "c", replace(HERE, inputs={**HERE.inputs, "recipe": "another"}, result="another"))
    ask = CliRunner().invoke
    shown = ask(app, ["receipt", str(b)])
    assert "train, by Ray on 3 nodes, 12 at a time, Linux aarch64" in shown.output
    same = ask(app, ["receipt", str(a), str(b)])
    assert same.exit_code == 0
    assert "The same inputs (data, split, recipe), the same result." in same.output
    different = ask(app, ["receipt", str(a), str(c), "--json"])
    assert different.exit_code == 1
    document = json.loads(different.output)
    assert document["comparable"] is False
    assert list(document["inputs"]) == ["recipe"]
    assert ask(app, ["receipt", str(tmp_path)]).exit_code == 1
