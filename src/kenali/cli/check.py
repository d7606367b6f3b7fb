"""`kenali check`: what became of every file, and what is odd about the photos."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import GroupBy, Json, Language, Photos, one_of, print_json, progress_bar, tells_errors


@tells_errors
def check(
    photos: Photos,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for ledger.csv and index.html.")] = Path("kenali-check"),
    group_by: GroupBy = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Say what became of every file.

    Which photos can be used, which are copies or damaged, and what is odd about them. Changes no photo.
    """
    from kenali.cache import Cache
    from kenali.errors import MissingExtra
    from kenali.evaluation import find_shortcuts, thumbnails_wanted, write_check_report
    from kenali.evaluation.shortcut_section import shortcut_alarms, shortcut_section
    from kenali.evaluation.words import Words
    from kenali.photos import save_ledger, scan, summary

    one_of(language, ("en", "id"), "--lang")
    with Cache() as cache, progress_bar() as show:
        scanned = scan(photos, group_by=group_by, facts_store=cache, progress=lambda n, total: show("scan", n, total))
    ledger, photoset = scanned.ledger, scanned.photoset
    shortcuts = find_shortcuts(photoset.photos, scanned.facts, photoset.class_names)
    section = shortcut_section(shortcuts, Words(language))
    warnings = (*shortcut_alarms(shortcuts, Words(language)), *ledger.warnings)
    save_ledger(out / "ledger.csv", ledger)
    wanted = thumbnails_wanted(photoset.class_names, ledger)
    thumbs = {path: scanned.facts[path].thumb for path in wanted if path in scanned.facts}
    page: Path | None = out / "index.html"
    try:
        write_check_report(
            out / "index.html", ledger, photoset.counts, thumbs, language, title=photos.name, shortcuts=shortcuts
        )
    except MissingExtra as missing:
        typer.echo(f"kenali: no page of pictures: {missing}", err=True)
        page = None
    if as_json:
        document = ledger.as_json() | {"warnings": [asdict(warning) for warning in warnings]}
        document["shortcuts"] = [one.as_json() for one in shortcuts]
        print_json(document | {"ledger": str(out / "ledger.csv"), "report": page and str(page)})
        return
    typer.echo("\n".join(summary(ledger)))
    for warning in warnings:
        typer.echo(f"! {warning.what}")
    if section and section.worst != "gives-away":
        typer.echo(f"\n{section.lead}")
    typer.echo(f"\nEvery file: {out / 'ledger.csv'}" + (f"\nPictures:   {page}" if page else ""))
