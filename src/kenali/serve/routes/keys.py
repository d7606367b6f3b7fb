"""`/v1/keys`: which keys there are, and their end. New ones are made on the server's own computer, by `kenali keys add`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request

from kenali.errors import KenaliError
from kenali.serve import openapi, record
from kenali.serve.key_schemas import KeyList, KeySummary
from kenali.serve.problems import ProblemError
from kenali.serve.routes.context import settings_of
from kenali.serve.security.guard import Caller, needs
from kenali.serve.security.keys import Key, KeyFile

router = APIRouter(prefix="/v1/keys", tags=["operation"])
Admin = Annotated[Caller, needs("admin")]


@router.get("", responses=openapi.KEYS_RESPONSES)
def list_keys(request: Request, caller: Admin) -> KeyList:
    """All keys, oldest first, the revoked among them. The keys themselves are kept nowhere."""
    return KeyList(keys=tuple(_summary(key) for key in _file(request).read()), own=caller.key_id)


@router.delete("/{key_id}", responses=openapi.REVOKE_RESPONSES)
def revoke_key(request: Request, key_id: str, caller: Admin) -> KeySummary:
    """Ends a key's use, in all workers within two seconds. It stays in the list."""
    if key_id == caller.key_id:
        raise ProblemError("conflict", "this is the key that you use: revoke it with another, or with  kenali keys revoke")
    try:
        key = _file(request).revoke(key_id)
    except KenaliError as error:
        raise ProblemError("not-found", str(error)) from None
    record.of(request.scope).subject = f"key {key.id}"
    return _summary(key)


def _file(request: Request) -> KeyFile:
    return KeyFile(settings_of(request).state)


def _summary(key: Key) -> KeySummary:
    return KeySummary.model_validate(key.model_dump(exclude={"sha256"}))
