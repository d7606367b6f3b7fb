"""`kenali predict`: names for photos."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kenali.cli.console import Json, On, one_of, percent, print_json, progress_bar, share_of, tells_errors

if TYPE_CHECKING:
    from kenali.inputs import PhotoInput
    from kenali.predict import Classifier, Outcome

_SHOWN = 3


@tells_errors
def predict(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder or ZIP of the bundle.")],
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Photos, folders, patterns, ZIPs; - reads paths from stdin.")
    ],
    as_json: Json = False,
    reject: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Call this share of such photos unknown instead of the bundle's own; 0: none."),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of text.")] = False,
    explain: Annotated[
        Path | None, typer.Option("--explain", metavar="DIR", help="Write heat maps of where the model looks to a new folder.")
    ] = None,
    explain_class: Annotated[
        str | None, typer.Option(metavar="CLASS", help="Explain this class instead of each photo's likeliest.")
    ] = None,
    language: Annotated[str, typer.Option("--lang", help="Language of the heat maps' page: en or id.")] = "en",
    out: Annotated[
        str | None,
        typer.Option(
            "-o", "--out", metavar="OUT.parquet", help="Write to this folder of Parquet; goes on where it was stopped."
        ),
    ] = None,
    on: On = None,
    shard: Annotated[int | None, typer.Option(metavar="PHOTOS", help="Photos of a part of OUT.parquet; 250 as a rule.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Begin OUT.parquet anew where it holds something else.")] = False,
) -> None:
    """Name photos with a bundle, or say that they are unknown.

    A file that cannot be read is reported, and the rest is still predicted.
    With -o, PATHs may also be TAR shards, Parquet files and addresses such as s3://bucket/photos.
    """
    if out is not None:
        if as_csv or explain:
            raise typer.BadParameter("it goes with neither --csv nor --explain", param_hint="-o")
        _in_bulk(bundle, paths, out, share_of(reject, "--reject"), shard, anew, on, as_json)
        return
    if on or shard or anew:
        raise typer.BadParameter("name the folder to write with -o OUT.parquet", param_hint="--on, --shard, --anew")
    from kenali.errors import KenaliError
    from kenali.inputs import photo_inputs
    from kenali.predict import Classifier

    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")
    if explain_class and not explain:
        raise typer.BadParameter("it says which class --explain DIR explains", param_hint="--explain-class")
    one_of(language, ("en", "id"), "--lang")
    classifier = Classifier.load(bundle, share_of(reject, "--reject"))
    writer = _json_writer if as_json else _csv_writer if as_csv else _text_writer
    write, finish = writer(classifier.class_names)
    inputs = photo_inputs(paths, sys.stdin)
    named = failed = 0
    with closing(
        _explained(classifier, inputs, explain, explain_class, language) if explain else classifier.outcomes(inputs)
    ) as outcomes:
        for outcome in outcomes:
            write(outcome)
            if outcome.error is None:
                named += 1
            else:
                failed += 1
                if not as_json:
                    typer.echo(f"kenali: {outcome.path}: {outcome.error}", err=True)
    finish()
    if not named:
        raise KenaliError(f"none of the {failed} files is a photo that can be read" if failed else "no photo was found")
    if explain and writer is _text_writer:
        typer.echo(f"\nHeat maps: {explain / 'index.html'}")


def _in_bulk(
    bundle: Path, paths: list[str], out: str, reject: float | None, shard: int | None, anew: bool, on: str | None, as_json: bool
) -> None:
    """Predict into a folder of Parquet, here or on a cluster, and tell the counts."""
    from kenali.bulk.run import SHARD, predict_in_bulk

    runner = None
    if on is not None:
        from kenali.scale.predict import OnCluster

        runner = OnCluster(on)
    with progress_bar() as progress:
        done = predict_in_bulk(
            bundle,
            paths,
            out,
            reject=reject,
            shard=SHARD if shard is None else shard,
            anew=anew,
            listed=sys.stdin,
            runner=runner,
            ran=runner.ran if runner else None,
            progress=progress,
        )
    counts = {"photos": done.tally.photos} | asdict(done.tally) | {"shards": done.shards, "kept": done.kept, "out": done.out}
    if as_json:
        print_json(counts)
        return
    typer.echo(
        "{photos:,} photos: {predicted:,} predicted, {unknown:,} of them unknown; {quarantined:,} refused".format(**counts)
    )
    typer.echo(f"{done.shards:,} shards{f', {done.kept:,} of them done before' if done.kept else ''}: {done.out}")


def _explained(
    classifier: Classifier, inputs: Iterable[PhotoInput], folder: Path, class_name: str | None, language: str
) -> Generator[Outcome, None, None]:
    """The outcomes, while the heat maps gather in what becomes `folder` at the end; without a photo there is none."""
    from kenali.explain import Explainer, explanation_sheet, method_of, refuse_occupied, words_of
    from kenali.parallel import map_in_order

    refuse_occupied(folder)
    words = words_of(language)
    explainer = Explainer(classifier, class_name, (words["nothing"], words["most"]))
    with ExitStack() as opened:
        sheet = None
        for explained in map_in_order(explainer, inputs):
            outcome = explained.outcome
            if explained.png:
                sheet = sheet or opened.enter_context(explanation_sheet(folder, method_of(classifier.network), language))
                outcome = replace(outcome, explanation=str(folder / sheet.add(explained)))
            yield outcome


Writer = tuple[Callable[["Outcome"], None], Callable[[], None]]


def _text_writer(class_names: tuple[str, ...]) -> Writer:
    from kenali.doubt import UNKNOWN

    width = max(len(name) for name in (*class_names, UNKNOWN))

    def write(outcome: Outcome) -> None:
        if outcome.probs is not None:
            best = outcome.probs.argsort()[::-1][:_SHOWN].tolist()
            notes = [f"{class_names[j]} {percent(float(outcome.probs[j]))}" for j in best[0 if outcome.reason else 1 :]]
            if outcome.reason:
                notes[0] = f"{outcome.reason}; nearest: {notes[0]}"
            sure = "" if outcome.reason else percent(float(outcome.probs[best[0]]))
            more = f"  ({', '.join(notes)})" if notes else ""
            if len(outcome.candidates) > 1:
                more += f"  [{' or '.join(class_names[j] for j in outcome.candidates)}]"
            typer.echo(f"{outcome.label(class_names):<{width}} {sure:>8}  {outcome.path}{more}")

    return write, lambda: None


def _csv_writer(class_names: tuple[str, ...]) -> Writer:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["path", "label", "confidence", *(f"p:{name}" for name in class_names), "reason", "novelty", "set", "error"])

    def write(outcome: Outcome) -> None:
        if outcome.probs is None:
            table.writerow([outcome.path, "", "", *([""] * len(class_names)), "", "", "", outcome.error])
        else:
            best = int(outcome.probs.argmax())
            shares = [f"{share:.6g}" for share in outcome.probs]
            novelty = "" if outcome.novelty is None else f"{outcome.novelty:.6g}"
            inside = "|".join(class_names[j] for j in outcome.candidates)
            label = outcome.label(class_names)
            table.writerow([outcome.path, label, shares[best], *shares, outcome.reason or "", novelty, inside, ""])

    return write, lambda: None


def _json_writer(class_names: tuple[str, ...]) -> Writer:
    """One document, written as the outcomes come, so that memory stays flat."""
    separator = '{"predictions": ['

    def write(outcome: Outcome) -> None:
        nonlocal separator
        typer.echo(separator + "\n" + json.dumps(_record(outcome, class_names)), nl=False)
        separator = ","

    def finish() -> None:
        typer.echo(("" if separator == "," else separator) + "\n]}")

    return write, finish


def _record(outcome: Outcome, class_names: tuple[str, ...]) -> dict[str, Any]:
    if outcome.probs is None:
        return {"path": outcome.path, "error": outcome.error}
    probs = {name: round(float(share), 6) for name, share in zip(class_names, outcome.probs, strict=True)}
    record: dict[str, Any] = {
        "path": outcome.path,
        "label": outcome.label(class_names),
        "reason": outcome.reason,
        "probs": probs,
        "novelty": None if outcome.novelty is None else round(outcome.novelty, 6),
    }
    if outcome.candidates:
        record["set"] = [class_names[j] for j in outcome.candidates]
    if outcome.explanation:
        record["explanation"] = outcome.explanation
    return record
