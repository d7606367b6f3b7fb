"""What something is, by the frames in which it was seen: a vote that does not flicker."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from kenali.doubt import UNKNOWN
from kenali.errors import KenaliError


@dataclass(frozen=True, slots=True)
class Rules:
    """How frames vote: the last `window` of them; a label takes over once it leads all others by `margin` for `hold` frames.

    `margin` is a share of the votes. A label that none of the last `grace` frames says is given up, and what was before them
    counts no more. A window of one frame takes each as it is.
    """

    window: int = 15
    margin: float = 0.2
    hold: int = 3
    grace: int = 3

    def __post_init__(self) -> None:
        if min(self.window, self.hold, self.grace) < 1 or not 0 <= self.margin < 1:
            raise KenaliError(
                "a vote needs a window, a hold and a grace of 1 frame or more and a margin of 0 to 1, got "
                f"{self.window}, {self.hold}, {self.grace} and {self.margin}"
            )

    @classmethod
    def of(cls, window: int) -> Rules:
        """The rules for so many frames: a shorter window also holds for less, and sooner gives up."""
        return cls(window, hold=min(cls().hold, window), grace=min(cls().grace, window))


class Votes:
    """The vote about one thing. It begins as unknown, and `unknown` has votes like any label: nobody is named for want of one.

    A label in office stays while no other leads (hysteresis), so that frames that disagree now and then change nothing.
    """

    def __init__(self, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self.label = UNKNOWN
        self._ballots: deque[str] = deque(maxlen=self.rules.window)
        self._leader = UNKNOWN
        self._led = 0

    def cast(self, label: str) -> str:
        """Count what the next frame says; the label from then on."""
        self._ballots.append(label)
        lately = list(self._ballots)[-self.rules.grace :]
        if self.label not in (UNKNOWN, *lately):
            self.label = UNKNOWN
            self._ballots.clear()
            self._ballots.extend(lately)
        leader = self._leading(lately)
        self._led = self._led + 1 if leader == self._leader else 1
        self._leader = leader
        if leader != self.label and self._led >= self.rules.hold:
            self.label = leader
        return self.label

    def _leading(self, lately: list[str]) -> str:
        """Who leads all others by the margin, and was seen lately; whoever is in office where nobody does."""
        first, *rest = Counter(self._ballots).most_common(2)
        lead = first[1] - (rest[0][1] if rest else 0)
        leads = lead > 0 and lead >= self.rules.margin * len(self._ballots) and first[0] in lately
        return first[0] if leads else self.label
