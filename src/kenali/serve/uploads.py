"""What comes in the body of a request: photos (raw bytes, files of a form, base64 JSON), or a bundle.

Photos are held in memory and never exceed the caps there; a bundle goes to the disk as it comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from kenali.errors import PhotoError
from kenali.serve.bodies import announced_length
from kenali.serve.problems import ProblemError, all_refused, photo_problem
from kenali.serve.schemas import JsonPhotos
from kenali.serve.settings import Settings

NamedPhoto = tuple[str, bytes]

_RAW = (b"", b"application/octet-stream", b"application/x-www-form-urlencoded")  # the last is what curl says if not told

_AT_ONCE = 1024 * 1024  # bytes of a bundle written to the disk
_MARKS_A_PHOTO = 300  # commas, and opening brackets, of JSON: more than a photo with any name has
_MARKS_BESIDES = 1000  # more than whatever else a request says can have
_LONGEST_NAME = 255
_LONGEST_FIELD = 4 * 1024  # bytes of a field that is no file
_LONGEST_HEAD = 8 * 1024  # bytes of one part's headers


Form = TypeVar("Form", bound=BaseModel)
WithPhotos = TypeVar("WithPhotos", bound=JsonPhotos)


async def read_form(
    request: Request, settings: Settings, form: type[Form], document: type[WithPhotos]
) -> tuple[Form | WithPhotos, list[NamedPhoto]]:
    """What a request says of its photos, and the photos, as `read_photos` gives them.

    It comes as the fields of a `form` with the photos as its files, or as a JSON `document` with the photos in base64. Raises
    ProblemError, besides those of `read_photos`: `invalid` for fields that are not as `form` has them.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    said: Form | WithPhotos
    if kind == b"multipart/form-data":
        parts = await _parts(request.stream(), options.get(b"boundary", b""), settings, frozenset(form.model_fields))
        try:
            said = form.model_validate(parts.fields)
        except ValidationError as error:
            raise ProblemError("invalid", _first(error)) from None
        return said, _numbered(parts.photos)
    if kind == b"application/json":
        said = await _document(await request.body(), document, settings)
        return said, _numbered(_photos_of(said, settings))
    raise ProblemError(
        "unsupported-media-type", f"send multipart/form-data or application/json, not {kind.decode('latin-1')!r}"
    )


async def read_photos(request: Request, settings: Settings) -> list[NamedPhoto]:
    """The photos of a request as (name, bytes of the file), in the order sent; a photo without a name has its number.

    Raises ProblemError: `unsupported-media-type`, `malformed`, `no-photo`, `too-many-photos`, or `too-many-bytes` for a photo,
    as soon as that is known.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind == b"multipart/form-data":
        photos = (await _parts(request.stream(), options.get(b"boundary", b""), settings)).photos
    elif kind == b"application/json":
        photos = _photos_of(await _document(await request.body(), JsonPhotos, settings), settings)
    elif kind in _RAW or kind.startswith(b"image/"):
        _refuse_long(announced_length(request.scope), settings, alone=True)
        photos = [("", await _raw(request.stream(), settings))]
    else:
        raise ProblemError(
            "unsupported-media-type",
            f"send the bytes of a photo (image/* or application/octet-stream), multipart/form-data or application/json, "
            f"not {kind.decode('latin-1')!r}",
        )
    return _numbered(photos)


def _numbered(photos: Sequence[NamedPhoto]) -> list[NamedPhoto]:
    return [(name or str(number), data) for number, (name, data) in enumerate(photos, 1)]


async def _raw(chunks: AsyncIterator[bytes], settings: Settings) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        _refuse_long(size, settings, alone=True)
        parts.append(chunk)
    return b"".join(parts)


async def _document(body: bytes, kind: type[WithPhotos], settings: Settings) -> WithPhotos:
    """The JSON of a request. Millions of values, each small, would take gigabytes: they are counted before they are made."""
    most = _MARKS_A_PHOTO * settings.max_photos + _MARKS_BESIDES
    if body.count(b",") > most:  # base64 has none
        raise _too_many(settings)
    if body.count(b"[") + body.count(b"{") > most:
        raise ProblemError("malformed", "the body holds more lists and objects than photos need")
    try:
        return await asyncio.to_thread(kind.model_validate_json, body)
    except ValidationError as error:
        raise ProblemError("malformed", _first(error)) from None


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, without what was sent."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"{where}: {first['msg']}"


def _photos_of(document: JsonPhotos, settings: Settings) -> list[NamedPhoto]:
    if len(document.photos) > settings.max_photos:
        raise _too_many(settings)
    for photo in document.photos:
        _refuse_long(len(photo.data), settings)
    return [(photo.name, photo.data) for photo in document.photos]


async def _parts(
    chunks: AsyncIterator[bytes], boundary: bytes, settings: Settings, fields: frozenset[str] = frozenset()
) -> _Parts:
    """The files of a form, one at least, and those of its other fields that are expected."""
    if not boundary:
        raise ProblemError("malformed", "the Content-Type of a multipart request must name its boundary")
    parts = _Parts(settings, fields)
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        async for chunk in chunks:
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise ProblemError("malformed", f"the multipart body cannot be read ({error})") from None
    if not parts.ended:
        raise ProblemError("malformed", "the multipart body ends before its last boundary")
    if not parts.photos:
        raise ProblemError("no-photo", "the form holds no file")
    return parts


@contextlib.asynccontextmanager
async def received_bundle(request: Request, folder: Path | None) -> AsyncIterator[Path]:
    """A temporary ZIP in `folder` with the body of a request, as long as the block lasts."""
    kind, _ = parse_options_header(request.headers.get("content-type"))
    if kind not in (b"application/zip", b"application/octet-stream", b""):
        raise ProblemError("unsupported-media-type", f"send the bundle as application/zip, not {kind.decode('latin-1')!r}")
    handle, name = tempfile.mkstemp(prefix="upload-", suffix=".zip", dir=folder)
    try:
        with os.fdopen(handle, "wb", _AT_ONCE) as file:
            async for chunk in request.stream():
                await asyncio.to_thread(file.write, chunk)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


class _Parts:
    """Gathers the files of a form, and its expected fields, from the parser's callbacks."""

    def __init__(self, settings: Settings, expected: frozenset[str]) -> None:
        self.photos: list[NamedPhoto] = []
        self.fields: dict[str, str] = {}
        self.ended = False
        self._expected = expected
        self._field: str | None = None
        self._settings = settings
        self._head = [bytearray(), bytearray()]
        self._name: str | None = None
        self._data = bytearray()

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._more_head(0, data[start:end]),
            "on_header_value": lambda data, start, end: self._more_head(1, data[start:end]),
            "on_header_end": self._header,
            "on_headers_finished": self._headers,
            "on_part_data": self._more,
            "on_part_end": self._part,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._head, self._name, self._field, self._data = [bytearray(), bytearray()], None, None, bytearray()

    def _more_head(self, which: int, data: bytes) -> None:
        self._head[which] += data
        if sum(map(len, self._head)) > _LONGEST_HEAD:
            raise ProblemError("malformed", f"a part's header is longer than {_LONGEST_HEAD} bytes")

    def _header(self) -> None:
        field, value = (bytes(part) for part in self._head)
        if field.lower() == b"content-disposition":
            _, options = parse_options_header(value)
            if b"filename" in options:
                self._name = options[b"filename"].decode("utf-8", "replace")[:_LONGEST_NAME]
            elif (field_name := options.get(b"name", b"").decode("utf-8", "replace")) in self._expected:
                self._field = field_name
        self._head = [bytearray(), bytearray()]

    def _headers(self) -> None:
        if self._name is not None:
            if len(self.photos) == self._settings.max_photos:
                raise _too_many(self._settings)
        elif self._field in self.fields:
            raise ProblemError("malformed", f"the form has two fields {self._field!r}")
        elif self._field is None and self._expected:
            told = ", ".join(sorted(self._expected))
            raise ProblemError("malformed", f"the form has a field that is no file and none of these: {told}")
        elif self._field is None:
            raise ProblemError("malformed", "the form has a field that is no file: options belong in the query, as in ?top_k=3")

    def _more(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]
        if self._field is None:
            _refuse_long(len(self._data), self._settings)
        elif len(self._data) > _LONGEST_FIELD:
            raise ProblemError("malformed", f"a field of the form is longer than {_LONGEST_FIELD} bytes")

    def _part(self) -> None:
        if self._field is None:
            self.photos.append((self._name or "", bytes(self._data)))
        else:
            try:
                self.fields[self._field] = self._data.decode()
            except UnicodeDecodeError:
                raise ProblemError("malformed", f"the field {self._field!r} of the form is no text in UTF-8") from None

    def _end(self) -> None:
        self.ended = True


def _refuse_long(size: int, settings: Settings, alone: bool = False) -> None:
    if size > settings.max_photo_bytes:
        error = PhotoError("too-many-bytes", f"a photo may have {settings.max_photo_bytes:,} bytes at most")
        raise all_refused([photo_problem("1", error)]) if alone else ProblemError(error.reason, error.detail)


def _too_many(settings: Settings) -> ProblemError:
    return ProblemError("too-many-photos", f"a request may hold {settings.max_photos} photos at most")
