"""What a bundle's manifest says of the numbers that its graph gives."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kenali.bundle.manifest import Calibration, RateLimits, Sets, Thresholds
from kenali.evaluation.trust import Trust


def how_to_read(trust: Trust) -> dict[str, Any]:
    """The manifest's `calibration`, `thresholds` and `sets`, where anything was fitted."""
    found: dict[str, Any] = {}
    if trust.calibration is not None:
        found["calibration"] = Calibration(method="temperature", temperature=trust.temperature)
        found["thresholds"] = Thresholds(
            **asdict(trust.limits),
            reject=trust.reject,
            held_out=trust.held_out,
            choices=tuple(RateLimits(reject=rate, **asdict(limits)) for rate, limits in trust.choices),
        )
    if trust.least is not None:
        found["sets"] = Sets(coverage=trust.coverage, least=trust.least)
    return found
