"""Stands in for a browser: opens the runner's address, and answers as the runner would, by ONNX Runtime.

python fake_browser.py MODEL BEHAVIOUR FLAGS... URL
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from kenali.images import decode, preprocess
from kenali.network import Network
from kenali.types import Preprocessing


def main(model: str, behaviour: str, *rest: str) -> None:
    base = rest[-1].removesuffix("runner/parity.html")

    def get(path: str) -> bytes:
        with urllib.request.urlopen(base + path) as reply:
            return bytes(reply.read())

    def tell(message: Any) -> None:
        request = urllib.request.Request(base + "tell", data=json.dumps(message).encode(), method="POST")
        urllib.request.urlopen(request).close()

    if behaviour == "crash":
        print("no display", file=sys.stderr)
        raise SystemExit(3)
    if behaviour == "silent":
        time.sleep(60)
    tell({"kind": "hello", "browser": "Fake 1.0"})
    if behaviour == "garbage":
        tell({"kind": "photo", "setting": "wasm", "photo": -1})
    if behaviour == "failed":
        tell({"kind": "failed", "message": "weights.bin is missing"})
    job = json.loads(get("job"))
    manifest = json.loads(get(job["model"] + "kenali.json"))
    preprocessing = Preprocessing(**manifest["preprocessing"] | {"image_size": tuple(manifest["preprocessing"]["image_size"])})
    network = Network(Path(model))
    for setting in job["settings"]:
        if setting == "webgpu":
            tell({"kind": "loaded", "setting": setting, "absent": "no adapter"})
            continue
        tell({"kind": "loaded", "setting": setting, "runtime": "TF.js 0", "backend": "wasm", "threads": 2, "milliseconds": 5.0})
        for number, name in enumerate(job["photos"]):
            pixels = preprocess(decode(get(name)).image, preprocessing)
            outputs = network(pixels[None], *network.answers)
            logits = outputs["logits"][0].tolist()
            if behaviour == "off":
                logits[0] += 0.5
            if behaviour == "nan" and number == 1:
                logits[1] = None
            digest = "0" * 64 if behaviour == "pixels" else hashlib.sha256(pixels.tobytes()).hexdigest()
            told = {"kind": "photo", "setting": setting, "photo": number, "pixels_sha256": digest, "logits": logits}
            novelty = {"novelty": float(outputs["novelty"][0])} if "novelty" in outputs else {}
            tell(told | novelty | {"milliseconds": 2.0})
    tell({"kind": "done"})
    time.sleep(60)  # a browser does not close by itself


if __name__ == "__main__":
    main(*sys.argv[1:])
