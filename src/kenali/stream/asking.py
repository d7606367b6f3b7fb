"""When a worker asks for its next frame: so early that it is there when the last one is done, so late that it is fresh.

Frames handed out ahead grow old in the worker, while newer ones are dropped at the hub; frames asked for only when the last
is done leave the worker idle for a round trip. A worker knows how long it looks at a frame and how long one takes to come, so
it asks that much before it is done. Means and deviations are smoothed as TCP smooths round trips (Jacobson, 1988).
"""

from __future__ import annotations

import math


class Smoothed:
    """A running mean and mean deviation, in seconds; None before the first value."""

    def __init__(self) -> None:
        self.mean: float | None = None
        self.deviation = 0.0

    def add(self, value: float) -> None:
        if self.mean is None:
            self.mean, self.deviation = value, value / 2
        else:
            error = value - self.mean
            self.mean += error / 8
            self.deviation += (abs(error) - self.deviation) / 4


class Asking:
    """Frames here and asked for; at most one is looked at, one waits here, and one is asked for. Times in seconds."""

    def __init__(self) -> None:
        self._look = Smoothed()
        self._lag = Smoothed()
        self._asked: float | None = None
        self._began = 0.0
        self._here = 0
        self._patient = False

    def due(self) -> float:
        """When to ask: 0 for now, infinity for not before something else happens."""
        if self._asked is not None or self._here > 1:
            return math.inf
        if self._here == 0 or self._patient:
            return 0.0
        if self._look.mean is None or self._lag.mean is None:
            return math.inf
        lead = self._lag.mean + 2 * self._lag.deviation + self._look.deviation
        return self._began + self._look.mean - lead

    def asked(self, now: float) -> None:
        self._asked = now

    def came(self, now: float, waited_s: float, patient: bool) -> None:
        """A frame came, for which the hub had made this worker wait `waited_s`. `patient` frames do not grow old."""
        if self._asked is not None:
            self._lag.add(max(0.0, now - self._asked - waited_s))
        self._asked = None
        self._patient = patient
        self._here += 1
        if self._here == 1:
            self._began = now

    def done(self, now: float) -> None:
        """A frame was looked at."""
        self._look.add(now - self._began)
        self._here -= 1
        self._began = now

    def forgotten(self) -> None:
        """The hub no longer knows what was asked for."""
        self._asked = None

    def looking_s(self, now: float) -> float:
        """How long the frame at hand has been looked at; 0 without one."""
        return now - self._began if self._here else 0.0
