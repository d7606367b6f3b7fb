"""One run of a study as a plain value: what a worker elsewhere needs to know, and nothing more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FORMAT = 1  # rises when a cell's figures would come out differently, so that old cells are computed again

SettingKey = tuple[str, float | None]
"""What tells the rows of a study's table apart: a code such as `blur`, and a value where the code has several."""

Figures = dict[str, Any]
"""What a cell found, as plain JSON: see `judged`."""


MEASURED = frozenset({"seconds_to_learn", "ms_a_step", "ms_a_photo"})
"""The figures that are times, which no two runs share; all others are equal wherever a cell ran."""


def without_times(figures: Figures) -> Figures:
    return {name: value for name, value in figures.items() if name not in MEASURED}


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of a study's table: which method `name` (`frozen`, `network`) runs with which `parameters` (plain JSON)."""

    code: str
    value: float | None
    name: str
    parameters: Mapping[str, Any]

    @property
    def key(self) -> SettingKey:
        return self.code, self.value


@dataclass(frozen=True, slots=True)
class Cell:
    """A setting with a seed, which draws the split, the folds and the training."""

    setting: Setting
    seed: int

    @property
    def key(self) -> tuple[SettingKey, int]:
        """What tells the cells of one study apart."""
        return self.setting.key, self.seed

    @property
    def digest(self) -> str:
        """Equal for equal method, parameters and seed."""
        text = json.dumps([_FORMAT, self.setting.name, self.setting.parameters, self.seed], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
