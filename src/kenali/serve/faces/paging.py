"""Pages of the list of people. Where one ended is told sealed: a name in an address would end up in logs."""

from __future__ import annotations

import base64
import bisect
import json
from collections.abc import Sequence

from kenali.errors import KenaliError
from kenali.faces.gallery.keys import Seal
from kenali.faces.gallery.values import Person

_ABOUT = "page"


def page(people: Sequence[Person], after: str | None, limit: int, seal: Seal) -> tuple[Sequence[Person], str | None]:
    """At most `limit` of the people, who come by name, and what to send as `after` for the next page, None on the last.

    It goes on behind the same name whoever came or went meanwhile. Raises KenaliError for an `after` that is none.
    """
    begin = 0 if after is None else bisect.bisect_right(people, _opened(after, seal), key=_place)
    found = people[begin : begin + limit]
    return found, _closed(_place(found[-1]), seal) if begin + limit < len(people) else None


def _place(person: Person) -> tuple[str, str]:
    return person.name.casefold(), person.id


def _closed(place: tuple[str, str], seal: Seal) -> str:
    return base64.urlsafe_b64encode(seal.close(json.dumps(place).encode(), _ABOUT)).decode().rstrip("=")


def _opened(after: str, seal: Seal) -> tuple[str, str]:
    try:
        name, person = json.loads(seal.open(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)), _ABOUT))
    except (KenaliError, ValueError):
        raise KenaliError("`after` is what the page before said in `next`, and this is not") from None
    return name, person
