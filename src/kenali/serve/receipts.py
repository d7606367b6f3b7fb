"""Names of predictions that prove themselves: any worker can take feedback on one, after any restart, with nothing stored.

A receipt holds what was answered and a signature by a secret of the server's own, so that only ids that it gave are believed.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from kenali.doubt import Reason
from kenali.errors import KenaliError

KEY_NAME = "receipts.key"
_KEY_BYTES = 32
_PATIENCE_S = 2.0
_BODY = struct.Struct(">BI6s6sHBB")  # version, time, random, bundle, label, reason, confidence
_VERSION = 1
_SIGNATURE_BYTES = 8
_REASONS: tuple[Reason | None, ...] = (None, "novel", "ambiguous")
RECEIPT_PATTERN = f"^[0-9a-f]{{{2 * (_BODY.size + _SIGNATURE_BYTES)}}}$"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an id says: when, which `bundle` (12 hex digits), the number of the likeliest class, why the photo is unknown, and
    the confidence, to a 255th.
    """

    time: int
    bundle: str
    label: int
    reason: Reason | None
    confidence: float


class Receipts:
    """Gives and reads ids with the key in `state`, which is made when there is none. KenaliError where it cannot be."""

    def __init__(self, state: Path) -> None:
        self._key = _key(state / KEY_NAME)

    def issue(self, model: str, bundle: str, label: int, reason: Reason | None, confidence: float) -> str:
        """The id of one prediction: 58 hexadecimal digits, each different."""
        level = round(255 * min(1.0, max(0.0, confidence)))
        body = _BODY.pack(
            _VERSION, int(time.time()), secrets.token_bytes(6), bytes.fromhex(bundle), label, _REASONS.index(reason), level
        )
        return (body + self._signature(model, body)).hex()

    def read(self, model: str, receipt: str) -> Receipt | None:
        """What the id says, None where it is none that this server gave for the model."""
        try:
            data = bytes.fromhex(receipt)
            body, signature = data[: _BODY.size], data[_BODY.size :]
            version, when, _, bundle, label, reason, level = _BODY.unpack(body)
        except (ValueError, struct.error):
            return None
        if not hmac.compare_digest(signature, self._signature(model, body)) or version != _VERSION:
            return None
        return Receipt(when, bundle.hex(), label, _REASONS[reason], level / 255)

    def _signature(self, model: str, body: bytes) -> bytes:
        return hmac.digest(self._key, model.encode() + b"\0" + body, "sha256")[:_SIGNATURE_BYTES]


def _key(file: Path) -> bytes:
    """The secret in a file; of several workers that find none, one makes it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as new:
                new.write(secrets.token_bytes(_KEY_BYTES))
        deadline = time.monotonic() + _PATIENCE_S
        while len(key := file.read_bytes()) < _KEY_BYTES and time.monotonic() < deadline:
            time.sleep(0.01)  # another worker is writing it
    except OSError as error:
        raise KenaliError(f"the key for predictions' ids in {file} cannot be used ({error.strerror or error})") from None
    if len(key) != _KEY_BYTES:
        raise KenaliError(f"{file} is damaged: delete it, and predictions made before lose their feedback")
    return key
