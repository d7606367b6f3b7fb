"""The camera as a service: from settings to a session on a link, until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import zmq

from kenali.errors import KenaliError
from kenali.stream.address import Address, check_exposure, parse_address
from kenali.stream.camera import Camera, CameraCounts, Manner
from kenali.stream.curve import client_keys
from kenali.stream.link import HubLink, Link, PublishedLink
from kenali.stream.sources import open_source

HUB = "tcp://127.0.0.1:5555"
"""Where a hub on this computer takes frames."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """A `source` as `open_source` reads it, sent `to` a hub, or published at an address instead.

    `window` frames may be under way at once, as far as the hub lets them; a link that is silent for `timeout_s` is made anew.
    `curve` is the folder of the client's keys.
    """

    source: str
    to: str = HUB
    publish: str | None = None
    manner: Manner = field(default_factory=Manner)
    loop: bool = False
    window: int = 8
    timeout_s: float = 5.0
    curve: Path | None = None
    insecure: bool = False

    @property
    def address(self) -> Address:
        """Where frames go to, or are published."""
        return parse_address(self.publish or self.to)

    def check(self) -> tuple[str, ...]:
        """Sentences of advice; KenaliError for a link that may not be used without keys, or a policy that it cannot keep."""
        if self.publish is not None and self.manner.policy.kind == "all":
            raise KenaliError("who publishes cannot know what arrived: the policy all needs --to")
        return check_exposure([self.address], encrypted=self.curve is not None, insecure=self.insecure)


def run_camera(
    settings: CameraSettings,
    stopped: Callable[[], bool],
    tell: Callable[[str], None],
    report: Callable[[CameraCounts], None] = lambda counts: None,
) -> CameraCounts:
    """Capture and send until the source ends or `stopped` says so; the last counts. `report` gets them each ten seconds.

    Raises KenaliError for what cannot be opened at all.
    """
    keys = client_keys(settings.curve) if settings.curve else None
    source = open_source(settings.source, settings.loop)
    with zmq.Context() as context:
        link: Link
        if settings.publish is not None:
            link = PublishedLink(context, settings.address, tell, keys=keys)
        else:
            link = HubLink(
                context,
                settings.address,
                tell,
                keys=keys,
                window=settings.window,
                timeout_s=settings.timeout_s,
                resend=settings.manner.policy.kind == "all",
            )
        return Camera(source, link, settings.manner, tell).run(stopped, report)
