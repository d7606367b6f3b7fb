"""How far the page's pixels lie from Python's, and what that does to probabilities, in headless Chromium.

    python benchmarks/browser_pixels.py BUNDLE PHOTOS... [--as png|jpeg|webp] [--most 60] [--side 0] [--whole]

Every photo of the folders, or `--most` of them spread evenly, goes through Python and through the page's own modules
(web/src/pixels); `--as` first saves it anew in another format, `--side` at another length of the long side, so that large
photos can be tried. `--whole` decodes without JPEG drafts in the browser. The probabilities are the bundle's under ONNX
Runtime for both kinds of pixels, so that they differ by nothing but these. Needs Node with web/'s packages, Playwright and
Chromium.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import functools
import http.server
import io
import json
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from measure import save
from PIL import Image

from kenali.errors import PhotoError
from kenali.images import decode, draft_side, preprocess
from kenali.network import softmax
from kenali.predict import Classifier
from kenali.types import FloatArray, Pixels

WEB = Path(__file__).parent.parent / "web"
FLAGS = "--disable-gpu --disable-quic --disable-background-networking --disable-component-update --disable-sync --no-first-run"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--as", dest="format", choices=("png", "jpeg", "webp"))
    parser.add_argument("--most", type=int, default=60)
    parser.add_argument("--side", type=int, default=0)
    parser.add_argument("--whole", action="store_true")
    choices = parser.parse_args()
    files = sorted(path for folder in choices.photos for path in folder.rglob("*") if path.is_file())
    files = files[:: max(1, len(files) // choices.most)]
    classifier = Classifier.load(choices.bundle)
    rows = []
    with built_page() as folder, served(folder) as address, browser(address) as page:
        for number, path in enumerate(files):
            data = path.read_bytes()
            if choices.format or choices.side:
                data = saved(data, choices.format or "jpeg", choices.side)
            (folder / str(number)).write_bytes(data)
            row = compared(classifier, data, page, str(number), not choices.whole)
            (folder / str(number)).unlink()
            rows.append({"photo": path.name, **row})
    refused = [row for row in rows if "code" in row]
    seen = [row for row in rows if "code" not in row]
    told = {
        "photos": " ".join(folder.name for folder in choices.photos),
        "saved_as": " ".join(map(str, filter(None, (choices.format, choices.side, choices.whole and "whole")))),
        "n": len(seen),
        "refused": len(refused),
        "refused_alike": sum(row["code"] == row["code_python"] for row in refused),
        "same_class": sum(row["same_class"] for row in seen),
    }
    for key in ("pixel_max", "pixel_mean", "probability", "milliseconds"):
        values = [row[key] for row in seen] or [0.0]
        told |= {f"{key}_median": round(float(np.median(values)), 5), f"{key}_most": round(float(max(values)), 5)}
    print(json.dumps({**told, "worst": max(seen, key=lambda row: row["probability"], default=None), "refusals": refused[:5]}))
    save("browser_pixels", [told])


def compared(classifier: Classifier, data: bytes, page: Any, address: str, draft: bool) -> dict[str, Any]:
    """One photo in Python and in the browser: the differences of pixels (0-255) and of probabilities."""
    preprocessing = classifier.manifest.preprocessing
    looked = page.evaluate("([address, how, draft]) => look(address, how, draft)", [address, asdict(preprocessing), draft])
    try:
        ours = preprocess(decode(data, min_side=draft_side(preprocessing)).image, preprocessing)
    except PhotoError as error:
        return {"code": looked["code"], "code_python": error.reason}
    if looked["code"]:
        return {"code": looked["code"], "code_python": ""}
    theirs = np.frombuffer(base64.b64decode(looked["pixels"]), np.uint8).reshape(ours.shape)
    apart = np.abs(ours.astype(int) - theirs)
    probs, other = probabilities(classifier, ours), probabilities(classifier, theirs)
    return {
        "pixel_max": int(apart.max()),
        "pixel_mean": float(apart.mean()),
        "probability": float(np.abs(probs - other).max()),
        "same_class": bool(probs.argmax() == other.argmax()),
        "milliseconds": looked["milliseconds"],
    }


def probabilities(classifier: Classifier, pixels: Pixels) -> FloatArray:
    """Calibrated probabilities (k,) for one photo's pixels."""
    return softmax(classifier.network(pixels[None], "logits")["logits"][0], classifier.manifest.calibration.temperature)


def saved(data: bytes, file_format: str, side: int) -> bytes:
    """The photo in another format, and at another length of its long side where that is not 0."""
    image = decode(data).image
    if side:
        scale = side / max(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, file_format.upper(), **({"compress_level": 1} if file_format == "png" else {"quality": 90}))
    return buffer.getvalue()


@contextlib.contextmanager
def built_page() -> Iterator[Path]:
    """A folder with the modules built for the browser."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npx", "vite", "build", "tests/browser", "--outDir", folder, "--emptyOutDir"]
        subprocess.run([*command, "--logLevel", "warn"], cwd=WEB, check=True)
        yield Path(folder)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP, isolated from other origins so that WASM may use threads."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.send_header("Cache-Control", "no-store")
            super().end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


@contextlib.contextmanager
def browser(address: str) -> Iterator[Any]:
    """A page of headless Chromium at the address."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", *FLAGS.split()])
        try:
            page = chromium.new_page()
            page.goto(address)
            page.wait_for_function("() => 'look' in globalThis")
            yield page
        finally:
            chromium.close()


if __name__ == "__main__":
    main()
