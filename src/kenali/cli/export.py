"""`kenali export`: a bundle for TensorFlow.js, the web or any ONNX runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kenali.cli.console import Json, one_of, percent, print_json, progress_bar, tells_errors

_TARGETS = ("tfjs", "web", "onnx")
_PRECISIONS = ("float32", "float16", "int8")


@tells_errors
def export(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder or ZIP of the bundle.")],
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Folder to write: new, empty or an export.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="TARGET", help="tfjs, web or onnx.")] = None,
    precision: Annotated[
        str | None, typer.Option(help="Of the weights: float32, float16 (tfjs, web) or int8 (web, onnx).")
    ] = None,
    int8: Annotated[bool, typer.Option("--int8", help="The same as --precision int8.")] = False,
    opset: Annotated[int | None, typer.Option(help="ONNX's operator set, for --to onnx.")] = None,
    photos: Annotated[
        Path | None,
        typer.Option(metavar="PHOTOS", help="The photos it was trained with, to measure what lower precision costs."),
    ] = None,
    certificate: Annotated[
        bool, typer.Option("--certificate/--no-certificate", help="Replay the golden photos in the exported network.")
    ] = True,
    verify: Annotated[
        bool, typer.Option("--verify", help="Replay the golden photos in the export at DIR again, and write nothing.")
    ] = False,
    backend: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only with --verify: wasm, wasm-1, cpu, webgl or webgpu.")
    ] = None,
    language: Annotated[str, typer.Option("--lang", help="Language of the certificate: en or id.")] = "en",
    as_json: Json = False,
) -> None:
    """Write a bundle for another runtime, with proof that it is the same model.

    kenali export BUNDLE --to web DIR writes a page that any web server can host; kenali export --verify DIR [BUNDLE] repeats
    the proof.
    """
    one_of(language, ("en", "id"), "--lang")
    if verify:
        _verify(bundle, folder, tuple(backend or ()), as_json)
        return
    if to is None:
        raise typer.BadParameter(f"say what for: one of {', '.join(_TARGETS)}", param_hint="--to")
    if folder is None:
        raise typer.BadParameter("name the folder to write", param_hint="DIR")
    if int8 and precision not in (None, "int8"):
        raise typer.BadParameter("it contradicts --int8", param_hint="--precision")
    wanted = "int8" if int8 else precision
    chosen = None if wanted is None else one_of(wanted, _PRECISIONS, "--precision")

    from kenali.export.run import export as run

    with progress_bar() as show:
        done = run(
            bundle,
            one_of(to, _TARGETS, "--to"),
            folder,
            precision=chosen,
            opset=opset,
            photos=photos,
            certificate=certificate,
            language=language,
            progress=show,
        )
    if as_json:
        print_json(done.document)
        return
    typer.echo(f"{done.folder}: {len(done.files)} files, {done.bytes / 1e6:.1f} MB, {done.precision} weights")
    if cost := done.rounding:
        typer.echo(
            f"Rounding: {percent(cost.top1_agreement)} of {cost.n} photos keep their class, "
            f"probabilities move by {cost.mean_abs_diff:.4f} on average and {cost.max_abs_diff:.4f} at most"
        )
        if cost.accuracy is not None and cost.accuracy_before is not None:
            typer.echo(
                f"  of {cost.labelled} labelled photos {percent(cost.accuracy)} right, {percent(cost.accuracy_before)} before"
            )
    _say(done.parity)


def _verify(first: Path, second: Path | None, backends: tuple[str, ...], as_json: bool) -> None:
    """The export is the path that holds a certificate; the other, if there is one, its bundle."""
    from kenali.export.parity import verify

    export, bundle = (second, first) if second and not (first / "parity.json").is_file() else (first, second)
    with progress_bar() as show:
        document = verify(export, bundle, backends, show).document()
    if as_json:
        print_json(document)
    else:
        _say(document)


def _say(parity: dict[str, Any] | None) -> None:
    if parity and parity.get("passed"):
        typer.echo(
            f"The same model: {parity['runtime']} differs by at most {parity['max_abs_diff']:.2g} in any probability, "
            f"{percent(parity['top1_agreement'])} of the classes agree"
        )
    elif parity:
        typer.echo(f"Not proven: {parity.get('unproven') or 'no browser was found'}")
