"""Services as processes that are kept up; and camera, hub and worker together, though one after the other is killed."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from kenali.errors import KenaliError
from kenali.stream.all_in_one import AllInOne, AllSettings
from kenali.stream.answerers import Look
from kenali.stream.camera import Manner
from kenali.stream.camera_service import CameraSettings
from kenali.stream.hub import HubSettings
from kenali.stream.together import Service, Together
from kenali.stream.values import ALL
from tests.stream.services import free_ports, until


def sleep_on(file: Path) -> None:
    """Say that it lives, and do nothing more."""
    with file.open("a", encoding="utf-8") as out:
        out.write("began\n")
    time.sleep(60)


def do_nothing() -> None:
    pass


def refuse() -> None:
    raise KenaliError("no")


def test_what_dies_is_started_again_and_what_is_done_is_not(tmp_path: Path) -> None:
    warned: list[str] = []
    file = tmp_path / "lives"
    with closing(Together(warned.append)) as together:
        together.add(Service("sleeper", sleep_on, (file,)))
        together.add(Service("doer", do_nothing, finite=True))

        def lives(times: int) -> bool:
            together.look(0.05)
            return file.exists() and file.read_text(encoding="utf-8").count("began") == times

        until(lambda: lives(1) and together.has_ended("doer"))
        os.kill(together.pids["sleeper"], signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        until(lambda: lives(2))
        assert list(together.pids) == ["sleeper"]
    assert len(warned) == 1
    assert warned[0].startswith("the sleeper ended (")


def test_what_cannot_do_its_work_ends_everything(capfd: pytest.CaptureFixture[str]) -> None:
    with closing(Together(print)) as together:
        together.add(Service("refuser", refuse))
        with pytest.raises(KenaliError, match="the refuser cannot do its work"):
            until(lambda: bool(together.look(0.05)))  # type: ignore[func-returns-value]
    assert "kenali: no" in capfd.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_every_photo_is_answered_though_hub_and_worker_are_killed(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(24):
        Image.new("RGB", (40, 30), (6 * number, 0, 0)).save(photos / f"{number:02}.png")
    journal = tmp_path / "answers.jsonl"
    port = free_ports()
    hub = HubSettings(port=port, answers=journal)
    camera = CameraSettings(str(photos), to=hub.address(0).url, manner=Manner(ALL), timeout_s=1.0)

    def answered() -> set[int]:
        lines = journal.read_text(encoding="utf-8").split("\n")[:-1] if journal.exists() else []
        return {json.loads(line)["stamp"]["sequence"] for line in lines}  # the last may still be on its way

    with AllInOne(AllSettings(camera, hub, Look(simulated_s=0.05)), lambda sentence: None) as running:
        for name, least in (("worker 1", 6), ("hub", 12)):
            until(lambda least=least: running.is_over() or len(answered()) >= least)  # type: ignore[misc]
            os.kill(running.pids[name], signal.SIGKILL)
        until(running.is_over)
    assert answered() == set(range(24))
