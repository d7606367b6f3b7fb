"""`kenali stream camera` and `kenali stream keys`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from kenali.cli import app
from kenali.stream.curve import hub_keys
from tests.conftest import draw_photo
from tests.stream.receiving import receiving


def test_a_folder_goes_to_an_encrypted_hub(tmp_path: Path) -> None:
    for number in range(3):
        draw_photo(tmp_path / "shelf" / f"{number}.jpg", number)
    run = CliRunner().invoke
    made = run(app, ["stream", "keys", str(tmp_path / "keys"), "--json"])
    assert made.exit_code == 0
    assert len(json.loads(made.stdout)["files"]) == 6
    with receiving(keys=hub_keys(tmp_path / "keys")) as hub:
        words = ["stream", "camera", str(tmp_path / "shelf"), "--to", hub.address.url, "--policy", "all"]
        done = run(app, [*words, "--curve", str(tmp_path / "keys"), "--json"])
        assert done.exit_code == 0, done.stderr
        told = run(app, [*words, "--curve", str(tmp_path / "keys"), "--name", "Rak 1"])
    counts = json.loads(done.stdout)
    assert (counts["source"], counts["captured"], counts["acknowledged"]) == ("shelf", 3, 3)
    assert "Rak-1: 3 frames captured, 3 sent, 3 acknowledged" in told.stdout
    assert len(hub.frames) == 6


def test_errors_are_one_sentence(tmp_path: Path) -> None:
    draw_photo(tmp_path / "a.jpg", 1)
    for words, exit_code, told in (
        (["nothing"], 1, "no webcam's number"),
        ([str(tmp_path), "--to", "nowhere"], 1, "an address is tcp://HOST:PORT"),
        ([str(tmp_path), "--policy", "newest"], 1, "a policy is latest, all or every:N"),
        ([str(tmp_path), "--to", "tcp://10.0.0.1:5555"], 1, "kenali stream keys"),
        ([str(tmp_path), "--curve", str(tmp_path)], 1, "holds no keys for a client"),
        ([str(tmp_path), "--to", "a:1", "--publish", "b:1"], 2, "give one of them"),
        ([str(tmp_path), "--publish", "127.0.0.1:0", "--policy", "all"], 1, "needs --to"),
    ):
        done = CliRunner().invoke(app, ["stream", "camera", *words])
        assert done.exit_code == exit_code, words
        assert told in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr
