"""`kenali serve`: bundles behind HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kenali.cli.console import Json, print_json, tells_errors

if TYPE_CHECKING:
    from kenali.serve.settings import BundleSpec, Split
    from kenali.serve.supervisor import Serving

_MIB = 1024 * 1024


@tells_errors
def serve(
    bundles: Annotated[
        list[str], typer.Argument(metavar="[NAME=]BUNDLE...", help="Bundles, each under its folder's name or another.")
    ],
    host: Annotated[
        str, typer.Option(help="Address to serve at; other than this machine's own, keys are needed.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 8000,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Processes; default one for every four cores.")] = None,
    spare: Annotated[bool, typer.Option("--spare/--no-spare", help="Keep one more process ready in case one dies.")] = True,
    split: Annotated[
        list[str] | None, typer.Option(metavar="NAME=a:80,b:20", help="A name behind which models share the requests.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for keys, uploaded bundles and the audit log.")
    ] = None,
    keep: Annotated[Path | None, typer.Option(metavar="DIR", help="Store photos there whose senders consent.")] = None,
    rate: Annotated[float | None, typer.Option(min=0.001, help="Requests a second that each key may make.")] = None,
    queue: Annotated[int, typer.Option(min=1, help="Photos that a worker takes on at a time; more are turned away.")] = 64,
    max_photo_mb: Annotated[int, typer.Option(min=1, help="Megabytes that a photo may have.")] = 32,
    cert: Annotated[Path | None, typer.Option(metavar="PEM", help="Certificate for TLS.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="PEM", help="Its private key.")] = None,
    host_name: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name to answer to beside its own, such as a proxy's.")
    ] = None,
    origin: Annotated[
        list[str] | None, typer.Option(metavar="URL", help="Another site whose pages may ask, such as https://shop.example.")
    ] = None,
    audit: Annotated[bool, typer.Option("--audit/--no-audit", help="Write a line a request, without photos.")] = True,
    as_json: Json = False,
) -> None:
    """Serve bundles over HTTP until Ctrl-C or SIGTERM: predictions, pages, reports, metrics.

    Requests at hand are answered before it ends. With --json the address is printed as a document once it answers.
    """
    if (cert is None) != (key is None):
        raise typer.BadParameter("a certificate needs its key, and the other way round", param_hint="--cert, --key")
    from kenali.errors import MissingExtra

    try:
        import fastapi  # noqa: F401 - the workers need it
        import httptools  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtra("serving", "serve", error) from None
    from kenali.serve.security.binding import check
    from kenali.serve.settings import Settings, default_workers, state_folder
    from kenali.serve.supervisor import run

    settings = Settings(
        bundles=tuple(_bundle(text) for text in bundles),
        splits=tuple(_split(text) for text in split or ()),
        host=host,
        port=port,
        workers=workers or default_workers(),
        spare=spare,
        state=state or state_folder(),
        keep=keep,
        rate=rate,
        queue=queue,
        max_photo_bytes=max_photo_mb * _MIB,
        max_request_bytes=max(128, max_photo_mb) * _MIB,
        tls=(cert, key) if cert and key else None,
        host_names=tuple(host_name or ()),
        origins=tuple(origin or ()),
        audit=audit,
    )
    for advice in check(settings):
        typer.echo(f"kenali: {advice}", err=True)

    def ready(serving: Serving) -> None:
        names = [spec.name for spec in settings.bundles] + [split.name for split in settings.splits]
        if as_json:
            print_json({"url": serving.url, "pid": serving.pid, "workers": serving.workers, "models": names})
        else:
            typer.echo(f"Serving {', '.join(names)} at {serving.url}; Ctrl-C ends it.")

    run(settings, ready, lambda sentence: typer.echo(f"kenali: {sentence}", err=True))


def _bundle(text: str) -> BundleSpec:
    """`NAME=BUNDLE`, or a bundle that is called as its folder or ZIP."""
    from kenali.serve.settings import BundleSpec

    name, sign, path = text.partition("=")
    if not sign or "/" in name or "\\" in name:
        bundle = Path(text)
        return BundleSpec(bundle.resolve().stem if bundle.suffix.lower() == ".zip" else bundle.resolve().name, bundle)
    return BundleSpec(name, Path(path))


def _split(text: str) -> Split:
    """`NAME=a:80,b:20`: shares of any sum."""
    from kenali.serve.settings import Split

    name, _, parts = text.partition("=")
    try:
        shares = {model: float(share) for model, _, share in (part.partition(":") for part in parts.split(","))}
        total = sum(shares.values())
        return Split(name, tuple((model, share / total) for model, share in shares.items()))
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(f"expected NAME=a:80,b:20, got {text!r}", param_hint="--split") from None
