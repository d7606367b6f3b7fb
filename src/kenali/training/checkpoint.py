"""Checkpoints: after each epoch everything that the next one needs, as safetensors and JSON, written atomically."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kenali.files import write_atomically
from kenali.types import EpochEnd


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: every epoch so far, and the number of the best (0: none yet)."""

    history: tuple[EpochEnd, ...] = ()
    best: int = 0

    def with_epoch(self, event: EpochEnd) -> Progress:
        """The best epoch is the one with the lowest validation loss, without validation the last."""
        loss = event.val_loss
        best_loss = self.history[self.best - 1].val_loss if self.best else None
        better = loss is None or best_loss is None or loss < best_loss
        return Progress((*self.history, event), event.epoch if better else self.best)

    def is_over(self, patience: int) -> bool:
        """Whether `patience` epochs have passed without a better one (0: never)."""
        return patience > 0 and len(self.history) - self.best >= patience


class Checkpoints:
    """The state of one run in `folder`. `run` identifies it: another recipe or other photos begin anew.

    `state.json` names the tensor files and is replaced last, so that it always tells of whole files.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder
        self._run = run

    def at(self, folder: Path) -> Checkpoints:
        """Those of the same run, by another name of their folder."""
        return Checkpoints(folder, self._run)

    def resume(self, network: Any, optimiser: Any, averaged: Any = None, *, tidy: bool = True) -> Progress:
        """Load the last whole epoch of this very run into network, optimiser and averaged network, or begin anew.

        Another run's files are removed if `tidy`: of a team that shares the folder only the first process, as the others may
        not see yet what is there.
        """
        state = self._state()
        if state is None:
            for file in [*self.folder.glob("*.safetensors"), self.folder / "state.json"] if tidy else ():
                file.unlink(missing_ok=True)
            return Progress()
        last = len(state["history"])
        network.load_state_dict(self._load("network", last))
        if averaged is not None:
            averaged.load_state_dict(self._load("averaged", last))
        groups: dict[int, dict[str, Any]] = {}
        for name, tensor in self._load("optimiser", last).items():
            index, key = name.split(".")
            groups.setdefault(int(index), {})[key] = tensor
        optimiser.load_state_dict({"state": groups, "param_groups": state["param_groups"]})
        _lay_out_like_parameters(optimiser)
        return Progress(tuple(EpochEnd(**event) for event in state["history"]), state["best"])

    def save(self, network: Any, optimiser: Any, averaged: Any, done: Progress, event: EpochEnd) -> Progress:
        """Write the state after an epoch, and drop what is no longer needed."""
        progress = done.with_epoch(event)
        state = optimiser.state_dict()
        moments = {
            f"{index}.{key}": tensor
            for index, entries in state["state"].items()
            for key, tensor in entries.items()
            if tensor is not None
        }
        kinds = {"network": network.state_dict(), "optimiser": moments}
        if averaged is not None:
            kinds["averaged"] = averaged.state_dict()
            kinds["kept"] = averaged.module.state_dict()
        for kind, tensors in kinds.items():
            self._dump(kind, event.epoch, tensors)
        document = {
            "run": self._run,
            "best": progress.best,
            "kept": "network" if averaged is None else "kept",
            "history": [asdict(epoch) for epoch in progress.history],
            "param_groups": state["param_groups"],
        }
        write_atomically(self.folder / "state.json", json.dumps(document))
        needed = {f"{kind}-{event.epoch}" for kind in kinds} | {f"{document['kept']}-{progress.best}"}
        for file in self.folder.glob("*.safetensors"):
            if file.stem not in needed:
                file.unlink()
        return progress

    def restore_best(self, network: Any) -> None:
        """Load the best epoch's weights."""
        state = self._state()
        if state is not None:
            network.load_state_dict(self._load(state["kept"], state["best"]))

    def _load(self, kind: str, epoch: int) -> dict[str, Any]:
        from safetensors.torch import load_file

        return dict(load_file(self.folder / f"{kind}-{epoch}.safetensors"))

    def _dump(self, kind: str, epoch: int, tensors: dict[str, Any]) -> None:
        from safetensors.torch import save

        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        write_atomically(self.folder / f"{kind}-{epoch}.safetensors", save(plain))

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _state(self) -> dict[str, Any] | None:
        """What `state.json` says, if it is of this run."""
        try:
            state: dict[str, Any] = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return state if state.get("run") == self._run else None


def _lay_out_like_parameters(optimiser: Any) -> None:
    """Give every moment the memory layout of its parameter, which a file does not keep and a fused step relies on."""
    import torch

    for parameter, entries in optimiser.state.items():
        for key, value in entries.items():
            if isinstance(value, torch.Tensor) and value.shape == parameter.shape:
                entries[key] = torch.empty_like(parameter, requires_grad=False).copy_(value)


class NoCheckpoints:
    """For short runs that are not resumed: only the best epoch's weights are kept, in memory."""

    folder: Path | None = None

    def __init__(self) -> None:
        self._best: dict[str, Any] = {}

    def resume(self, network: Any, optimiser: Any, averaged: Any = None, *, tidy: bool = True) -> Progress:
        return Progress()

    def save(self, network: Any, optimiser: Any, averaged: Any, done: Progress, event: EpochEnd) -> Progress:
        progress = done.with_epoch(event)
        if progress.best == event.epoch and event.val_loss is not None:
            kept = network if averaged is None else averaged.module
            self._best = {name: tensor.detach().cpu().clone() for name, tensor in kept.state_dict().items()}
        return progress

    def restore_best(self, network: Any) -> None:
        if self._best:
            network.load_state_dict(self._best)
