"""Ask a real server about faces and write its answers where the OpenAPI document takes its examples from.

    python benchmarks/face_examples.py

The one face is that of the astronaut Eileen Collins, in a portrait by NASA (public domain) that scikit-image ships.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageOps

from kenali.serve.security.keys import SCOPES, KeyFile

EXAMPLES = Path(__file__).parent.parent / "src" / "kenali" / "serve" / "face_examples.json"
TERMS = {"consent": "form 7", "consent_date": "2026-11-02", "consent_by": "Reception", "expires": "2030-01-31"}
NEW = {"name": "Eileen Collins", "group": "crew", **TERMS}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as client:
        examples = asked(client, *portraits())
    EXAMPLES.write_text(json.dumps(examples, indent=1) + "\n", encoding="utf-8")


@contextmanager
def served(folder: Path) -> Iterator[httpx.Client]:
    """A client of a server with an empty gallery."""
    key = KeyFile(folder).add("examples", SCOPES)[1]
    faces = ["--faces", str(folder / "gallery.sqlite"), "--faces-key", str(folder / "gallery.key")]
    command = [sys.executable, "-m", "kenali", "serve", *faces, "--port", "0", "--json", "--state", str(folder), "--no-spare"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = json.loads("".join(iter(server.stdout.readline, "}\n")) + "}")["url"]
            with httpx.Client(base_url=url, timeout=60, headers={"X-Api-Key": key}) as client:
                yield client
        finally:
            server.terminate()


def portraits() -> tuple[bytes, bytes, bytes]:
    """The portrait, a mirrored copy, and a smaller one."""
    found = find_spec("skimage")
    assert found is not None
    assert found.submodule_search_locations
    portrait = Image.open(Path(found.submodule_search_locations[0], "data", "astronaut.png")).convert("RGB")
    return jpeg(portrait), jpeg(ImageOps.mirror(portrait)), jpeg(portrait.resize((400, 400)))


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def asked(client: httpx.Client, first: bytes, second: bytes, other: bytes) -> dict[str, Any]:
    """The answers that serve as examples."""
    persons = "/v1/faces/persons"
    notes = ("notes.txt", b"hello")
    enrolled = answer(client.post(persons, data=NEW, files=files(("1.jpg", first), ("2.jpg", second), notes)))
    person = f"{persons}/{enrolled['person']['id']}"
    found = {
        "enrolled": enrolled,
        "summary": answer(client.get("/v1/faces")),
        "page": answer(client.get(persons)),
        "person": answer(client.get(person)),
        "detected": answer(client.post("/v1/faces/detect", files=files(("team.jpg", other), notes))),
        "identified": answer(client.post("/v1/faces/identify", files=files(("team.jpg", other), notes))),
        "verified": answer(client.post("/v1/faces/verify", files=files(("1.jpg", first), ("team.jpg", other)))),
        "replaced": answer(client.put(f"{person}/enrolments", data=TERMS, files=files(("3.jpg", other)))),
        "receipt": answer(client.delete(person)),
    }
    tiny = io.BytesIO()
    Image.new("RGB", (2, 2), (200, 160, 140)).save(tiny, "PNG", optimize=True)
    photos = {"photos": [{"name": "1.png", "data": base64.b64encode(tiny.getvalue()).decode()}]}
    return found | {
        "verdict": answer(client.post("/v1/faces/receipts", json=found["receipt"])),
        "JsonPerson": NEW | photos,
        "JsonEnrolments": TERMS | photos,
    }


def files(*named: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("photo", one) for one in named]


def answer(response: httpx.Response) -> Any:
    assert response.is_success, response.text
    return response.json()


if __name__ == "__main__":
    main()
