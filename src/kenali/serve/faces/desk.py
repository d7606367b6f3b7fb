"""What a worker does with faces and people, each as one awaitable call; the gallery's own work happens in threads."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from kenali.faces.folder import largest
from kenali.faces.gallery.enrolling import Compared, Look, Outcome, Terms, chosen, looked_at, refused, repeated
from kenali.faces.gallery.keys import Seal
from kenali.faces.gallery.lifecycle import forget, remove, replace
from kenali.faces.gallery.places import open_gallery
from kenali.faces.gallery.receipts import Verdict, check_receipt
from kenali.faces.gallery.store import Gallery
from kenali.faces.gallery.values import Consent, EnrolledFace, Enrolment, Person, Pseudonym, tidy
from kenali.faces.identify import distance
from kenali.faces.reader import FaceReader, SeenFace
from kenali.faces.specs import read_specs
from kenali.serve.engine import Engine
from kenali.serve.faces.known import Known, Memory, Named
from kenali.serve.faces.looking import Looked, Looker
from kenali.serve.person_schemas import EnrolmentTerms, NewPerson
from kenali.serve.settings import FaceSettings

T = TypeVar("T")
NamedPhoto = tuple[str, bytes]

_THREADS = 4  # a change may wait its turn for seconds; those who look go on meanwhile


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What came of an enrolment: each photo's outcome, the person as enrolled now, None where nothing was, and a receipt.

    `ids` are the pseudonyms of the people whom photos were compared with.
    """

    outcomes: list[Outcome]
    ids: dict[str, str]
    person: Person | None = None
    receipt: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Considered:
    """Photos that were looked at before anything is enrolled."""

    terms: Terms
    ids: dict[str, str]
    outcomes: list[Outcome]
    faces: list[Enrolment]


class FaceDesk:
    """One a worker, of its event loop. `start` before use, `close` after.

    Methods raise KenaliError: UnknownPerson, UnknownFace, NameTaken, DatabaseRefused and what the gallery says besides; those
    that take photos raise Busy too.
    """

    def __init__(self, settings: FaceSettings, engine: Engine) -> None:
        self.settings = settings
        self._engine = engine
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="kenali-gallery")
        self._gallery: Gallery | None = None

    async def start(self) -> None:
        """Open the networks and the gallery. Raises KenaliError, MissingExtra where one cannot be had."""
        read = await self._gallery_thread(self._open)
        self.look = Looker(read, self._engine)
        await self._memory.start()

    async def close(self) -> None:
        if self._gallery is not None:
            await self._memory.close()
            self._gallery.close()
        await asyncio.to_thread(self._threads.shutdown)

    async def identify(self, photos: Sequence[NamedPhoto]) -> tuple[list[tuple[Looked, list[Named]]], Known]:
        """Each photo's faces and whose they are, by the gallery as it is after the faces were found."""
        looked = await self.look(photos)
        known = await self._memory.known()
        named = await self._network_thread(lambda: [(one, known.named(one.faces)) for one in looked])
        return named, known

    async def compare(self, one: SeenFace, other: SeenFace | str) -> tuple[float | None, Known]:
        """The distance of a face from another one, or from the person with a pseudonym: None where nobody has it."""
        known = await self._memory.known()
        gap = known.distance(one, other) if isinstance(other, str) else distance(one.embedding, other.embedding)
        return gap, known

    async def known(self) -> Known:
        return await self._memory.known()

    async def people(self) -> list[Person]:
        """Everybody, by name."""
        return await self._memory.listed()

    async def person(self, person: str) -> tuple[Person, list[EnrolledFace]]:
        """A person by pseudonym, and all that is enrolled."""
        return await self._gallery_thread(lambda: (self._open_gallery.person(Pseudonym(person)), self._faces(person)))

    async def enrol(self, new: NewPerson, photos: Sequence[NamedPhoto], actor: str) -> Enrolled:
        """Enrol somebody new, if one photo at least can be."""

        def enrolled(terms: Terms, faces: list[Enrolment]) -> Person:
            gallery = self._open_gallery
            done = gallery.enrol(
                new.name, faces, terms.consent, group=terms.group, expires=terms.expires, new=True, actor=actor
            )
            return gallery.person(Pseudonym(done.person))

        considered = await self._consider(tidy(new.name, "a name"), photos, new, actor)
        if not considered.faces:
            return Enrolled(considered.outcomes, considered.ids)
        person = await self._gallery_thread(partial(enrolled, considered.terms, considered.faces))
        return Enrolled(considered.outcomes, considered.ids, person)

    async def add(self, person: str, photos: Sequence[NamedPhoto], wished: EnrolmentTerms, actor: str) -> Enrolled:
        """Enrol more photos of a person."""
        who = Pseudonym(person)

        def enrolled(terms: Terms, faces: list[Enrolment]) -> Person:
            if faces:
                self._open_gallery.enrol(who, faces, terms.consent, expires=terms.expires, actor=actor)
            return self._open_gallery.person(who)

        considered = await self._consider(await self._name(who), photos, wished, actor, who)
        enrolling = partial(enrolled, considered.terms, considered.faces)
        return Enrolled(considered.outcomes, considered.ids, await self._gallery_thread(enrolling))

    async def replace(self, person: str, photos: Sequence[NamedPhoto], wished: EnrolmentTerms, actor: str) -> Enrolled:
        """Enrol these photos of a person in the place of all others, in one change; nothing is changed if one is refused."""
        who = Pseudonym(person)

        def replaced(terms: Terms, faces: list[Enrolment]) -> tuple[Person, dict[str, Any]]:
            gallery = self._open_gallery
            receipt = replace(gallery, who, faces, terms.consent, expires=terms.expires, actor=actor)
            return gallery.person(who), receipt.signed(gallery.key)

        considered = await self._consider(await self._name(who), photos, wished, actor)
        if any(outcome.fate == "refused" for outcome in considered.outcomes):
            return Enrolled(considered.outcomes, considered.ids)
        replacing = partial(replaced, considered.terms, considered.faces)
        return Enrolled(considered.outcomes, considered.ids, *await self._gallery_thread(replacing))

    async def change(self, person: str, **changes: Any) -> Person:
        """Another name, group or last day, as `Gallery.change` takes them; the person as it is then."""
        who = Pseudonym(person)

        def changed() -> Person:
            self._open_gallery.change(who, **changes)
            return self._open_gallery.person(who)

        return await self._gallery_thread(changed)

    async def forget(self, person: str, actor: str, face: str | None = None) -> dict[str, Any]:
        """Erase a person, or one face of that person; the receipt's document."""
        who = Pseudonym(person)

        def forgotten() -> dict[str, Any]:
            gallery = self._open_gallery
            receipt = forget(gallery, who, actor=actor) if face is None else remove(gallery, who, [face], actor=actor)
            return receipt.signed(gallery.key)

        return await self._gallery_thread(forgotten)

    async def check(self, receipt: Any) -> Verdict:
        return await self._gallery_thread(lambda: check_receipt(self._open_gallery, receipt))

    @property
    def pages(self) -> Seal:
        """Seals where a page of the list ended."""
        return self._open_gallery.key.pages

    @property
    def embedder(self) -> str:
        """The SHA-256 of the network that all vectors are of."""
        return self._sha256

    @property
    def _open_gallery(self) -> Gallery:
        assert self._gallery is not None, "start comes first"
        return self._gallery

    def _faces(self, person: str) -> list[EnrolledFace]:
        return self._open_gallery.faces(Pseudonym(person))

    def _open(self) -> FaceReader:
        specs = read_specs(self.settings.networks)
        read, own = FaceReader(specs), specs.embedder.file is None
        self._sha256 = read.embedder.sha256
        self._gallery = open_gallery(self.settings.gallery, self.settings.key, self._sha256)
        self._memory = Memory(self._gallery, self.settings.matcher, self._sha256, own, self._threads)
        return read

    async def _name(self, who: Pseudonym) -> str:
        return (await self._gallery_thread(lambda: self._open_gallery.person(who))).name

    async def _consider(
        self, name: str, photos: Sequence[NamedPhoto], wished: EnrolmentTerms, actor: str, who: Pseudonym | None = None
    ) -> _Considered:
        """What would become of photos of the person called `name`; those that are enrolled for `who` already are told."""
        consent = Consent(wished.consent, wished.consent_date, wished.consent_by)
        looked = await self.look(photos)
        known = await self._memory.known()
        terms = Terms(
            consent,
            group=wished.group if isinstance(wished, NewPerson) else "",
            expires=wished.expires,
            largest=wished.largest,
            accept_flaws=wished.accept_flaws,
            alike=None if wished.force or known.limits is None else known.limits.identify,
            actor=actor,
        )
        files = [data for _, data in photos]
        looks = await self._gallery_thread(
            lambda: [self._look(name, *photo, terms, who) for photo in zip(looked, files, strict=True)]
        )
        compared = Compared(known.vectors)
        ids = dict(zip(known.vectors.names, known.vectors.ids, strict=True))
        return _Considered(terms, ids, *await self._network_thread(lambda: chosen(name, looks, compared, terms)))

    def _look(self, name: str, looked: Looked, data: bytes, terms: Terms, who: Pseudonym | None) -> Look:
        if looked.error is not None:
            return refused(looked.photo, name, looked.error.reason, looked.error.detail)
        sha256 = hashlib.sha256(data).hexdigest()
        if who is not None and self._open_gallery.has_photo(who, sha256):
            return repeated(looked.photo, name)
        return looked_at(looked.photo, name, looked.faces, sha256, None, terms)

    async def _gallery_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _network_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._engine.threads, work)


def only_face(looked: Looked) -> SeenFace | None:
    """The face that counts where a photo is of one person: the largest."""
    return largest(looked.faces) if looked.faces else None
