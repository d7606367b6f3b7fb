"""`kenali faces threshold` and `evaluate`: how near is near enough, and how well a gallery recognises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kenali.cli.console import Json, Language, one_of, percent, print_json, progress_bar, share_of, tells_errors
from kenali.cli.faces.identify import MatcherOption, ThresholdOption
from kenali.cli.faces.options import GalleryPlace, KeyFile, Networks, actor, gallery_if_any, opened

if TYPE_CHECKING:
    from kenali.evaluation.face_recognition import TrueAcceptance
    from kenali.faces.thresholds import Operating, Rate

Report = Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write a page, HTML, with plots and figures.")]
Groups = Annotated[
    Path | None, typer.Option("--groups", metavar="CSV", help="Groups of people: a CSV with a column person and others.")
]
By = Annotated[str, typer.Option("--by", metavar="COLUMN", help="The column of the CSV that holds the group.")]


@tells_errors
def threshold(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="More people to compare, a folder each; they are not enrolled.")
    ] = None,
    far: Annotated[str, typer.Option(metavar="RATE", help="The share of comparisons of different people to accept.")] = "1%",
    strangers: Annotated[
        str | None, typer.Option(metavar="RATE", help="Instead: the share of strangers that the whole gallery may name.")
    ] = None,
    gallery: GalleryPlace = None,
    key: KeyFile = None,
    groups: Groups = None,
    by: By = "group",
    out: Report = None,
    language: Language = "en",
    keep: Annotated[bool, typer.Option("--keep/--try", help="Keep the threshold in the gallery, or only tell it.")] = True,
    networks: Networks = None,
    as_json: Json = False,
) -> None:
    """Fit the threshold to your own people: for a wished rate of false acceptances, with intervals.

    Refuses a rate that the photos cannot support, and says what it would take.
    """
    from datetime import UTC, datetime

    from kenali.errors import KenaliError
    from kenali.evaluation.face_page import write_threshold_page
    from kenali.evaluation.face_thresholds import far_for_strangers, fit_threshold
    from kenali.faces.folder import labelled_faces
    from kenali.faces.groups import read_groups, together, with_groups
    from kenali.faces.reader import FaceReader
    from kenali.faces.specs import read_specs

    one_of(language, ("en", "id"), "--lang")
    wished, named = share_of(far, "--far") or 0.0, share_of(strangers, "--strangers")
    read = FaceReader(read_specs(networks))
    own = read_groups(groups, by) if groups else None
    with gallery_if_any(gallery, key, read.embedder.sha256) as held:
        if held is None and folder is None:
            raise KenaliError("there is no gallery yet: run  kenali faces enroll  first, or name a labelled folder")
        enrolled = held.vectors() if held else None
        with progress_bar() as show:
            more = labelled_faces(folder, read, progress=show).vectors if folder else None
        vectors = together([one for one in (enrolled, more) if one is not None and len(one)])
        if own is not None:
            vectors = with_groups(vectors, own)
        if named is not None:
            wished = far_for_strangers(named, len(set((vectors if enrolled is None else enrolled).persons.tolist())))
        fitted = fit_threshold(vectors, wished, read.embedder.sha256, datetime.now(UTC).date())
        if keep and held is not None:
            held.set_threshold(fitted.record.as_json(), actor=actor())
    if out:
        write_threshold_page(out, fitted, language)
    kept = keep and held is not None
    if as_json:
        print_json(fitted.as_json() | {"kept": kept})
        return
    record = fitted.record
    typer.echo(
        f"From {record.photos:,} photos of {record.persons:,} people, for a false acceptance rate of {100 * wished:g} %:"
    )
    for what, one in (("identify", record.identify), ("verify", record.verify)):
        _tell_operating(what, one)
    typer.echo(f"  strangers who would get a name in a gallery of these people: {_rate(record.strangers)}")
    for group in fitted.groups:
        typer.echo(f"  {group.name:<16}{group.persons} people: FAR {_rate(group.far)}, FRR {_rate(group.frr)}")
    typer.echo("Kept in the gallery." if kept else "Not kept: there is no gallery, or --try was given.")
    if out:
        typer.echo(f"Report: {out}")


@tells_errors
def evaluate(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Photos with a folder a person; strangers have any other name.")
    ],
    gallery: GalleryPlace = None,
    key: KeyFile = None,
    matcher: MatcherOption = "nearest",
    threshold: ThresholdOption = None,
    networks: Networks = None,
    as_json: Json = False,
) -> None:
    """Judge a gallery by labelled photos that are not in it.

    A folder named as an enrolled person holds that person's photos; people with other names are strangers, who should be
    unknown.
    """
    from kenali.evaluation.face_recognition import recognition
    from kenali.faces.folder import labelled_faces
    from kenali.faces.matching import checked_matcher
    from kenali.faces.reader import FaceReader
    from kenali.faces.specs import read_specs
    from kenali.faces.thresholds import thresholds_for

    checked_matcher(matcher)
    specs = read_specs(networks)
    read = FaceReader(specs)
    with opened(gallery, key, read.embedder.sha256) as held:
        limits = thresholds_for(held.threshold(), read.embedder.sha256, specs.embedder.file is None, threshold)
        vectors = held.vectors()
    with progress_bar() as show:
        probes = labelled_faces(folder, read, progress=show)
    found = recognition(vectors, probes, matcher, limits.identify, limits.fitted)
    if as_json:
        print_json(found.as_json())
        return
    if found.rank1.n:
        typer.echo(f"{'Nearest is right:':<22}{_share(found.rank1)}")
        typer.echo(f"{'Named rightly:':<22}{_share(found.named)}; wrongly {_share(found.misnamed)}")
    if found.unknown_rejected:
        typer.echo(f"{'Strangers unknown:':<22}{_share(found.unknown_rejected)}")
    if found.left_out_rejected:
        typer.echo(f"{'Left out, unknown:':<22}{_share(found.left_out_rejected)}")
    for what, rates in (("people", found.identification), ("photos", found.verification)):
        for one in rates:
            typer.echo(f"{f'Against {what}:':<22}{_tpr(one)}")
    typer.echo(f"{'Threshold:':<22}{found.threshold:.3f}{'' if found.fitted else ' (not fitted to this gallery)'}")
    for path, name, distance in found.wrong:
        typer.echo(f"! {path} was named {name} (distance {distance:.3f})")
    for path, why in found.skipped:
        typer.echo(f"kenali: {path}: {why}", err=True)
    if found.enrolled_themselves:
        typer.echo(f"{len(found.enrolled_themselves)} photos are enrolled themselves and do not count.", err=True)


def _tell_operating(what: str, one: Operating) -> None:
    typer.echo(
        f"  {what:<10}up to {one.threshold:.3f}: FAR {_rate(one.far)}, FRR {_rate(one.frr)} "
        f"({one.impostor:,} comparisons of different people, {one.genuine:,} of the same)"
    )


def _rate(rate: Rate) -> str:
    return f"{100 * rate.value:.2f} % ({100 * rate.low:.2f} to {100 * rate.high:.2f})"


def _share(share: Any) -> str:
    return f"{percent(share.value)} of {share.n} ({percent(share.low)} to {percent(share.high)})"


def _tpr(one: TrueAcceptance) -> str:
    doubt = "" if one.supported else "; too few comparisons for that rate"
    return f"{_share(one.tpr)} accepted where {100 * one.far:g} % of {one.impostor:,} false ones are{doubt}"
