"""What comes in the body of a request: photos (raw bytes, files of a form, base64 JSON), or a bundle.

Photos are held in memory and never exceed the caps there; a bundle goes to the disk as it comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from pydantic import ValidationError
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
_LONGEST_NAME = 255
_LONGEST_HEAD = 8 * 1024  # bytes of one part's headers


async def read_photos(request: Request, settings: Settings) -> list[NamedPhoto]:
    """The photos of a request as (name, bytes of the file), in the order sent; a photo without a name has its number.

    Raises ProblemError: `unsupported-media-type`, `malformed`, `no-photo`, `too-many-photos`, or `too-many-bytes` for a photo,
    as soon as that is known.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind == b"multipart/form-data":
        photos = await _multipart(request.stream(), options.get(b"boundary", b""), settings)
    elif kind == b"application/json":
        photos = await _json(await request.body(), settings)
    elif kind in _RAW or kind.startswith(b"image/"):
        _refuse_long(announced_length(request.scope), settings, alone=True)
        photos = [("", await _raw(request.stream(), settings))]
    else:
        raise ProblemError(
            "unsupported-media-type",
            f"send the bytes of a photo (image/* or application/octet-stream), multipart/form-data or application/json, "
            f"not {kind.decode('latin-1')!r}",
        )
    return [(name or str(number), data) for number, (name, data) in enumerate(photos, 1)]


async def _raw(chunks: AsyncIterator[bytes], settings: Settings) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        _refuse_long(size, settings, alone=True)
        parts.append(chunk)
    return b"".join(parts)


async def _json(body: bytes, settings: Settings) -> list[NamedPhoto]:
    try:
        photos = (await asyncio.to_thread(JsonPhotos.model_validate_json, body)).photos
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise ProblemError("malformed", f"{where}: {first['msg']}") from None
    if len(photos) > settings.max_photos:
        raise _too_many(settings)
    for photo in photos:
        _refuse_long(len(photo.data), settings)
    return [(photo.name, photo.data) for photo in photos]


async def _multipart(chunks: AsyncIterator[bytes], boundary: bytes, settings: Settings) -> list[NamedPhoto]:
    if not boundary:
        raise ProblemError("malformed", "the Content-Type of a multipart request must name its boundary")
    parts = _Parts(settings)
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
    return parts.photos


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
    """Gathers the files of a form from the parser's callbacks."""

    def __init__(self, settings: Settings) -> None:
        self.photos: list[NamedPhoto] = []
        self.ended = False
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
        if len(self.photos) == self._settings.max_photos:
            raise _too_many(self._settings)
        self._head, self._name, self._data = [bytearray(), bytearray()], None, bytearray()

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
        self._head = [bytearray(), bytearray()]

    def _headers(self) -> None:
        if self._name is None:
            raise ProblemError("malformed", "the form has a field that is no file: options belong in the query, as in ?top_k=3")

    def _more(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]
        _refuse_long(len(self._data), self._settings)

    def _part(self) -> None:
        self.photos.append((self._name or "", bytes(self._data)))

    def _end(self) -> None:
        self.ended = True


def _refuse_long(size: int, settings: Settings, alone: bool = False) -> None:
    if size > settings.max_photo_bytes:
        error = PhotoError("too-many-bytes", f"a photo may have {settings.max_photo_bytes:,} bytes at most")
        raise all_refused([photo_problem("1", error)]) if alone else ProblemError(error.reason, error.detail)


def _too_many(settings: Settings) -> ProblemError:
    return ProblemError("too-many-photos", f"a request may hold {settings.max_photos} photos at most")
