"""Ask a real server and write its answers where the OpenAPI document takes its examples from.

    python benchmarks/api_examples.py MINERALS STEADY PHOTOS STRANGER

MINERALS and STEADY are bundles of the classes that PHOTOS, a folder with a folder per class, has; STRANGER is a photo of
something else.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

EXAMPLES = Path(__file__).parent.parent / "src" / "kenali" / "serve" / "examples.json"
SPLIT = "rocks"
SHOWN = 3


def main(minerals: str, steady: str, photos: Path, stranger: Path) -> None:
    arguments = [f"minerals={minerals}", f"steady={steady}", "--split", f"{SPLIT}=minerals:80,steady:20"]
    with tempfile.TemporaryDirectory() as state:
        command = [
            sys.executable,
            "-m",
            "kenali",
            "serve",
            *arguments,
            "--port",
            "0",
            "--json",
            "--state",
            state,
            "--keep",
            state,
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                url = json.loads("".join(iter(server.stdout.readline, "}\n")) + "}")["url"]
                with httpx.Client(base_url=url, timeout=60) as client:
                    examples = asked(client, photos, stranger)
            finally:
                server.terminate()
    EXAMPLES.write_text(json.dumps(examples, indent=1) + "\n", encoding="utf-8")


def asked(client: httpx.Client, photos: Path, stranger: Path) -> dict[str, Any]:
    """The answers that serve as examples, after all photos were asked about and half of them judged."""
    for number, file in enumerate(sorted(photos.glob("*/*.*"))):
        answer = client.post(f"/v1/models/{SPLIT}/predict", content=file.read_bytes()).json()
        if "predictions" in answer and number % 2:
            told = {"id": answer["predictions"][0]["id"], "label": file.parent.name}
            feedback = client.post(f"/v1/models/{SPLIT}/feedback", json=told).json()
    time.sleep(5)  # counts are some seconds old
    known = next((photos / "jasper").iterdir())
    files = [
        ("a", ("jasper.jpg", known.read_bytes())),
        ("b", ("tyre.jpg", stranger.read_bytes())),
        ("c", ("notes.txt", b"hello")),
    ]
    return {
        "predictions": client.post("/v1/models/minerals/predict", params={"top_k": SHOWN}, files=files).json(),
        "models": client.get("/v1/models").json(),
        "model": client.get("/v1/models/minerals").json(),
        "json_photos": {"photos": [{"name": "red.png", "data": base64.b64encode(red()).decode()}]},
        "feedback": feedback,
        "split": client.get(f"/v1/models/{SPLIT}/split").json(),
        "drift": client.get("/v1/models/minerals/drift").json(),
    }


def red() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2), (200, 30, 30)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
