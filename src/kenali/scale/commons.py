"""What the replicas of a server have in common although they live on several nodes: one actor, beside the command.

It does for them what the run folder does for the workers of one computer, with the same code: it owns such a folder, counts
how often keys ask in it, and keeps there a copy of every replica's numbers. A copy replaces the one before, so that whatever is
sent twice, or by two, is counted once; and the numbers of a replica that was killed stay in the sum.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kenali.serve.roster import STALE_S, Presence
from kenali.serve.security.rates import Rates, Verdict

if TYPE_CHECKING:
    from kenali.serve.shared import Shared

BEAT_S = 1.0
"""How often a replica says that it lives, and how old its numbers may be in the sum."""

_LOST_S = 20.0  # a replica that was silent for so long does not come back; on a busy node some seconds mean nothing
_PATIENCE_S = 10.0
_ALONE_S = 5.0
_LIVE = "gauge_live"  # numbers of the moment, which go with their process


class Commons:
    """The actor. Replicas are called `NODE-PID`; `files` are those of `prometheus_client`'s processes, by name, each with the
    time at which it was read (ns, by its node's clock).
    """

    def __init__(self, run: str) -> None:
        self._metrics_folder = Path(run) / "metrics"
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self._metrics_folder)
        from kenali.serve import metrics  # not above: it heeds that variable

        self._metrics = metrics
        self._rates = Rates(Path(run))
        self._present: dict[str, Presence] = {}
        self._heard: dict[str, float] = {}
        self._known: set[str] = set()
        self._read_ns: dict[str, int] = {}
        self._silent: dict[str, float] = {}
        self._news: list[str] = []
        self._ending = False
        self._why_not: str | None = None

    def charge(self, who: str, rate: float, burst: float) -> Verdict:
        """One request of `who`: exact over all replicas, since all ask here."""
        return self._rates.charge(who, rate, burst)

    def beat(self, replica: str, files: dict[str, tuple[int, bytes]]) -> tuple[bool, set[str]]:
        """A replica lives, and its numbers are these; whether those that it sent before are still here, and who lives."""
        self._hear(replica)
        for name, (read_ns, data) in files.items():
            wanted = not name.startswith(_LIVE) or _owner(name) in self._heard
            if wanted and read_ns > self._read_ns.get(name, 0):  # two of a node may send what a third left behind
                self._read_ns[name] = read_ns
                _replace(self._metrics_folder / name, data)
        known = replica in self._known
        self._known.add(replica)
        self._bury()
        return known, set(self._heard)

    def report(self, replica: str, presence: Presence) -> None:
        self._hear(replica)
        self._present[replica] = presence

    def leave(self, replica: str) -> bool:
        """A replica has ended as it should: its counters stay. Whether all end, and it is the last of its node."""
        self._forget(replica)
        self._silent.pop(replica, None)
        node = replica.partition("-")[0]
        return self._ending and not any(other.startswith(f"{node}-") for other in self._heard)

    def end(self) -> None:
        """The server ends: what replicas leave behind on their nodes goes with them."""
        self._ending = True

    def living(self) -> list[Presence]:
        self._bury()
        return list(self._present.values())

    def exposition(self) -> bytes:
        self._bury()
        return self._metrics.exposition()

    def cannot_start(self, sentence: str) -> None:
        """A replica tells why it cannot serve."""
        self._why_not = self._why_not or sentence

    def news(self) -> tuple[str | None, list[str]]:
        """Why a replica could not start, if one could not; and the replicas lost since the last call."""
        self._bury()
        why_not, self._why_not, lost, self._news = self._why_not, None, self._news, []
        return why_not, lost

    def _hear(self, replica: str) -> None:
        self._heard[replica] = time.monotonic()
        self._silent.pop(replica, None)

    def _bury(self) -> None:
        """Those who say nothing: their numbers of the moment do not count, and after a while they are lost."""
        now = time.monotonic()
        for replica in [replica for replica, heard in self._heard.items() if now - heard > STALE_S]:
            self._silent[replica] = self._heard[replica]
            self._forget(replica)
        for replica in [replica for replica, heard in self._silent.items() if now - heard > _LOST_S]:
            del self._silent[replica]
            self._metrics.worker_died(replica)
            self._news.append(replica)

    def _forget(self, replica: str) -> None:
        self._heard.pop(replica, None)
        self._present.pop(replica, None)
        self._known.discard(replica)
        self._metrics.forget(replica)


class Member:
    """One replica's side of it: a counter and a roster as `kenali.serve.shared` wants them, and its numbers sent on.

    While the actor cannot be reached, each replica counts by itself: a key may then ask as often of each.
    """

    def __init__(self, commons: Any, node: str, run: Path) -> None:
        self._commons = commons
        self._node = node
        self._folder = run / "metrics"
        self._sent: dict[str, bytes] = {}
        self._beating = threading.Lock()
        self._left = False
        self._own_rates = Rates(run)
        self._alone_until = 0.0
        self._started = time.time()
        self.name = f"{node}-{os.getpid()}"

    def shared(self) -> Shared:
        from kenali.serve.shared import Shared

        return Shared(self, self, self.exposition)

    async def ask(self, who: str, rate: float, burst: float) -> Verdict:
        import asyncio

        from ray.exceptions import RayError

        if time.monotonic() >= self._alone_until:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    verdict: Verdict = await self._commons.charge.remote(who, rate, burst)
                    return verdict
            except (RayError, TimeoutError):
                self._alone_until = time.monotonic() + _ALONE_S
        return self._own_rates.charge(who, rate, burst)

    def report(self, models: dict[str, str], problems: dict[str, str]) -> None:
        from ray.exceptions import RayError

        with contextlib.suppress(RayError):  # told again a second later
            self._get(self._commons.report.remote(self.name, Presence(os.getpid(), self._started, models, problems)))

    def alive(self) -> None:
        """The replica's `beat` says so each second."""

    def leave(self) -> None:
        from ray.exceptions import RayError

        with contextlib.suppress(RayError):
            self.beat()
            self._left = True
            if self._get(self._commons.leave.remote(self.name)):
                shutil.rmtree(self._folder.parent.parent, ignore_errors=True)

    def living(self) -> list[Presence]:
        found: list[Presence] = self._get(self._commons.living.remote())
        return found

    def exposition(self) -> bytes:
        """The whole deployment's numbers: this replica's as they are, the others' at most a second old."""
        from ray.exceptions import RayError

        from kenali.serve.problems import ProblemError

        try:
            self.beat()
            text: bytes = self._get(self._commons.exposition.remote())
        except RayError:
            raise ProblemError("busy", "the numbers of all replicas cannot be had at the moment", retry_after_s=1) from None
        return text

    def beat(self) -> None:
        """Say that this replica lives and send what it counted, and what another of this node counted before it was killed."""
        with self._beating:
            if self._left:
                return
            files = {path.name: path for path in self._folder.glob("*.db")}
            living = self._send({name: path for name, path in files.items() if _owner(name) == str(os.getpid())})
            left = {name: path for name, path in files.items() if f"{self._node}-{_owner(name)}" not in living}
            if left:
                self._send(left)

    def _send(self, files: dict[str, Path]) -> set[str]:
        read_ns = time.time_ns()
        changed = {name: data for name, path in files.items() if (data := _used(path)) != self._sent.get(name)}
        told = {_renamed(name, self._node): (read_ns, data) for name, data in changed.items()}
        known, living = self._get(self._commons.beat.remote(self.name, told))
        self._sent = self._sent | changed if known else {}  # what was forgotten meanwhile is sent anew
        found: set[str] = living
        return found

    def _get(self, reference: Any) -> Any:
        import ray

        return ray.get(reference, timeout=_PATIENCE_S)


def _owner(name: str) -> str:
    """The process in the name of one of its files: `counter_17.db`, `gauge_livesum_17.db`."""
    return name.rpartition("_")[2].removesuffix(".db")


def _renamed(name: str, node: str) -> str:
    """The same name of a file for the process `NODE-PID`, which no other node has."""
    head, _, owner = name.rpartition("_")
    return f"{head}_{node}-{owner}"


def _used(path: Path) -> bytes:
    """What a file of `prometheus_client` holds: the first four bytes say how far it is used."""
    with path.open("rb") as file:
        head = file.read(4)
        return head + file.read(max(0, int.from_bytes(head, "little") - 4))


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all, as it is read while it changes; it need not outlive the computer."""
    partial = path.with_name(f".{secrets.token_hex(4)}.partial")
    partial.write_bytes(data)
    partial.replace(path)
