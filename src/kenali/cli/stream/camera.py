"""`kenali stream camera`: what a camera sees, sent to a hub."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from kenali.cli.console import tells_errors
from kenali.cli.stream.hub import print_line, warn
from kenali.cli.stream.options import Curve, Insecure, needs_stream

if TYPE_CHECKING:
    from kenali.stream.camera import CameraCounts


@tells_errors
def camera(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="A webcam's number, a video file, a folder of photos, or an RTSP or HTTP URL."),
    ],
    to: Annotated[str | None, typer.Option("--to", metavar="ADDRESS", help="The hub. Default: tcp://127.0.0.1:5555.")] = None,
    publish: Annotated[
        str | None, typer.Option("--publish", metavar="ADDRESS", help="Publish here for whoever subscribes, instead of --to.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The camera's name. Default: this computer's, or the file's or folder's.")
    ] = None,
    policy: Annotated[
        str, typer.Option("--policy", help="latest: the newest frame wins; all: none is lost; every:N: each Nth.")
    ] = "latest",
    fps: Annotated[float | None, typer.Option(min=0.001, max=1000, help="Frames a second at most.")] = None,
    side: Annotated[int | None, typer.Option(min=16, max=16384, help="Pixels of the long side at most.")] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of the JPEGs.")] = 90,
    raw: Annotated[bool, typer.Option("--raw", help="Send pixels instead of JPEGs.")] = False,
    loop: Annotated[bool, typer.Option("--loop", help="Begin a file or folder again when it ends.")] = False,
    frames: Annotated[int | None, typer.Option(min=1, help="End after this many frames.")] = None,
    window: Annotated[int, typer.Option(min=1, max=64, help="Frames under way at once, where the hub allows it.")] = 8,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Seconds without a reply until the link is made anew.")
    ] = 5.0,
    curve: Curve = None,
    insecure: Insecure = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the counts every ten seconds and at the end, a JSON line each.")
    ] = False,
) -> None:
    """Send what a camera, a video or a folder shows to a hub, until it ends or Ctrl-C; Kenali's hub or any of ImageZMQ's.

    Lost links and broken streams are tried anew, for ever.
    """
    if to is not None and publish is not None:
        raise typer.BadParameter("give one of them: --to waits for replies, --publish does not", param_hint="--to, --publish")
    needs_stream()
    from kenali.stream.camera import Manner
    from kenali.stream.camera_service import HUB, CameraSettings, run_camera
    from kenali.stream.stopping import told_to_stop
    from kenali.stream.values import Policy

    settings = CameraSettings(
        source,
        to=to or HUB,
        publish=publish,
        manner=Manner(Policy.parse(policy), name, fps, side, quality, raw, frames),
        loop=loop,
        window=window,
        timeout_s=timeout,
        curve=curve,
        insecure=insecure,
    )
    for advice in settings.check():
        warn(advice)
    with told_to_stop() as stopped:
        counts = run_camera(settings, stopped, warn, _report if as_json else lambda counts: None)
    if as_json:
        _report(counts)
        return
    typer.echo(
        f"{counts.source}: {counts.captured} frames captured, {counts.sent} sent, {counts.acknowledged} acknowledged, "
        f"{counts.dropped} dropped, {counts.skipped} skipped, {counts.lost} without reply"
    )


def _report(counts: CameraCounts) -> None:
    print_line(asdict(counts))
