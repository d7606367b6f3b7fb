"""A photo that ends the process that looks at it is left out, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

from kenali.bulk.places import Folder
from kenali.bulk.wary import Journal
from kenali.errors import PhotoError
from kenali.inputs import PhotoInput


class Death(BaseException):
    """Stands for the end of a process."""


def kill() -> bytes:
    raise Death


def test_what_kills_again_and_again_is_left_out(tmp_path: Path) -> None:
    out = Folder(str(tmp_path))
    photos = [PhotoInput("a", lambda: b"a"), PhotoInput("deadly", kill), PhotoInput("c", lambda: b"c")]

    def attempt() -> list[bytes | str]:
        journal, found = Journal(out, 7), list[bytes | str]()
        for photo in journal.wary(photos):
            try:
                found.append(photo.read())
            except PhotoError as error:
                found.append(error.reason)
        journal.end()
        return found

    for _ in range(2):
        with pytest.raises(Death):
            attempt()
    assert attempt() == [b"a", "kills-worker", b"c"]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Death):
        attempt()  # all is forgotten with the shard
