"""`kenali train`: from photos to a bundle."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kenali.cli.console import (
    Epochs,
    GroupBy,
    Json,
    Language,
    On,
    Photos,
    doubt,
    one_of,
    percent,
    print_json,
    progress_bar,
    seconds_of,
    share_of,
    tells_errors,
)

if TYPE_CHECKING:
    from kenali.training.course import TrainResult
    from kenali.types import Contest


@tells_errors
def train(
    photos: Photos,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="BUNDLE", help="Folder of the bundle to write.")] = Path("bundle"),
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="Recipe (see kenali recipes); options here take precedence.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the split and the folds (default 0).")] = None,
    ratios: Annotated[str | None, typer.Option(metavar="T/V/T", help="Shares of train/val/test (default 80/0/20).")] = None,
    split: Annotated[Path | None, typer.Option(metavar="SPLIT.csv", help="Use this saved split.")] = None,
    group_by: GroupBy = None,
    backbone: Annotated[str | None, typer.Option(help="efficientnet_lite0 (default), _lite1 or _lite2.")] = None,
    golden: Annotated[int | None, typer.Option(help="Golden photos in the bundle (default 8; 0: drawn ones).")] = None,
    epochs: Epochs = None,
    learning_rate: Annotated[float | None, typer.Option(help="Learning rate, where the recipe trains a network.")] = None,
    network: Annotated[str | None, typer.Option(help="Network: a study's, or any name that timm or torchvision knows.")] = None,
    weights: Annotated[
        str | None, typer.Option(metavar="shipped|hub|none|FILE", help="Where the network's weights come from.")
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Time for fine-tuning after the fast path: 90s, 3m (default), 1h, 0: none."),
    ] = None,
    reject: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Share of such photos that may be called unknown (5%; 0: none ever).")
    ] = None,
    sets: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Also give sets of classes that hold the truth this often, e.g. 90%.")
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the epochs for TensorBoard, where the recipe trains a network.")
    ] = None,
    on: On = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="With --on: processes to train in (default: as many as fit).")
    ] = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Train a classifier and write its bundle.

    A report in it says how far to trust it.
    """
    from kenali.training.recipe import load_recipe

    one_of(language, ("en", "id"), "--lang")
    shares = _shares(ratios) if ratios else None
    options = {
        "seed": seed,
        "ratios": shares,
        "backbone": backbone,
        "golden": golden,
        "epochs": epochs,
        "learning_rate": learning_rate,
        "network": network,
        "weights": weights,
        "budget": seconds_of(budget, "--budget"),
        "reject": share_of(reject, "--reject"),
        "sets": share_of(sets, "--sets"),
    }
    chosen = load_recipe(recipe, **options)
    if workers is not None and on is None:
        raise typer.BadParameter("is for a cluster: give  --on ray  too", param_hint="--workers")
    with progress_bar() as show:
        result = _runner(on, workers)(
            photos,
            out,
            recipe=chosen,
            split_file=split,
            group_by=group_by,
            language=language,
            tensorboard=tensorboard,
            progress=show,
        )
    if as_json:
        print_json(result.document)
        return
    for name, metrics in (("Test photos", result.metrics), ("Cross-validation", result.cross_validation)):
        if metrics:
            score = metrics.accuracy
            typer.echo(
                f"{name + ':':<18}{percent(score.value)} right of {score.n} "
                f"(95 % interval {percent(score.low)} to {percent(score.high)})"
            )
    for line in doubt(result.document):
        typer.echo(line)
    if result.document["calibration"] is None:
        typer.echo("Confidence:       not calibrated, and nothing is called unknown: too few photos were held out for that")
    leakage = result.document["leakage"]
    if leakage and leakage["difference"]["low"] > 0:
        claimed, true = (percent(leakage[split]["value"]) for split in ("naive", "safe"))
        typer.echo(f"{'Leakage:':<18}a split that tears groups apart would have claimed {claimed} instead of {true}")
    if result.contest:
        typer.echo(_compared(result.contest))
    for alarm in result.alarms:
        typer.echo(f"! {alarm.what}")
    typer.echo(f"\nBundle: {result.bundle}\nReport: {result.bundle / 'report' / 'index.html'}")


def _runner(on: str | None, workers: int | None) -> Callable[..., TrainResult]:
    """What trains: this machine alone, or together with a cluster."""
    if on is None:
        from kenali.training.run import train

        return train
    from kenali.scale.train import train_on

    return partial(train_on, on, workers=workers)


def _compared(contest: Contest) -> str:
    """What became of fine-tuning, in one sentence."""
    if contest.gain is None:
        return {
            "nothing-to-gain": "Fine-tuning:      not needed, the fast path is all but perfect on held-out photos",
            "too-short": f"Fine-tuning:      the budget is too short; about {contest.needed_s:.0f} s would do",
            "too-few": "Fine-tuning:      too few photos to compare",
            "diverged": "Fine-tuning:      diverged, the fast path's model was kept",
        }[contest.outcome]
    value, low, high = (100 * share for share in contest.gain)
    verdict = "kept" if contest.outcome == "tuned" else "not kept"
    return f"{'Fine-tuning:':<18}{value:+.1f} points on held-out photos (95 % interval {low:+.1f} to {high:+.1f}), {verdict}"


def _shares(ratios: str) -> tuple[float, ...]:
    try:
        shares = tuple(float(share) for share in ratios.split("/"))
    except ValueError:
        shares = ()
    if len(shares) != 3:
        raise typer.BadParameter(f"expected three shares such as 80/0/20, got {ratios!r}", param_hint="--ratios")
    return shares
