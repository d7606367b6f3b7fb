"""`kenali serve`: bundles behind HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kenali.cli.console import Json, On, print_json, tells_errors

if TYPE_CHECKING:
    from kenali.serve.settings import BundleSpec, FaceSettings, Split, StreamView
    from kenali.serve.supervisor import Serving

_MIB = 1024 * 1024


@tells_errors
def serve(
    bundles: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=]BUNDLE...",
            help="Bundles, each under its folder's name or another; none are needed with --faces or --stream.",
        ),
    ] = None,
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
    stream: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Show what cameras see: where a  kenali stream hub  publishes.")
    ] = None,
    stream_votes: Annotated[
        int, typer.Option(min=1, max=1000, help="Frames that vote on what something is; 1 takes each as it is.")
    ] = 15,
    stream_names: Annotated[
        bool, typer.Option("--stream-names", help="Show names of people to all who may look, not only to who may identify.")
    ] = False,
    stream_curve: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The link to the hub is encrypted, with the keys in this folder.")
    ] = None,
    stream_insecure: Annotated[
        bool, typer.Option("--stream-insecure", help="Allow an unencrypted link to a hub elsewhere.")
    ] = False,
    faces: Annotated[
        str | None,
        typer.Option(
            metavar="GALLERY", help="Recognise its people: a database's URL or file, or `default` as kenali faces has it."
        ),
    ] = None,
    faces_key: Annotated[Path | None, typer.Option(metavar="FILE", help="The gallery's key, as for kenali faces.")] = None,
    faces_networks: Annotated[
        Path | None, typer.Option(metavar="TOML", help="Networks for faces, as for kenali faces.")
    ] = None,
    faces_matcher: Annotated[str, typer.Option(metavar="NAME", help="nearest, knn or svm.")] = "nearest",
    on: On = None,
    replicas: Annotated[
        str | None,
        typer.Option(metavar="MIN:MAX", help="With --on: replicas, more as they are busy; default 1 to the cluster's cores."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve bundles over HTTP until Ctrl-C or SIGTERM: predictions, pages, reports, metrics.

    Requests at hand are answered before it ends. With --json the address is printed as a document once it answers.
    """
    if (cert is None) != (key is None):
        raise typer.BadParameter("a certificate needs its key, and the other way round", param_hint="--cert, --key")
    if not bundles and faces is None and stream is None:
        raise typer.BadParameter("give a bundle, a gallery with --faces, or a hub with --stream", param_hint="BUNDLE")
    if on is None and replicas is not None:
        raise typer.BadParameter("replicas are of a cluster: give --on ray too, or --workers", param_hint="--replicas")
    if on is not None and workers is not None:
        raise typer.BadParameter("on a cluster there are replicas of one core each: give --replicas", param_hint="--workers")
    from kenali.errors import MissingExtra

    try:
        import fastapi  # noqa: F401 - the workers need it
        import httptools  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtra("serving", "serve", error) from None
    if on is not None:
        from kenali.scale import serve as scale

        scale.require_possible(tls=cert is not None, stream=stream is not None, faces=faces is not None)
    from kenali.serve.security.binding import check
    from kenali.serve.settings import Settings, default_workers, state_folder
    from kenali.serve.supervisor import run

    settings = Settings(
        bundles=tuple(_bundle(text) for text in bundles or ()),
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
        stream=_stream(stream, stream_votes, stream_curve, stream_insecure, stream_names),
        faces=_faces(faces, faces_key, faces_networks, faces_matcher),
    )
    for advice in check(settings):
        typer.echo(f"kenali: {advice}", err=True)

    def ready(serving: Serving) -> None:
        names = [spec.name for spec in settings.bundles] + [split.name for split in settings.splits]
        served = {"models": names, "faces": settings.faces is not None, "streams": settings.stream is not None}
        if as_json:
            many = "workers" if on is None else "replicas"
            print_json({"url": serving.url, "pid": serving.pid, many: serving.workers, **served})
        else:
            more = [("faces", settings.faces), ("streams (/live)", settings.stream)]
            told = ", ".join([*names, *(name for name, there in more if there)])
            typer.echo(f"Serving {told} at {serving.url}; Ctrl-C ends it.")

    def warn(sentence: str) -> None:
        typer.echo(f"kenali: {sentence}", err=True)

    if on is None:
        run(settings, ready, warn)
    else:
        scale.run(on, settings, scale.parse_replicas(replicas) if replicas else scale.Replicas(), ready, warn)


def _stream(address: str | None, votes: int, curve: Path | None, insecure: bool, names: bool) -> StreamView | None:
    """The hub to watch; what is wrong with its address or keys is told before a worker starts."""
    if address is None:
        return None
    from kenali.cli.stream.options import needs_stream

    needs_stream()
    from kenali.serve.settings import StreamView
    from kenali.stream.results import ResultsSettings
    from kenali.stream.tracks import Tracker

    Tracker()  # says which extra is missing, if it is
    for advice in ResultsSettings(address, curve, insecure).check():
        typer.echo(f"kenali: {advice}", err=True)
    return StreamView(address, curve, insecure, votes, names=names)


def _faces(gallery: str | None, key: Path | None, networks: Path | None, matcher: str) -> FaceSettings | None:
    """The gallery to serve, opened once: what is wrong with it is told before a worker starts, and its key is made."""
    if gallery is None:
        return None
    from kenali.cli.faces.options import opened
    from kenali.errors import KenaliError, MissingExtra
    from kenali.faces.matching import checked_matcher
    from kenali.faces.specs import read_specs
    from kenali.files import sha256_of
    from kenali.serve.settings import FaceSettings

    specs = read_specs(networks)
    settings = FaceSettings(None if gallery == "default" else gallery, key, networks, checked_matcher(matcher))
    try:
        with opened(settings.gallery, key, sha256_of(specs.embedder_graph)):
            return settings
    except MissingExtra:
        raise
    except KenaliError as error:
        told = str(error)
        for option, here in (("--key-file", "--faces-key"), ("--networks", "--faces-networks"), ("--gallery", "--faces")):
            told = told.replace(option, here)
        raise KenaliError(told) from None


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
