"""Studies on a cluster: every cell is a task, and what is lost with a worker or a node is computed again elsewhere."""

from __future__ import annotations

import functools
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import kenali
from kenali.errors import KenaliError
from kenali.receipt import Ran
from kenali.scale.cluster import cluster, require_same_version, told
from kenali.study.cell import Cell, Figures
from kenali.study.methods import METHODS
from kenali.study.run import Runner
from kenali.study.workshop import Workshop

LOST = 20
"""How often a piece of work may be lost with its worker or its node before it counts as the one that ends them."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Photos as the driver opened them, its fingerprint of them, and its version of Kenali."""

    photos: str
    group_by: str | None
    fingerprint: str
    version: str


@contextmanager
def cells_on(on: str) -> Iterator[tuple[Runner, Ran]]:
    """What runs a study's cells on the cluster that `on` names, while the context lasts, and where that is."""
    with cluster(on) as joined:
        yield _run, Ran("ray", joined.nodes, joined.cpus)


def opened(workshop: Workshop) -> Opened:
    """What a worker elsewhere needs in order to open the same workshop."""
    photos, group_by = workshop.opened
    return Opened(str(Path(photos).resolve()), group_by, workshop.fingerprint(), kenali.__version__)


@functools.cache
def workshop_of(driver: Opened) -> Workshop:
    """This process's own workshop on the driver's photos, opened once.

    Raises KenaliError where this node has another version of Kenali, or does not see the very photos of the driver.
    """
    require_same_version(driver.version)
    shared = "a cluster needs the photos in a folder that all its nodes share, under the same path on each"
    try:
        workshop = Workshop(driver.photos, driver.group_by)
    except KenaliError as error:
        raise KenaliError(f"the node {platform.node()} cannot use the photos: {error} ({shared})") from None
    if workshop.fingerprint() != driver.fingerprint:
        workshop.close()
        raise KenaliError(f"the node {platform.node()} sees other photos in {driver.photos} than this machine: {shared}")
    return workshop


def _run(workshop: Workshop, cells: Sequence[Cell]) -> Iterator[tuple[Cell, Figures]]:
    """The cells with their figures as they finish."""
    import ray
    from ray.exceptions import RayError

    task = ray.remote(num_cpus=1, max_retries=LOST)(_figures)
    driver = opened(workshop)
    running = {task.remote(driver, cell): cell for cell in cells}
    try:
        while running:
            (finished,), _ = ray.wait(list(running), num_returns=1)
            cell = running.pop(finished)
            yield cell, ray.get(finished)
    except RayError as error:
        raise told(error) from None


def _figures(driver: Opened, cell: Cell) -> Figures:
    return METHODS[cell.setting.name](workshop_of(driver), cell.setting.parameters, cell.seed)
