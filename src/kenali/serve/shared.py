"""What the workers of one server have in common: how often each key asked, who serves what, and the sum of all numbers.

Workers of one computer share a folder. Where they live on several (`kenali.scale`) something else stands behind the three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kenali.serve import metrics
from kenali.serve.roster import Presence, Roster
from kenali.serve.security.rates import Rates, Verdict


class Counter(Protocol):
    """How often each key may ask."""

    async def ask(self, who: str, rate: float, burst: float) -> Verdict:
        """Charge one request to `who`, as `Rates.charge` does."""


class Register(Protocol):
    """Which workers live and what each serves; the methods of a `Roster`, which may wait and so belong in a thread."""

    def report(self, models: dict[str, str], problems: dict[str, str]) -> None: ...

    def alive(self) -> None: ...

    def leave(self) -> None: ...

    def living(self) -> list[Presence]: ...


@dataclass(frozen=True, slots=True)
class Shared:
    """`exposition` gives all workers' numbers in Prometheus's text format; it may wait and so belongs in a thread."""

    rates: Counter
    roster: Register
    exposition: Callable[[], bytes]


def in_folder(run: Path) -> Shared:
    """What workers of one computer share."""
    return Shared(Rates(run), Roster(run), metrics.exposition)
