"""A cluster of two nodes on this machine: real Ray processes, one core each."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

OBJECTS = 80 * 2**20  # bytes of each node's object store; Ray takes no less than 75 MiB

if importlib.util.find_spec("ray") is None:
    collect_ignore_glob = ["test_*.py"]


class Nodes:
    """A cluster whose nodes come and go; `on` is its address for `--on`."""

    def __init__(self, nodes: int) -> None:
        from ray.cluster_utils import Cluster

        own = {"num_cpus": 1, "object_store_memory": OBJECTS}
        self._own = own
        # The head holds the cluster's memory and has no core: work, and so its loss, is the other nodes' alone.
        self._cluster = Cluster(initialize_head=True, head_node_args={**own, "num_cpus": 0, "include_dashboard": False})
        self.workers: list[Any] = [self.add() for _ in range(nodes)]
        self._cluster.wait_for_nodes()

    @property
    def on(self) -> str:
        return f"ray://{self._cluster.address}"

    def add(self) -> Any:
        return self._cluster.add_node(**self._own)

    def kill(self, node: Any) -> None:
        """End a node at once, with all that runs on it, as a loss of power does."""
        raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
        working = raylet.children(recursive=True)
        for process in (raylet, *working):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._cluster.remove_node(node, allow_graceful=False)
        if node in self.workers:
            self.workers.remove(node)

    def close(self) -> None:
        self._cluster.shutdown()


@pytest.fixture(scope="session")
def two_nodes() -> Iterator[Nodes]:
    """Two nodes of one core each, for tests that kill none."""
    nodes = Nodes(2)
    yield nodes
    nodes.close()


@pytest.fixture
def mortal_nodes() -> Iterator[Nodes]:
    """Two nodes of one core each, of which one may be killed."""
    nodes = Nodes(2)
    yield nodes
    nodes.close()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """PyTorch computes in one thread, as Ray's workers do: with more, sums are added in another order."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
