"""The exported page in headless Chromium: its size, its speed beside peers, and the time to a first answer.

    python benchmarks/browser.py BUNDLE PHOTO [--rounds 20] [--calls 3] [--peers PYTHON]

Latency: one picture at a time, one WASM thread (SIMD), all networks in one page taking turns: the page's model with 8-bit
weights; the bundle's own graph under ONNX Runtime Web; with `--peers`, a Python with keras, tensorflow and tensorflowjs, a
MobileNetV2 of equal multiply-adds by the official converter (`benchmarks/peers/keras_tfjs.py`); and Kenali's own export of a
MobileNetV2, for the official graph of as many. Needs Node with web/'s packages, Playwright and Chromium.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from math import prod
from pathlib import Path
from statistics import median
from typing import Any

import onnx
from browser_agreement import untrained
from measure import run, save
from onnx import shape_inference

from kenali.errors import KenaliError
from kenali.export import export
from kenali.export.browser import find_browser, visiting
from kenali.export.loopback import Loopback, Resource

WEB = Path(__file__).parent.parent / "web"
PEER = Path(__file__).parent / "peers" / "keras_tfjs.py"
MOST_BYTES = 8_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--calls", type=int, default=3)
    parser.add_argument("--peers", metavar="PYTHON", help="a Python with keras, tensorflow and tensorflowjs")
    options = parser.parse_args()
    browser = find_browser()
    if browser is None:
        raise KenaliError("no browser was found")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export(options.bundle, "web", folder / "page", certificate=False)
        save("browser_size", sizes(folder / "page"))
        save("browser_latency", latency(browser, options, folder))
        save("browser_first_answer", first_answers(browser, folder / "page", options.photo, min(5, options.rounds)))


def sizes(page: Path) -> list[dict[str, object]]:
    """Bytes of the export's parts, as they are and compressed as most servers send them."""
    parts: dict[str, list[Path]] = {"weights": [], "model": [], "wasm": [], "scripts": [], "rest": []}
    for file in (one for one in page.rglob("*") if one.is_file()):
        kind = "weights" if file.name == "weights.bin" else "model" if file.parent.name == "model" else "rest"
        kind = {".wasm": "wasm", ".js": "scripts"}.get(file.suffix, kind)
        parts[kind].append(file)
    rows: list[dict[str, object]] = [
        {
            "part": kind,
            "files": len(files),
            "bytes": sum(file.stat().st_size for file in files),
            "gzip": sum(len(gzip.compress(file.read_bytes())) for file in files),
        }
        for kind, files in parts.items()
    ]
    totals = {key: sum(int(str(row[key])) for row in rows) for key in ("files", "bytes", "gzip")}
    rows.append({"part": "all", **totals})
    for row in rows:
        print(f"{row['part']:<8}{row['bytes']:>10} bytes {row['gzip']:>10} gzip")
    print(f"the whole export: {totals['bytes'] / 1e6:.2f} MB of {MOST_BYTES / 1e6:g} MB")
    return rows


def latency(browser: Path, options: argparse.Namespace, folder: Path) -> list[dict[str, object]]:
    """Median milliseconds a picture of each network, and the median over rounds of their ratio to the page's."""
    ours = multiply_adds(options.bundle / "model.onnx")
    side = json.loads((options.bundle / "kenali.json").read_text(encoding="utf-8"))["preprocessing"]["image_size"][0]
    photo = [options.photo.read_bytes()] * 8
    mobilenet = untrained("mobilenetv2_100", photo, folder / "mobilenet")
    export(mobilenet, "tfjs", folder / "mobilenet-tfjs", certificate=False)
    its = multiply_adds(mobilenet / "model.onnx")
    contenders = [
        contender("Kenali's page", "page", "page/model/", side, ours),
        contender("ONNX Runtime Web, the same network", "onnx", "bundle/model.onnx", side, ours),
        contender("Kenali's MobileNetV2", "tfjs", "mobilenet-tfjs/model.json", 224, its),
        contender("ONNX Runtime Web, the same MobileNetV2", "onnx", "mobilenet/model.onnx", 224, its),
    ]
    if options.peers:
        for label, wanted in (("official MobileNetV2, as many as the page", ours), ("official MobileNetV2", its)):
            out = folder / f"official-{wanted}"
            told = json.loads(run([options.peers, str(PEER), str(out), str(wanted)]).stdout.splitlines()[-1])
            contenders.append(contender(label, "tfjs", f"{out.name}/model.json", told["side"], told["multiply_adds"]))
    times = timed(browser, folder, options, contenders)
    page = by_round(times[contenders[0]["name"]], options.calls)
    rows: list[dict[str, object]] = []
    for one in contenders:
        rounds = by_round(times[one["name"]], options.calls)
        rows.append(
            {
                "network": one["name"],
                "side": one["side"],
                "million_multiply_adds": round(one["macs"] / 1e6, 1),
                "ms": round(median(times[one["name"]]), 1),
                "ms_lowest": round(min(times[one["name"]]), 1),
                "over_page": round(median(one_ms / page_ms for one_ms, page_ms in zip(rounds, page, strict=True)), 3),
                "calls": len(times[one["name"]]),
            }
        )
        print(rows[-1])
    return rows


def by_round(times: list[float], calls: int) -> list[float]:
    """The median of each round, so that networks are compared while the machine is in one mood."""
    return [median(times[n : n + calls]) for n in range(0, len(times), calls)]


def contender(name: str, kind: str, path: str, side: int, macs: int) -> dict[str, Any]:
    return {"name": name, "kind": kind, "path": path, "side": side, "macs": macs}


def timed(
    browser: Path, folder: Path, options: argparse.Namespace, contenders: list[dict[str, Any]]
) -> Mapping[str, list[float]]:
    """Milliseconds of every call of every contender, in one page of a browser."""
    npx = shutil.which("npx") or "npx"
    build = [npx, "vite", "build", "--config", "benchmark/vite.config.ts", "--outDir", str(folder / "built"), "--emptyOutDir"]
    subprocess.run(build, cwd=WEB, check=True, capture_output=True)
    job = {"contenders": contenders, "rounds": options.rounds, "calls": options.calls}
    served: dict[str, Resource] = {one.name: one for one in folder.iterdir() if one.is_dir()}
    served |= {
        "bundle": options.bundle,
        "ort": WEB / "node_modules" / "onnxruntime-web" / "dist",
        "job": json.dumps(job).encode(),
    }
    with Loopback(served) as server, visiting(browser, f"{server.url}built/latency.html"):
        message = json.loads(server.messages.get(timeout=900))
    if "error" in message:
        raise RuntimeError(message["error"])
    times: dict[str, list[float]] = message["times"]
    return times


def multiply_adds(model: Path) -> int:
    """Of a graph's convolutions and matrix products with constant weights, for one picture, class activation maps left out."""
    graph = shape_inference.infer_shapes(onnx.load(model)).graph
    sides = {
        value.name: [side.dim_value for side in value.type.tensor_type.shape.dim]
        for value in (*graph.value_info, *graph.output)
    }
    weights = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    total = 0
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm", "MatMul") and node.input[1] in weights:
            positions = sides[node.output[0]][2:] if node.op_type == "Conv" else []
            total += prod((*positions, *weights[node.input[1]]))
    return total


def first_answers(browser: Path, page: Path, photo: Path, rounds: int) -> list[dict[str, object]]:
    """Median seconds from opening the page to a ready model, and from there to the first answer and the next."""
    from playwright.sync_api import sync_playwright

    seconds: dict[str, list[tuple[float, float, float]]] = {"cold": [], "warm": []}
    with Loopback({"": page}) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(browser), args=["--no-sandbox", "--disable-gpu"])
        for _ in range(rounds):
            context = chromium.new_context()
            visitor = context.new_page()
            seconds["cold"].append(first_answer(visitor, server.url, photo))
            visitor.wait_for_selector("#offline[data-state=ready]", timeout=60_000)
            seconds["warm"].append(first_answer(visitor, server.url, photo))
            context.close()
        chromium.close()
    rows: list[dict[str, object]] = []
    for state, times in seconds.items():
        ready, first, second = (round(median(column), 2) for column in zip(*times, strict=True))
        rows.append(
            {
                "visit": state,
                "open_to_ready_s": ready,
                "photo_to_answer_s": first,
                "next_photo_s": second,
                "open_to_first_answer_s": round(ready + first, 2),
                "rounds": rounds,
            }
        )
        print(rows[-1])
    return rows


def first_answer(visitor: Any, url: str, photo: Path) -> tuple[float, float, float]:
    begin = time.perf_counter()
    visitor.goto(url)
    visitor.wait_for_selector("html[data-state=ready]", state="attached", timeout=60_000)
    ready = time.perf_counter()
    answered = [ready]
    for n in (1, 2):
        visitor.set_input_files("#files", photo)
        visitor.wait_for_function(
            "(n) => document.querySelectorAll('#list > li[data-state=done]').length >= n", arg=n, timeout=60_000
        )
        answered.append(time.perf_counter())
    return ready - begin, answered[1] - answered[0], answered[2] - answered[1]


if __name__ == "__main__":
    main()
