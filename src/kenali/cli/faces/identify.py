"""`kenali faces identify` and `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kenali.cli.console import Json, print_json, tells_errors
from kenali.cli.faces.looking import looked_at, require_photos
from kenali.cli.faces.options import GalleryPlace, KeyFile, Networks, gallery_if_any, opened

if TYPE_CHECKING:
    from PIL import Image

    from kenali.faces.identify import Identified
    from kenali.faces.reader import FaceReader
    from kenali.types import FloatArray

MatcherOption = Annotated[str, typer.Option("--matcher", metavar="NAME", help="nearest, knn or svm.")]
ThresholdOption = Annotated[
    float | None, typer.Option("--threshold", help="Accept up to this distance, whatever the gallery's threshold is.")
]


@tells_errors
def identify(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Photos, folders, patterns, ZIPs; - reads stdin.")],
    gallery: GalleryPlace = None,
    key: KeyFile = None,
    matcher: MatcherOption = "nearest",
    threshold: ThresholdOption = None,
    draw: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write the photos with names: a PNG, or a folder for several.")
    ] = None,
    networks: Networks = None,
    as_json: Json = False,
) -> None:
    """Say who is in photos: an enrolled person's name, or unknown."""
    from kenali.faces.draw import Drawings
    from kenali.faces.identify import identify as run
    from kenali.faces.matching import matcher as matcher_of
    from kenali.faces.reader import FaceReader
    from kenali.faces.specs import read_specs
    from kenali.faces.thresholds import thresholds_for

    specs = read_specs(networks)
    read = FaceReader(specs)
    with opened(gallery, key, read.embedder.sha256) as held:
        limits = thresholds_for(held.threshold(), read.embedder.sha256, specs.embedder.file is None, threshold)
        match = matcher_of(matcher, held.vectors(), limits.identify)
    drawings = Drawings(draw) if draw else None

    def answered(path: str, image: Image.Image) -> dict[str, Any]:
        found = run(image, read, match)
        record: dict[str, Any] = {"faces": [_record(one) for one in found]}
        if drawings:
            named = [one.match.name for one in found]
            record["drawn"] = str(drawings.add(path, image, [one.seen.face for one in found], named))
        return record

    records = looked_at(paths, answered)
    if as_json:
        print_json({"photos": records, "threshold": limits.identify, "fitted": limits.fitted, "matcher": matcher})
    else:
        if threshold is None and not limits.fitted:
            typer.echo("The threshold is not fitted to this gallery: see  kenali faces threshold", err=True)
        for record in records:
            _tell(record)
    require_photos(records)


def _record(one: Identified) -> dict[str, Any]:
    far = one.match.distance == float("inf")
    return {
        "identity": one.match.name,
        "distance": None if far else round(one.match.distance, 4),
        "box": [round(edge, 1) for edge in one.seen.face.box],
        "score": round(one.seen.face.score, 4),
        "flaws": list(one.seen.quality.flaws),
    }


def _tell(record: dict[str, Any]) -> None:
    if "error" in record:
        typer.echo(f"kenali: {record['path']}: {record['error']}", err=True)
        return
    typer.echo(f"{record['path']}: {'no face' if not record['faces'] else ''}".rstrip())
    for face in record["faces"]:
        flaws = f"  ({', '.join(face['flaws'])})" if face["flaws"] else ""
        distance = "" if face["distance"] is None else f"  distance {face['distance']:.3f}"
        typer.echo(f"  {face['identity']:<24}{distance}{flaws}")


@tells_errors
def verify(
    one: Annotated[str, typer.Argument(metavar="PHOTO", help="A photo; its largest face counts.")],
    other: Annotated[str, typer.Argument(metavar="PHOTO|NAME", help="Another photo, or the name of an enrolled person.")],
    gallery: GalleryPlace = None,
    key: KeyFile = None,
    threshold: ThresholdOption = None,
    networks: Networks = None,
    as_json: Json = False,
) -> None:
    """Say whether two photos show the same person, or a photo an enrolled one."""
    import numpy as np

    from kenali.errors import KenaliError, did_you_mean
    from kenali.faces.identify import distance
    from kenali.faces.matching import People
    from kenali.faces.reader import FaceReader
    from kenali.faces.specs import read_specs
    from kenali.faces.thresholds import thresholds_for

    specs = read_specs(networks)
    read = FaceReader(specs)
    seen = _only_face(one, read)
    photo = Path(other).is_file()
    with gallery_if_any(gallery, key, read.embedder.sha256) as held:
        record, vectors = (held.threshold(), None if photo else held.vectors()) if held else (None, None)
    limits = thresholds_for(record, read.embedder.sha256, specs.embedder.file is None, threshold)
    if photo:
        gap, limit = distance(seen, _only_face(other, read)), limits.verify
    elif vectors is None:
        raise KenaliError(f"{other} is no file, and there is no gallery that could hold a person of that name")
    else:
        names = {name.casefold(): person for person, name in enumerate(vectors.names)}
        person = names.get(other.casefold())
        if person is None or not np.any(vectors.persons == person):
            raise KenaliError(f"{other} is no file, and nobody is enrolled by that name.{did_you_mean(other, vectors.names)}")
        gap, limit = People(vectors).distance(seen, person), limits.identify
    same = gap <= limit
    if as_json:
        print_json({"same": same, "distance": round(gap, 4), "threshold": limit, "fitted": limits.fitted})
        return
    typer.echo(f"{'The same person' if same else 'Different people'}: distance {gap:.3f}, accepted up to {limit:.3f}")


def _only_face(path: str, read: FaceReader) -> FloatArray:
    """The embedding of the largest face in a photo; KenaliError where there is none."""
    from kenali.errors import KenaliError
    from kenali.faces.folder import largest, read_faces
    from kenali.inputs import photo_inputs

    ((_, faces),) = read_faces(read, list(photo_inputs([path]))[:1])
    if isinstance(faces, str):
        raise KenaliError(f"{path}: {faces}")
    if not faces:
        raise KenaliError(f"{path}: no face was found")
    return largest(faces).embedding
