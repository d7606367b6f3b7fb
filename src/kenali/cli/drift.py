"""`kenali drift`: whether new photos are still of the kind that a bundle was judged on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import GroupBy, Json, Language, one_of, print_json, progress_bar, tells_errors


@tells_errors
def drift(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder or ZIP of the bundle.")],
    photos: Annotated[
        Path | None, typer.Argument(metavar="PHOTOS", help="Folder, ZIP or CSV of new photos; labels do not matter.")
    ] = None,
    observed: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Instead of photos: what kenali serve noted, STATE/observed.")
    ] = None,
    days: Annotated[float | None, typer.Option(metavar="N", min=0, help="Only with --observed: the last N days.")] = None,
    reference: Annotated[
        Path | None, typer.Option(metavar="PHOTOS", help="Compare with these photos instead of the bundle's own.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder for a page and drift.json.")] = None,
    group_by: GroupBy = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Say whether new photos, and the answers to them, have changed.

    They are compared with those that the bundle was judged on. No labels are needed.
    """
    from kenali.evaluation.drift_page import headline, how, sentences
    from kenali.evaluation.drift_run import drift_of_observed, drift_of_photos
    from kenali.evaluation.words import Words

    one_of(language, ("en", "id"), "--lang")
    if (photos is None) == (observed is None):
        raise typer.BadParameter("name new photos, or what a server noted with --observed", param_hint="PHOTOS")
    if observed is not None and (reference is not None or group_by is not None):
        raise typer.BadParameter(
            "it needs photos; a server's notes are compared with the bundle's own", param_hint="--observed"
        )
    if days is not None and observed is None:
        raise typer.BadParameter("it chooses among a server's notes; give them with --observed", param_hint="--days")
    if photos is not None:
        with progress_bar() as show:
            result = drift_of_photos(
                bundle, photos, out, reference=reference, group_by=group_by, language=language, progress=show
            )
    else:
        assert observed is not None
        result = drift_of_observed(bundle, observed, out, days=days, language=language)
    if as_json:
        print_json(result.as_json())
        return
    words = Words(language)
    typer.echo(headline(result.drift, words) + "\n")
    for line in sentences(result, words):
        typer.echo(line)
    typer.echo("\n" + " ".join(how(result, words)))
    if out:
        typer.echo(f"\nPage: {out / 'index.html'}")
