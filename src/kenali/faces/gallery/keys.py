"""The owner's key, and the keys that follow from it.

Everything personal is sealed with a key of that person's; the person's key is sealed with the owner's. The owner's key
stands in a file that only its owner can read, or in KENALI_GALLERY_KEY, never in the database.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from kenali.errors import KenaliError

_BYTES = 32
_NONCE = 12
_PREFIX = "kenali-gallery-key-1:"


class CannotOpen(KenaliError):
    """The key is another, or the bytes were altered."""


class Seal:
    """Seals and opens bytes with one key: AES-256-GCM, a fresh nonce before each. `about` binds a seal to its place."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, data: bytes, about: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """Raises CannotOpen where the key is another or the bytes were altered."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except InvalidTag:
            raise CannotOpen("what the gallery holds cannot be opened: the key is another, or its rows were altered") from None


@dataclass(frozen=True, slots=True)
class Key:
    """The owner's key: 32 bytes that only `text` shows."""

    _material: bytes

    def __repr__(self) -> str:
        return "Key(...)"

    @classmethod
    def new(cls) -> Key:
        return cls(secrets.token_bytes(_BYTES))

    @classmethod
    def from_text(cls, text: str, where: str) -> Key:
        """Raises KenaliError, naming `where` it stood and not what, for a text that is no key."""
        try:
            material = base64.urlsafe_b64decode(text.strip().removeprefix(_PREFIX))
        except (ValueError, binascii.Error):
            material = b""
        if len(material) != _BYTES:
            raise KenaliError(f"{where} holds no gallery key: expected {_PREFIX}... as  kenali faces  writes it")
        return cls(material)

    @property
    def text(self) -> str:
        return _PREFIX + base64.urlsafe_b64encode(self._material).decode()

    @property
    def people(self) -> Seal:
        """Seals people's own keys."""
        return Seal(self._derived("people"))

    @property
    def places(self) -> Seal:
        """Seals where exports were written."""
        return Seal(self._derived("places"))

    @property
    def exports(self) -> Seal:
        """Seals the lines of exports."""
        return Seal(self._derived("exports"))

    @property
    def pages(self) -> Seal:
        """Seals where a page of a list ended, for whoever asks for the next."""
        return Seal(self._derived("pages"))

    @property
    def signing(self) -> Ed25519PrivateKey:
        """Signs receipts."""
        return Ed25519PrivateKey.from_private_bytes(self._derived("receipts"))

    @property
    def check(self) -> str:
        """A value that tells whether a key is the one a gallery was made with, and nothing else about it."""
        return self._derived("check").hex()

    def name_mac(self, name: str) -> str:
        """A keyed hash by which a name is found whatever its case, and which says nothing without the key."""
        return keyed_hash(self._derived("names"), name.casefold())

    def _derived(self, purpose: str) -> bytes:
        return HKDFExpand(SHA256(), _BYTES, f"kenali gallery 1: {purpose}".encode()).derive(self._material)


class PersonKey:
    """A person's own key: whatever the gallery holds of that person opens with it alone."""

    def __init__(self, material: bytes) -> None:
        self._material = material
        self.seal = Seal(material)

    @classmethod
    def new(cls) -> PersonKey:
        return cls(secrets.token_bytes(_BYTES))

    @classmethod
    def opened(cls, sealed: bytes, key: Key, person: str) -> PersonKey:
        return cls(key.people.open(sealed, person))

    def sealed(self, key: Key, person: str) -> bytes:
        return key.people.close(self._material, person)

    def photo_mac(self, sha256: str) -> str:
        """A keyed hash by which a photo is known again for this person, and for nobody without this key."""
        return keyed_hash(self._material, f"photo {sha256}")


def keyed_hash(key: bytes, text: str) -> str:
    """HMAC-SHA-256 in hexadecimal."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def read_key(path: Path) -> Key:
    """The key in a file; KenaliError where there is none."""
    try:
        return Key.from_text(path.read_text(encoding="ascii"), str(path))
    except FileNotFoundError:
        raise KenaliError(
            f"the gallery's key is not at {path}: name its file with --key-file, or put the key into KENALI_GALLERY_KEY"
        ) from None
    except UnicodeDecodeError:
        raise KenaliError(f"{path} holds no gallery key") from None


def make_key(path: Path) -> Key:
    """A new key, written to a file that only this user may read; the key that is there already where another was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = Key.new()
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(key.text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, path)  # unlike a rename, a link never takes the place of a key
    except FileExistsError:
        return read_key(path)
    finally:
        partial.unlink()
    return key
