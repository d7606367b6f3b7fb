"""Clusters are named, reached, left, and never imported by anything else."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

import kenali
from kenali.errors import KenaliError, MissingExtra, PhotoError
from kenali.scale.cluster import address_of, cluster, require_same_version, told
from tests.scale.conftest import Nodes

SOURCE = Path(kenali.__file__).parent


def test_addresses() -> None:
    assert address_of("ray") is None
    assert address_of("ray://auto") == "auto"
    assert address_of("ray://10.0.0.1:6379") == "10.0.0.1:6379"


@pytest.mark.parametrize("on", ["", "spark", "ray:", "ray://", "ray://host", "ray://:1", "ray://host:port"])
def test_other_addresses_are_refused(on: str) -> None:
    with pytest.raises(KenaliError, match="--on ray"):
        address_of(on)


def test_a_cluster_of_two_nodes(two_nodes: Nodes) -> None:
    import ray

    with cluster(two_nodes.on) as joined:
        assert (joined.nodes, joined.cpus, joined.own) == (3, 2, False)
        assert ray.is_initialized()
    assert not ray.is_initialized()


def test_what_fails_on_a_node_is_told_as_here(two_nodes: Nodes) -> None:
    import ray

    def fail(error: Exception) -> None:
        raise error

    with cluster(two_nodes.on):
        task = ray.remote(max_retries=0)(fail)
        for error in (KenaliError("a sentence"), PhotoError("corrupt", "broken"), MissingExtra("x", "scale", ImportError("y"))):
            with pytest.raises(Exception) as caught:
                ray.get(task.remote(error))
            assert type(told(caught.value)) is type(error)
            assert str(told(caught.value)) == str(error)
        with pytest.raises(Exception) as caught:
            ray.get(task.remote(ValueError("one line\nanother")))
        assert str(told(caught.value)) == "a task on the cluster failed: ValueError: one line"


def test_where_nothing_answers_one_sentence_says_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nothing listens there
        port = taken.getsockname()[1]
        with (
            pytest.raises(KenaliError, match=f"no Ray cluster answers at 127.0.0.1:{port}"),
            cluster(f"ray://127.0.0.1:{port}"),
        ):
            pass


def test_nodes_of_another_version_are_refused() -> None:
    require_same_version(kenali.__version__)
    with pytest.raises(KenaliError, match="same version"):
        require_same_version("0.0.1")


def test_only_scale_imports_ray() -> None:
    elsewhere = [path for path in SOURCE.rglob("*.py") if "scale" not in path.parts and "import ray" in path.read_text("utf-8")]
    assert elsewhere == []


def test_without_the_extra_one_sentence_says_how_to_get_it() -> None:
    program = (
        "import sys; sys.modules['ray'] = None\n"
        "from kenali.errors import MissingExtra\n"
        "from kenali.scale.cluster import cluster\n"
        "try:\n    cluster('ray').__enter__()\n"
        "except MissingExtra as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("--on ray needs more packages")
    assert 'pip install "kenali[scale]"' in done.stdout
    assert len(done.stdout.splitlines()) == 1
