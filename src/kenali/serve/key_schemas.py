"""Keys as they go over the wire, without their secrets."""

from __future__ import annotations

from datetime import datetime

from kenali.serve.schemas import Wire


class KeySummary(Wire):
    """A key as far as it is known: `last4` are its last characters; `rate` is in requests a second, None for the server's."""

    id: str
    name: str
    scopes: tuple[str, ...]
    rate: float | None = None
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    last4: str


class KeyList(Wire):
    """All keys ever made; `own` is the id of the one that asked."""

    keys: tuple[KeySummary, ...]
    own: str
