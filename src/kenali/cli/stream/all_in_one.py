"""`kenali stream all`: camera, hub and workers on one machine."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import share_of, tells_errors
from kenali.cli.stream.event_options import EventLog, needs_events
from kenali.cli.stream.events import Gap, tell
from kenali.cli.stream.hub import Answers, Status, warn
from kenali.cli.stream.options import needs_stream
from kenali.cli.stream.worker import Bundle, Faces, FacesKey, Reject

_OWN_VOTES = 15


@tells_errors
def all_in_one(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="A webcam's number, a video file, a folder of photos, or an RTSP or HTTP URL."),
    ],
    bundle: Bundle = None,
    faces: Faces = None,
    faces_key: FacesKey = None,
    reject: Reject = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that look.")] = 1,
    policy: Annotated[
        str, typer.Option("--policy", help="latest: the newest frame wins; all: none is lost; every:N: each Nth.")
    ] = "latest",
    name: Annotated[str | None, typer.Option("--name", help="The camera's name.")] = None,
    fps: Annotated[float | None, typer.Option(min=0.001, max=1000, help="Frames a second at most.")] = None,
    side: Annotated[int | None, typer.Option(min=16, max=16384, help="Pixels of the long side at most.")] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Begin a file or folder again when it ends.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65533, help="The first of the hub's three ports.")] = 5555,
    status: Status = None,
    answers: Answers = None,
    serve: Annotated[
        int | None, typer.Option(min=0, max=65535, metavar="PORT", help="Show it all on a page there; goes on until Ctrl-C.")
    ] = None,
    database: EventLog = None,
    record: Annotated[bool, typer.Option("--record", help="Write appearances to the database.")] = False,
    votes: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Frames that vote on a label. Default: 15; 1 for a folder of photos.")
    ] = None,
    gap: Gap = 5.0,
    frames: Annotated[
        bool | None, typer.Option("--frames/--no-frames", help="Tell of every frame. Default: for a folder of photos.")
    ] = None,
    simulate: Annotated[
        float | None, typer.Option(min=0, hidden=True, help="Milliseconds that a simulated model takes.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON documents, one a line, as things happen.")] = False,
) -> None:
    """Tell what a camera sees, until its source ends or Ctrl-C: camera, hub and workers as processes of this machine.

    One that dies is started again. The hub's ports are open to further cameras and workers of this machine.
    """
    if (bundle is not None) + (faces is not None) + (simulate is not None) != 1:
        raise typer.BadParameter("give a BUNDLE or --faces GALLERY")
    needs_stream()
    from kenali.stream.all_in_one import AllInOne, AllSettings
    from kenali.stream.answerers import Look
    from kenali.stream.appearances import Patience
    from kenali.stream.camera import Manner
    from kenali.stream.camera_service import CameraSettings
    from kenali.stream.hub import HubSettings
    from kenali.stream.stopping import told_to_stop
    from kenali.stream.together import Service
    from kenali.stream.values import Policy
    from kenali.stream.votes import Rules
    from kenali.stream.watching import watch

    photos = Path(source).is_dir()
    hub = HubSettings(port=port, answers=answers, status_port=status)
    manner = Manner(Policy.parse(policy), name=name, fps=fps, side=side)
    served = ("serve", "--stream", hub.address(2).url, "--stream-names", "--port", str(serve))
    settings = AllSettings(
        CameraSettings(source, to=hub.address(0).url, manner=manner, loop=loop),
        hub,
        Look(bundle, share_of(reject, "--reject"), faces, faces_key, None if simulate is None else simulate / 1000),
        workers,
        () if serve is None else (Service("server", _be_command, (served,)),),
    )
    with ExitStack() as opened:
        store = None
        if record or database:
            needs_events()
            from kenali.stream.events.store import EventStore, events_place

            store = opened.enter_context(closing(EventStore(events_place(database))))
            warn(f"events are written to {store.database.shown}")
        stopped = opened.enter_context(told_to_stop())
        running = opened.enter_context(AllInOne(settings, warn))
        for told in watch(
            settings.results,
            lambda: stopped() or (running.is_over() and serve is None),
            rules=Rules.of(votes or (1 if photos else _OWN_VOTES)),
            patience=Patience(gap, 1 if photos else Patience().least_frames),
            store=store,
            keep_days=None,
            warn=lambda sentence: None,  # services say themselves when they miss each other
        ):
            tell(told, photos if frames is None else frames, as_json)


def _be_command(words: tuple[str, ...]) -> None:
    """A command of its own, which talks on stderr: stdout is for what is seen."""
    from kenali.cli import app
    from kenali.stream.together import REFUSED

    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if app(list(words), standalone_mode=False):
        sys.exit(REFUSED)
