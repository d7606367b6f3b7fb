"""`kenali faces list`, `show`, `change`, `forget`, `expire` and `receipt`: the people in a gallery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kenali.cli.console import Json, print_json, tells_errors
from kenali.cli.faces.options import GalleryPlace, KeyFile, actor, day, opened

if TYPE_CHECKING:
    from kenali.faces.gallery.receipts import Receipt
    from kenali.faces.gallery.store import Gallery
    from kenali.faces.gallery.values import Person

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose; the case of the letters does not matter.")]
ReceiptFile = Annotated[
    Path | None, typer.Option("--receipt", metavar="FILE", help="Where to write the receipt. Default: erasure-PSEUDONYM.json.")
]


@tells_errors
def list_people(gallery: GalleryPlace = None, key_file: KeyFile = None, as_json: Json = False) -> None:
    """Who is enrolled."""
    with opened(gallery, key_file) as people:
        persons = people.persons()
        place = people.database.shown
    if as_json:
        print_json({"gallery": place, "persons": [_record(person) for person in persons]})
        return
    for person in persons:
        until = f", until {person.expires}" if person.expires else ""
        typer.echo(f"{person.name}: {person.faces} face{'' if person.faces == 1 else 's'}{until}")
    typer.echo(f"{len(persons)} people in {place}", err=True)


@tells_errors
def show(
    name: Name,
    photos: Annotated[
        Path | None, typer.Option("--photos", metavar="DIR", help="Write the photos that were kept there.")
    ] = None,
    gallery: GalleryPlace = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """What is known of a person: enrolments, consents, dates, and what was done."""
    with opened(gallery, key_file) as people:
        person, faces = people.person(name), people.faces(name)
        done = [row for row in people.audit() if row.person == person.id]
        written = _write_photos(people, name, photos) if photos else []
    document = _record(person) | {
        "enrolments": [
            {
                "id": face.id,
                "created": face.created.isoformat(),
                "expires": face.expires and face.expires.isoformat(),
                "consent": {
                    "reference": face.consent.reference,
                    "given": face.consent.given and face.consent.given.isoformat(),
                    "by": face.consent.by,
                },
                "flaws": list(face.quality.flaws) if face.quality else [],
                "photo_kept": face.kept,
            }
            for face in faces
        ],
        "audit": [
            {"time": row.time.isoformat(), "actor": row.actor, "action": row.action, "number": row.number} for row in done
        ],
        "photos": written,
    }
    if as_json:
        print_json(document)
        return
    typer.echo(f"{person.name} ({person.id}){f', group {person.group}' if person.group else ''}")
    for face in faces:
        flaws = f", {', '.join(face.quality.flaws)}" if face.quality and face.quality.flaws else ""
        kept = ", photo kept" if face.kept else ""
        until = f", until {face.expires}" if face.expires else ""
        typer.echo(f"  {face.id}: enrolled {face.created:%Y-%m-%d}{until}, consent {face.consent.reference}{flaws}{kept}")
    for row in done:
        typer.echo(f"  {row.time:%Y-%m-%d %H:%M} {row.action} {row.number} by {row.actor}")


@tells_errors
def change(
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", help="Another name.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Another group; empty for none.")] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DATE", help="Another last day for all enrolments.")
    ] = None,
    gallery: GalleryPlace = None,
    key_file: KeyFile = None,
) -> None:
    """Give a person another name or group, or keep the enrolments for another time."""
    until = day(expires, "--expires")
    if new_name is None and group is None and until is None:
        raise typer.BadParameter("say what to change: --name, --group or --expires", param_hint="--name")
    with opened(gallery, key_file) as people:
        people.change(name, new_name=new_name, group=group, expires=until, actor=actor())


@tells_errors
def forget(
    name: Name,
    enrolments: Annotated[
        list[str] | None, typer.Option("--enrolment", metavar="ID", help="Only this one, as `show` names it; may be repeated.")
    ] = None,
    receipt: ReceiptFile = None,
    gallery: GalleryPlace = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Erase a person: vectors, photos, search indexes, exports; a receipt says so and can be checked."""
    with opened(gallery, key_file) as people:
        from kenali.faces.gallery import lifecycle

        done = (
            lifecycle.remove(people, name, enrolments, actor=actor())
            if enrolments
            else lifecycle.forget(people, name, actor=actor())
        )
        _hand_over([done], people, receipt, as_json)


@tells_errors
def expire(
    today: Annotated[str | None, typer.Option("--today", metavar="DATE", help="As if it were that day.")] = None,
    receipt: Annotated[Path | None, typer.Option("--receipts", metavar="DIR", help="Where to write the receipts.")] = None,
    gallery: GalleryPlace = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Erase everything that is past its date, with a receipt a person."""
    with opened(gallery, key_file) as people:
        from kenali.faces.gallery import lifecycle

        done = lifecycle.expire(people, day(today, "--today"), actor=actor())
        _hand_over(done, people, receipt, as_json)


@tells_errors
def receipt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A receipt of `forget` or `expire`.")],
    gallery: GalleryPlace = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Check a receipt: that it is this gallery's own and unaltered, and that nothing of the person is left."""
    from kenali.errors import KenaliError

    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        raise KenaliError(f"{file} is no receipt: it is no JSON") from None
    with opened(gallery, key_file) as people:
        from kenali.faces.gallery.receipts import check_receipt

        verdict = check_receipt(people, document)
    if as_json:
        print_json({"holds": verdict.holds, "signed": verdict.signed, "ours": verdict.ours, "remains": verdict.remains})
    if not verdict.signed:
        raise KenaliError(f"{file} was altered: its signature does not fit")
    if not verdict.ours:
        raise KenaliError(f"{file} is of another gallery or another key")
    if verdict.remains:
        left = ", ".join(f"{what}: {count}" for what, count in verdict.remains.items())
        raise KenaliError(f"{file} does not hold: something is left ({left})")
    if not as_json:
        typer.echo(f"The receipt holds: nothing of {document['person']} is left.")


def _hand_over(receipts: list[Receipt], people: Gallery, place: Path | None, as_json: bool) -> None:
    """Write the receipts, each to a file of its own, and say what they say."""
    from kenali.files import write_atomically

    documents = []
    for done in receipts:
        document = done.signed(people.key)
        name = f"erasure-{done.person}{'' if done.whole else '-' + done.enrolments[0][:8]}.json"
        file = (place or Path()) / name if place is None or len(receipts) > 1 or place.suffix != ".json" else place
        write_atomically(file, json.dumps(document, indent=1) + "\n")
        documents.append({"file": str(file), "receipt": document})
        if not as_json:
            number = len(done.enrolments)
            whom = "The person was" if done.whole else f"{number} face{' was' if number == 1 else 's were'}"
            typer.echo(f"{whom} erased. Receipt: {file}")
        if done.file_rewritten is False:
            typer.echo(
                "Another program holds the gallery: once it ended, run  kenali faces expire  to empty its log.", err=True
            )
        if done.exports_missing:
            typer.echo(
                f"{done.exports_missing} exports are not where they were written, or cannot be opened: see to them yourself.",
                err=True,
            )
    if as_json:
        print_json({"erased": documents})
    elif not receipts:
        typer.echo("Nothing is past its date.")


def _record(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "group": person.group,
        "created": person.created.isoformat(),
        "faces": person.faces,
        "expires": person.expires and person.expires.isoformat(),
    }


def _write_photos(people: Gallery, name: str, folder: Path) -> list[str]:
    from kenali.files import write_atomically

    written = []
    for face in people.faces(name):
        data = people.photo(name, face.id)
        if data is not None:
            write_atomically(folder / face.id, data, private=True)
            written.append(str(folder / face.id))
    return written
