"""What a worker keeps of its answers: receipts, notes without pixels, photos of people who agree, and feedback."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kenali.errors import KenaliError
from kenali.serve.feedback import FeedbackBook
from kenali.serve.keep import Keeper
from kenali.serve.model import Prediction, ServedModel
from kenali.serve.observations import Answered, Observer
from kenali.serve.receipts import Receipts
from kenali.serve.settings import Settings

_LOG = logging.getLogger("kenali.serve")
_ID_BYTES = 16


class Records:
    """One a worker, of its event loop. Nothing is written before the first answer."""

    def __init__(self, settings: Settings) -> None:
        self.state: Path = settings.state
        self.keeper = Keeper(settings.keep) if settings.keep else None
        self.book = FeedbackBook(settings.state)
        self.writing = asyncio.Lock()  # of the book
        self._receipts: Receipts | None = None
        self._observer: Observer | None = None
        self._complained = False

    def close(self) -> None:
        """Write what is waiting."""
        if self._observer is not None:
            self._observer.close()

    @property
    def receipts(self) -> Receipts:
        """Raises KenaliError where their key can be neither read nor made."""
        if self._receipts is None:
            self._receipts = Receipts(self.state)
        return self._receipts

    async def issue(self, asked: str, model: ServedModel, predicted: Sequence[Prediction]) -> list[str]:
        """An id for each prediction, empty for a photo that has none; what was answered is noted on the way.

        `asked` is the name in the request. Where the state cannot be written, ids that prove nothing serve: an answer is never
        lost for want of a disk.
        """
        try:
            receipts = self._receipts
            if receipts is None:
                receipts = await asyncio.to_thread(lambda: self.receipts)
            if not self.book.remembers(model.bundle_id):
                await asyncio.to_thread(self.book.remember, model.bundle_id, model.manifest.class_names)
        except (KenaliError, OSError) as error:
            self._complain(error)
            return ["" if one.error else secrets.token_hex(_ID_BYTES) for one in predicted]
        if self._observer is None:
            self._observer = Observer(self.state)
        ids = []
        for one in predicted:
            probs, photo = one.outcome.probs, one.decoded
            if probs is None or photo is None:
                ids.append("")
                continue
            label = int(probs.argmax())
            confidence, reason = float(probs[label]), one.outcome.reason
            ids.append(receipts.issue(model.name, model.bundle_id, label, reason, confidence))
            self._observer.note(
                Answered(
                    asked=asked,
                    model=model.name,
                    bundle=model.bundle_id,
                    label=model.manifest.class_names[label],
                    reason=reason,
                    confidence=confidence,
                    novelty=one.outcome.novelty,
                    size_px=photo.size_px,
                    format=photo.format,
                    appearance=photo.appearance,
                )
            )
        return ids

    async def keep(
        self, model: ServedModel, predicted: Sequence[Prediction], ids: Sequence[str], files: Sequence[bytes], by: str
    ) -> list[bool]:
        """Store the photos whose sender agreed to it; says of each whether it was. A full disk costs no answer."""
        if self.keeper is None:
            return [False] * len(predicted)
        return [await self._keep(model, *photo, by) for photo in zip(predicted, ids, files, strict=True)]

    async def _keep(self, model: ServedModel, one: Prediction, prediction: str, data: bytes, by: str) -> bool:
        if not prediction or one.decoded is None or self.keeper is None:
            return False
        try:
            await asyncio.to_thread(
                self.keeper.keep, model.name, prediction, data, one.decoded.format, _told(model, one) | {"by": by}
            )
        except (KenaliError, OSError) as error:
            self._complain(error)
            return False
        return True

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            _LOG.warning("photos cannot be kept, or answers not noted: %s", error)
            self._complained = True


def _told(model: ServedModel, one: Prediction) -> dict[str, Any]:
    """What a kept photo's record says of the answer."""
    outcome = one.outcome
    assert outcome.probs is not None
    assert one.decoded is not None
    return {
        "bundle": model.bundle_id,
        "answered": model.manifest.class_names[int(outcome.probs.argmax())],
        "reason": outcome.reason,
        "confidence": round(float(outcome.probs.max()), 6),
        "novelty": None if outcome.novelty is None else round(outcome.novelty, 6),
        "size_px": list(one.decoded.size_px),
    }
