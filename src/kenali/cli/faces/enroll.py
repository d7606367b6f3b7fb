"""`kenali faces enroll`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import Json, print_json, tells_errors
from kenali.cli.faces.options import GalleryPlace, Group, KeyFile, Networks, actor, day, opened


@tells_errors
def enroll(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="DIR|PHOTO...", help="A folder with a folder a person; with --name, one person's photos."),
    ],
    consent: Annotated[
        str, typer.Option("--consent", metavar="REF", help="Your record of their consent, such as a form's number.")
    ],
    name: Annotated[str | None, typer.Option("--name", help="Whose photos these are.")] = None,
    given: Annotated[str | None, typer.Option("--consent-date", metavar="DATE", help="The day on which it was given.")] = None,
    given_to: Annotated[str, typer.Option("--consent-by", help="Who took it.")] = "",
    group: Group = "",
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DATE", help="The last day on which they are kept.")
    ] = None,
    keep_photos: Annotated[
        bool, typer.Option("--keep-photos", help="Keep the photos too, sealed. Default: vectors alone.")
    ] = False,
    largest: Annotated[bool, typer.Option("--largest", help="Take the largest face of several.")] = False,
    accept_flaws: Annotated[
        bool, typer.Option("--accept-flaws", help="Take small, blurred, dark or turned faces too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Take a face that looks like another person's too.")] = False,
    gallery: GalleryPlace = None,
    key_file: KeyFile = None,
    networks: Networks = None,
    as_json: Json = False,
) -> None:
    """Enrol people, with their consent: one face a photo. What became of each photo is told; nothing is enrolled twice."""
    from kenali.errors import KenaliError
    from kenali.faces.reader import FaceReader
    from kenali.faces.specs import read_specs
    from kenali.faces.thresholds import thresholds_for
    from kenali.inputs import photo_inputs

    expiry, agreed_on = day(expires, "--expires"), day(given, "--consent-date")
    if name is None and len(photos) != 1:
        raise typer.BadParameter("several photos are of one person: say whose with --name", param_hint="--name")
    if name is None and not Path(photos[0]).is_dir():
        raise typer.BadParameter(f"{photos[0]} is no folder with a folder a person: say whose with --name", param_hint="--name")
    specs = read_specs(networks)
    read = FaceReader(specs)
    sha256, kenalis = read.embedder.sha256, specs.embedder.file is None
    with opened(gallery, key_file, sha256) as people:
        from kenali.faces.gallery.enrolling import Terms, enrol_photos, people_in
        from kenali.faces.gallery.values import Consent, tidy

        known = people.threshold()
        if name is None:
            named = people_in(Path(photos[0]))
        else:
            whose = tidy(name, "a name")
            named = ((whose, photo) for photo in photo_inputs(photos))
        terms = Terms(
            consent=Consent(consent, agreed_on, given_to),
            group=group,
            expires=expiry,
            keep_photos=keep_photos,
            largest=largest,
            accept_flaws=accept_flaws,
            alike=None if force or (known is None and not kenalis) else thresholds_for(known, sha256, kenalis, None).identify,
            actor=actor(),
        )
        outcomes = list(enrol_photos(people, read, named, terms))
    counts = Counter(outcome.fate for outcome in outcomes)
    if as_json:
        fates = {fate: counts[fate] for fate in ("enrolled", "repeated", "refused")}
        print_json({"total": len(outcomes), **fates, "rows": [asdict(outcome) for outcome in outcomes]})
    else:
        for outcome in outcomes:
            if outcome.fate == "refused":
                typer.echo(f"{outcome.path}: refused, {outcome.reason}: {outcome.detail}")
        people_enrolled = len({outcome.name for outcome in outcomes if outcome.fate == "enrolled"})
        typer.echo(
            f"{len(outcomes)} photos: {counts['enrolled']} enrolled ({people_enrolled} people), "
            f"{counts['repeated']} enrolled before, {counts['refused']} refused"
        )
    if counts["enrolled"] + counts["repeated"] == 0:
        raise KenaliError(f"none of the {len(outcomes)} photos could be enrolled" if outcomes else "no photo was found")
