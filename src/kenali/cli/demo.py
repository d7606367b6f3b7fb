"""`kenali demo`: the main job on pictures that a package ships, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import Language, one_of, percent, progress_bar, tells_errors


@tells_errors
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for photos and bundle.")] = Path(
        "kenali-demo"
    ),
    language: Language = "en",
) -> None:
    """Show the whole way on built-in pictures.

    Patches of brick, grass and gravel become photos, a bundle, a report and predictions, offline.
    """
    from kenali.demo import write_demo_photos
    from kenali.inputs import photo_inputs
    from kenali.predict import Classifier
    from kenali.training.recipe import load_recipe
    from kenali.training.run import train

    one_of(language, ("en", "id"), "--lang")
    photos, bundle = out / "photos", out / "bundle"
    counts = write_demo_photos(photos)
    typer.echo(f"1. Photos in {photos}: " + ", ".join(f"{n} of {name}" for name, n in counts.items()))
    with progress_bar() as show:
        result = train(photos, bundle, recipe=load_recipe(budget=0), language=language, progress=show)
    metrics = result.metrics
    if metrics:
        score = metrics.accuracy
        typer.echo(
            f"2. Trained in {sum(result.document['seconds'].values()):.1f} s; on {score.n} patches from the other side of the "
            f"photographs {percent(score.value)} are right (95 % interval {percent(score.low)} to {percent(score.high)})"
        )
    typer.echo("3. Predictions:")
    classifier = Classifier.load(bundle)
    for name in counts:
        photo = sorted((photos / "test" / name).iterdir())[0]
        for outcome in classifier.outcomes(photo_inputs([str(photo)])):
            if outcome.probs is not None:
                best = int(outcome.probs.argmax())
                typer.echo(f"   {photo}: {classifier.class_names[best]} {percent(float(outcome.probs[best]))}")
    typer.echo(
        f"\nOpen the report:     {bundle / 'report' / 'index.html'}\n"
        f"Name another photo:  kenali predict {bundle} PHOTO.jpg\n"
        f"Use your own photos: kenali train PHOTOS -o my-bundle   (a first model in seconds, a better one in minutes)"
    )
