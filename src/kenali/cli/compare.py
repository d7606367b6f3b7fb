"""`kenali compare`: which of two bundles is better, on the same labelled photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import GroupBy, Json, Language, Photos, one_of, percent, print_json, progress_bar, tells_errors


@tells_errors
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="Folder of one bundle.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Folder of the other.")],
    photos: Photos,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder for a page, comparison.json and differences.csv."),
    ] = None,
    group_by: GroupBy = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Say which of two bundles is better.

    Both name the same labelled photos, which neither should have seen; a paired test tells a difference from chance.
    """
    from kenali.evaluation.compare import compare as run
    from kenali.evaluation.words import Words

    one_of(language, ("en", "id"), "--lang")
    with progress_bar() as show:
        found = run(a, b, photos, out, group_by=group_by, language=language, progress=show)
    if as_json:
        print_json(found.as_json())
        return
    words = Words(language)
    for letter, side in (("A", found.a), ("B", found.b)):
        score = side.accuracy
        typer.echo(
            f"{letter}  {side.name:<24} {percent(score.value)} ({percent(score.low)} to {percent(score.high)})  "
            f"Brier {side.brier:.3f}  log-loss {side.log_loss:.3f}"
        )
    typer.echo("\n" + "\n".join([found.headline(words), *found.sentences(words)]))
    for alarm in found.alarms:
        typer.echo(f"! {alarm.what}")
    if out:
        typer.echo(f"\nPage: {out / 'index.html'}")
