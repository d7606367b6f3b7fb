"""`kenali check`: what became of every file, and what is odd about the photos."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kenali.cli.console import GroupBy, Json, Language, Photos, one_of, print_json, progress_bar, tells_errors

if TYPE_CHECKING:
    from kenali.photos import Scan, Suspect


@tells_errors
def check(
    photos: Photos,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for ledger.csv and index.html.")] = Path("kenali-check"),
    group_by: GroupBy = None,
    suspects: Annotated[
        bool, typer.Option("--suspects", help="Look for doubtful labels too, by models that have not seen the photo.")
    ] = False,
    apply: Annotated[
        Path | None,
        typer.Option(metavar="suspects.csv", help="Carry out the decisions in this file: writes a new list to -o, list.csv."),
    ] = None,
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
    from kenali.photos import save_ledger, save_suspects, scan, summary

    one_of(language, ("en", "id"), "--lang")
    if suspects and apply is not None:
        raise typer.BadParameter("look for suspects first, then apply your decisions", param_hint="--apply")
    doubtful = None
    with Cache() as cache, progress_bar() as show:
        if suspects:
            from kenali.training.suspects import label_suspects

            scanned, doubtful = label_suspects(photos, group_by=group_by, progress=show)
        else:
            scanned = scan(photos, group_by=group_by, facts_store=cache, progress=lambda n, total: show("scan", n, total))
    if apply is not None:
        _apply(scanned, apply, out if out.suffix else out / "list.csv", as_json)
        return
    ledger, photoset = scanned.ledger, scanned.photoset
    shortcuts = find_shortcuts(photoset.photos, scanned.facts, photoset.class_names)
    section = shortcut_section(shortcuts, Words(language))
    warnings = (*shortcut_alarms(shortcuts, Words(language)), *ledger.warnings)
    save_ledger(out / "ledger.csv", ledger)
    wanted = {*thumbnails_wanted(photoset.class_names, ledger), *(one.path for one in doubtful or ())}
    thumbs = {path: scanned.facts[path].thumb for path in wanted if path in scanned.facts}
    page: Path | None = out / "index.html"
    if doubtful is not None:
        save_suspects(out / "suspects.csv", doubtful)
    try:
        write_check_report(
            out / "index.html",
            ledger,
            photoset.counts,
            thumbs,
            language,
            title=photos.name,
            suspects=doubtful,
            shortcuts=shortcuts,
        )
    except MissingExtra as missing:
        typer.echo(f"kenali: no page of pictures: {missing}", err=True)
        page = None
    if as_json:
        files = {"ledger": str(out / "ledger.csv"), "report": page and str(page)}
        found = {} if doubtful is None else {"suspects": [asdict(one) for one in doubtful]}
        told = {"warnings": [asdict(one) for one in warnings], "shortcuts": [one.as_json() for one in shortcuts]}
        print_json(ledger.as_json() | told | found | files)
        return
    typer.echo("\n".join(summary(ledger)))
    for warning in warnings:
        typer.echo(f"! {warning.what}")
    if section and section.worst != "gives-away":
        typer.echo(f"\n{section.lead}")
    if doubtful is not None:
        _tell(doubtful, photos, out)
    typer.echo(f"\nEvery file: {out / 'ledger.csv'}" + (f"\nPictures:   {page}" if page else ""))


def _tell(suspects: tuple[Suspect, ...], photos: Path, out: Path) -> None:
    typer.echo(f"\nLabels to look at again: {len(suspects)}, strongly doubted {sum(one.strong for one in suspects)}")
    for one in suspects[:10]:
        typer.echo(f"  {one.path}: {one.given} ({one.given_prob:.0%}), rather {one.suggested} ({one.suggested_prob:.0%})")
    if suspects:
        file = out / "suspects.csv"
        typer.echo(
            f"Write keep, relabel, leave out or another class into the column decision of {file}; then\n"
            f"  kenali check {photos} --apply {file} -o list.csv"
        )


def _apply(scanned: Scan, decisions: Path, out: Path, as_json: bool) -> None:
    from kenali.photos import apply_decisions

    done = apply_decisions(scanned, decisions, out)
    if as_json:
        print_json(asdict(done) | {"list": str(out)})
        return
    typer.echo(
        f"{out} lists {done.photos} photos: {done.relabelled} relabelled, {done.left_out} left out, "
        f"{done.kept} kept as they are, {done.undecided} undecided and kept too. No photo was touched.\n"
        f"Use it in place of the folder: kenali train {out}. To undo, delete it."
    )
