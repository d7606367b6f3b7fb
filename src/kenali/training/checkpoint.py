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

    def resume(self, network: Any, optimiser: Any) -> Progress:
        """Load the last whole epoch of this very run into network and optimiser, or begin anew."""
        state = self._state()
        if state is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            return Progress()
        from safetensors.torch import load_file

        last = len(state["history"])
        network.load_state_dict(load_file(self.folder / f"network-{last}.safetensors"))
        moments = load_file(self.folder / f"optimiser-{last}.safetensors")
        groups: dict[int, dict[str, Any]] = {}
        for name, tensor in moments.items():
            index, key = name.split(".")
            groups.setdefault(int(index), {})[key] = tensor
        optimiser.load_state_dict({"state": groups, "param_groups": state["param_groups"]})
        return Progress(tuple(EpochEnd(**event) for event in state["history"]), state["best"])

    def save(self, network: Any, optimiser: Any, done: Progress, event: EpochEnd) -> Progress:
        """Write the state after an epoch, and drop what is no longer needed."""
        from safetensors.torch import save

        progress = done.with_epoch(event)
        weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
        state = optimiser.state_dict()
        moments = {
            f"{index}.{key}": tensor.detach().cpu().contiguous()
            for index, entries in state["state"].items()
            for key, tensor in entries.items()
            if tensor is not None
        }
        write_atomically(self.folder / f"network-{event.epoch}.safetensors", save(weights))
        write_atomically(self.folder / f"optimiser-{event.epoch}.safetensors", save(moments))
        document = {
            "run": self._run,
            "best": progress.best,
            "history": [asdict(epoch) for epoch in progress.history],
            "param_groups": state["param_groups"],
        }
        write_atomically(self.folder / "state.json", json.dumps(document))
        needed = {f"network-{event.epoch}", f"network-{progress.best}", f"optimiser-{event.epoch}"}
        for file in self.folder.glob("*.safetensors"):
            if file.stem not in needed:
                file.unlink()
        return progress

    def restore_best(self, network: Any) -> None:
        """Load the best epoch's weights."""
        state = self._state()
        if state is not None:
            from safetensors.torch import load_file

            network.load_state_dict(load_file(self.folder / f"network-{state['best']}.safetensors"))

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _state(self) -> dict[str, Any] | None:
        """What `state.json` says, if it is of this run."""
        try:
            state: dict[str, Any] = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return state if state.get("run") == self._run else None
