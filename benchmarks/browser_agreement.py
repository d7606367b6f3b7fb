"""Whether the page names photos as Python does: files through the browser's own decode, resize and network.

    python benchmarks/browser_agreement.py sets BUNDLE=PHOTOS [BUNDLE=PHOTOS ...]
    python benchmarks/browser_agreement.py networks PHOTOS [NETWORK ...]

`sets` takes every photo of a set, as it is, to a page exported with float32, float16 and int8 weights, and compares it with
the bundle under ONNX Runtime in Python. `networks` does the same with a few photos, as PNG and as JPEG, for networks whose
weights are random, their batch norms and heads fitted to the photos so that answers differ between photos.

Bounds: probabilities within 1e-4 (float32) and 1e-2 (float16) for PNG, .01 more for JPEG, whose decoders differ; int8 weights
give at least 99.5 % of a trained bundle's photos the same class.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from measure import save
from PIL import Image

from kenali.bundle import Calibration, Manifest, open_bundle, seal, writable_bundle
from kenali.bundle.golden import photograph, write_golden
from kenali.cache import Cache
from kenali.errors import KenaliError
from kenali.export import PRECISIONS, Precision, export
from kenali.export.browser import find_browser
from kenali.export.comparison import Reading, compare, tolerance_of
from kenali.export.exported import open_export
from kenali.export.replay import Said, replay_here, replay_in_browser
from kenali.images import decode, preprocess
from kenali.models.pretrained import network_spec
from kenali.network import Network
from kenali.photos import scan
from kenali.training.network_learner import network_graph

NETWORKS = (
    *("tyres", "xray-small", "xray-large", "efficientnet_lite0", "efficientnet_lite2"),
    *("mobilenetv2_100", "googlenet", "resnet18", "resnet50", "inception_resnet_v2"),
)
BOUNDS: dict[Precision, float] = {"float32": 1e-4, "float16": 1e-2}
JPEG_MORE = 0.01
LEAST_AGREEMENT = 0.995


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("sets", "networks"))
    parser.add_argument("arguments", nargs="+")
    parser.add_argument("--photos", type=int, default=12, help="photos a network, half of them JPEGs")
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS), choices=PRECISIONS)
    options = parser.parse_args()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        if options.what == "sets":
            for pair in options.arguments:
                bundle, _, photos = pair.partition("=")
                found = whole_set(Path(photos))
                rows += agreement(Path(bundle), found, options.precisions, Path(name), trained=True)
        else:
            found = as_png_and_jpeg(whole_set(Path(options.arguments[0])), options.photos)
            for network in options.arguments[1:] or NETWORKS:
                bundle_folder = untrained(network, found, Path(name) / f"{network}-bundle")
                rows += agreement(bundle_folder, found, options.precisions, Path(name), trained=False)
    save(f"browser_agreement_{options.what}", rows)
    print(f"outside their bounds: {[row for row in rows if row['inside'] is False] or 'none'}")


def whole_set(photos: Path) -> list[bytes]:
    """The bytes of every usable photo of a set."""
    with Cache() as cache:
        found = scan(photos, facts_store=cache).photoset
    return [found.source.read(photo.path) for photo in found.photos]


def as_png_and_jpeg(photos: Sequence[bytes], count: int) -> list[bytes]:
    """`count` photos spread over a set, 384 pixels wide at most, every other one as JPEG."""
    chosen = [decode(photos[index]).image for index in np.linspace(0, len(photos) - 1, count).astype(int)]
    return [photograph(image) if n % 2 else as_jpeg(image) for n, image in enumerate(chosen)]


def as_jpeg(image: Image.Image) -> bytes:
    image = image.copy()
    image.thumbnail((384, 384))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def untrained(name: str, photos: Sequence[bytes], folder: Path) -> Path:
    """A bundle of a network with random weights, which tells photos apart all the same."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    spec = network_spec(name)
    k = 2 if spec.head == "sigmoid" else 5
    network = spec.build(spec.outputs(k))
    seen = np.stack([preprocess(decode(data).image, spec.preprocessing) for data in photos[:8]])
    pixels = torch.from_numpy(seen.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the statistics of these photos alone
    with torch.no_grad():
        network.train()(pixels)
        logits = network.eval()(pixels)
        head = [module for module in network.modules() if isinstance(module, nn.Linear)][-1]
        factor = 2 / logits.std(dim=0).mean()
        head.bias.copy_((head.bias - logits.mean(dim=0)) * factor)
        head.weight.mul_(factor)
    model = network_graph(network, spec)
    with writable_bundle(folder) as partial:
        (partial / "model.onnx").write_bytes(model)
        write_golden(partial, [photograph(decode(photos[1]).image)], Network(model), spec.preprocessing)
        names = tuple(f"class {number}" for number in range(k))
        seal(
            partial,
            Manifest(
                name=name,
                class_names=names,
                preprocessing=spec.preprocessing,
                calibration=Calibration(temperature=1.0),
                outputs=Network(model).outputs,
            ),
        )
    return folder


def agreement(
    folder: Path, photos: Sequence[bytes], precisions: Sequence[Precision], scratch: Path, trained: bool
) -> Iterator[dict[str, object]]:
    """A row for each precision and kind of file."""
    bundle, browser = open_bundle(folder), find_browser()
    if browser is None:
        raise KenaliError("no browser was found")
    preprocessing = bundle.manifest.preprocessing
    reading = Reading(bundle.manifest.calibration.temperature, bundle.manifest.thresholds.limits())
    here = replay_here(bundle.model, photos, preprocessing, draft=True)
    expected = [said for said in here.said if isinstance(said, Said)]
    groups = {kind: [n for n, data in enumerate(photos) if is_jpeg(data) == (kind == "jpeg")] for kind in ("png", "jpeg")}
    for precision in precisions:
        out = scratch / f"{folder.name}-{precision}"
        export(folder, "web", out, precision=precision, certificate=False)
        (there,) = replay_in_browser(browser, open_export(out).model, photos, ("wasm",), draft=True).replays
        for kind, members in groups.items():
            if not members:
                continue
            said = tuple(there.said[n] for n in members)
            part = [expected[n] for n in members]
            replay = type(there)(there.setting, there.runtime, there.backend, there.threads, there.load_ms, said)
            found = compare(part, replay, reading, tolerance_of("web", precision))
            share = found.same_answer / found.photos
            limit = BOUNDS[precision] + (JPEG_MORE if kind == "jpeg" else 0) if precision in BOUNDS else None
            inside = found.probability <= limit if limit is not None else share >= LEAST_AGREEMENT if trained else None
            row = {
                "model": folder.name.removesuffix("-bundle"),
                "precision": precision,
                "files": kind,
                "photos": found.photos,
                "same_pixels": found.same_pixels,
                "same_class": found.same_answer,
                "agreement": round(share, 4),
                "max_prob_diff": f"{found.probability:.2g}",
                "max_novelty_diff": "" if found.novelty is None else f"{found.novelty:.2g}",
                "bound": "" if limit is None else limit,
                "inside": inside,
                "problems": len(found.problems),
                "ms": round(found.milliseconds, 1),
            }
            print(row, flush=True)
            yield row


def is_jpeg(data: bytes) -> bool:
    return data[:2] == b"\xff\xd8"


if __name__ == "__main__":
    main()
