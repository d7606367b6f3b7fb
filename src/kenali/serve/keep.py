"""Photos that their senders agreed to have stored, filed by the right name once somebody tells it.

`KEEP/<model>/<label>/` holds the photos whose label is known, so that `kenali check KEEP/<model>` and `kenali train` take
them as they are; `KEEP/_waiting/<model>/` holds the others, `KEEP/_records/<model>/` what was answered and by whose leave.
Files are named after the prediction's id, never by what a client calls them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kenali.errors import KenaliError
from kenali.files import write_atomically
from kenali.photos.naming import safe_name

FREE_BYTES = 256 * 1024 * 1024
"""Nothing is kept when less than this would be left on the disk."""

_SUFFIXES = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "TIFF": ".tif",
    "GIF": ".gif",
    "PPM": ".ppm",
}
_WAITING, _RECORDS = "_waiting", "_records"  # no model's name begins with an underscore


class DiskFull(KenaliError):
    """There is no room for what should be stored."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Stores below `folder`. Every method touches the disk: to be called in a thread; DiskFull or OSError where it refuses."""

    folder: Path

    def keep(self, model: str, prediction: str, data: bytes, file_format: str, record: Mapping[str, Any]) -> None:
        """Store a photo's bytes as they were sent, and what was answered."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < FREE_BYTES + len(data):
            raise DiskFull(f"fewer than {FREE_BYTES // 2**20} MB are free where photos are kept")
        place = f"{_WAITING}/{model}/{prediction}{_SUFFIXES.get(file_format, '.img')}"
        told = {
            "id": prediction,
            "model": model,
            "kept_at": round(time.time(), 3),
            "sha256": hashlib.sha256(data).hexdigest(),
            **record,
            "label": None,
            "file": place,
        }
        try:
            write_atomically(self.folder / place, data)
            self._write(model, prediction, told)
        except OSError as error:
            raise _told(error) from error

    def label(self, model: str, prediction: str, label: str, by: str) -> bool:
        """File a kept photo under its right label, or another than before; False where the photo was not kept."""
        path = self._record(model, prediction)
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return False
        held = self.folder / record["file"]
        place = f"{model}/{safe_name(label)}/{held.name}"
        try:
            (self.folder / place).parent.mkdir(parents=True, exist_ok=True)
            if held != self.folder / place:
                held.replace(self.folder / place)
                with contextlib.suppress(OSError):  # others are in it
                    held.parent.rmdir()
            told = record | {"label": label, "labelled_at": round(time.time(), 3), "labelled_by": by, "file": place}
            self._write(model, prediction, told)
        except FileNotFoundError:  # its owner has deleted the photo, or another worker is just filing it
            return (self.folder / place).is_file()
        except OSError as error:
            raise _told(error) from error
        return True

    def _write(self, model: str, prediction: str, record: Mapping[str, Any]) -> None:
        write_atomically(self._record(model, prediction), json.dumps(record, ensure_ascii=False, indent=1) + "\n")

    def _record(self, model: str, prediction: str) -> Path:
        return self.folder / _RECORDS / model / f"{prediction}.json"


def _told(error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return DiskFull("the disk where photos are kept is full")
    return error
