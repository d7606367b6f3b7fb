"""`kenali evaluate`: how a bundle does on labelled photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import Json, Language, Photos, doubt, one_of, percent, print_json, progress_bar, tells_errors


@tells_errors
def evaluate(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder or ZIP of the bundle.")],
    photos: Photos,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder for a report, metrics.json and predictions.csv."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="REGEX|COLUMN", help="Accuracy of each group too: what a pattern finds in paths, or a CSV's column."
        ),
    ] = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Judge a bundle on labelled photos.

    They should be photos that it has not seen.
    """
    from kenali.evaluation.run import evaluate as run

    one_of(language, ("en", "id"), "--lang")
    with progress_bar() as show:
        evaluation = run(bundle, photos, out, by=by, language=language, progress=show)
    if as_json:
        print_json(evaluation.document)
        return
    score = evaluation.metrics.accuracy
    typer.echo(
        f"{percent(score.value)} right of {score.n} (95 % interval {percent(score.low)} to {percent(score.high)}); "
        f"macro F1 {evaluation.metrics.macro.f1:.3f}, calibration error {evaluation.metrics.ece:.3f}"
    )
    for line in doubt(evaluation.document):
        typer.echo(line)
    for name, one in evaluation.metrics.per_class.items():
        typer.echo(f"  {name:<24} precision {one.precision:.2f}  recall {one.recall:.2f}  F1 {one.f1:.2f}  of {one.support}")
    if evaluation.subgroups:
        typer.echo(f"by {by}, the worst first:")
    for group in evaluation.subgroups.rows if evaluation.subgroups else ():
        share = group.accuracy
        typer.echo(
            f"  {group.name or '(no match)':<24} {percent(share.value)} right of {share.n} "
            f"({percent(share.low)} to {percent(share.high)}){', small' if group.small else ''}"
        )
    for alarm in evaluation.alarms:
        typer.echo(f"! {alarm.what}")
    if out:
        typer.echo(f"\nReport: {out / 'index.html'}")
