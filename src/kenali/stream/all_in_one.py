"""Camera, hub and workers of one machine, as processes that are kept up: what `kenali stream all` runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from kenali.stream import hub, worker
from kenali.stream.answerers import Look, answerer_of
from kenali.stream.camera_service import CameraSettings, run_camera
from kenali.stream.hub import HubSettings
from kenali.stream.results import Results, ResultsSettings, Status
from kenali.stream.stopping import told_to_stop
from kenali.stream.together import Service, Together
from kenali.stream.worker import WorkerSettings

_CAMERA = "camera"


@dataclass(frozen=True, slots=True)
class AllSettings:
    """A camera, its hub, and `workers` that look alike. `others` are further processes to keep up beside them."""

    camera: CameraSettings
    hub: HubSettings
    look: Look
    workers: int = 1
    others: tuple[Service, ...] = ()

    @property
    def results(self) -> ResultsSettings:
        """Where the answers are published."""
        return ResultsSettings(self.hub.address(2).url)


class AllInOne:
    """The processes of one machine. The camera begins when a worker is there, so that no frame of a short film is missed.

    `is_over`, called several times a second, sees to them all.
    """

    def __init__(self, settings: AllSettings, warn: Callable[[str], None]) -> None:
        self._settings = settings
        self._together = Together(warn)
        self._status = Results(settings.results)
        self._began = False
        self._ended_ns = 0
        workers = WorkerSettings(settings.hub.address(1).url)
        self._together.add(Service("hub", _be_hub, (settings.hub,)))
        for number in range(settings.workers):
            self._together.add(Service(f"worker {number + 1}", _be_worker, (workers, settings.look)))
        for other in settings.others:
            self._together.add(other)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._status.close()
        self._together.close()

    def is_over(self) -> bool:
        """Whether the camera's source has ended, and all its frames have their answers.

        Starts anew what has died. Raises KenaliError when a process cannot do its work.
        """
        self._together.look()
        while found := self._status.receive(0.0):
            if isinstance(found, Status) and self._heard(found):
                return True
        return False

    @property
    def pids(self) -> dict[str, int]:
        """The processes at present, by name."""
        return self._together.pids

    def _heard(self, status: Status) -> bool:
        if not self._began and status.document["workers"]:
            self._began = True
            self._together.add(Service(_CAMERA, _be_camera, (self._settings.camera,), finite=True))
        if not self._together.has_ended(_CAMERA):
            return False
        self._ended_ns = self._ended_ns or status.hub_ns
        return status.hub_ns > self._ended_ns and status.document["hub"]["in_flight"] == 0


def _be_hub(settings: HubSettings) -> None:
    with told_to_stop() as stopped:
        hub.run(settings, stopped, lambda listening: None, _warn)


def _be_worker(settings: WorkerSettings, look: Look) -> None:
    answerer = answerer_of(look)
    with told_to_stop() as stopped:
        worker.run(settings, answerer, stopped, _warn)


def _be_camera(settings: CameraSettings) -> None:
    with told_to_stop() as stopped:
        run_camera(settings, stopped, _warn)


def _warn(sentence: str) -> None:
    print(f"kenali: {sentence}", file=sys.stderr, flush=True)
