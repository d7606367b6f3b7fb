"""The server's own TLS certificate: tried before serving, and taken anew when it is renewed on disk."""

from __future__ import annotations

import logging
import ssl
import time
from pathlib import Path

from kenali.errors import KenaliError

log = logging.getLogger(__name__)

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # for TLS 1.2; those of 1.3 are all like these
_LOOK_S = 60.0


def check_certificate(certificate: Path, key: Path) -> None:
    """KenaliError where OpenSSL could not serve with this certificate chain and private key (PEM)."""
    for path in (certificate, key):
        if not path.is_file():
            raise KenaliError(f"there is no file {path}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        reason = {
            "KEY_VALUES_MISMATCH": "the key is not that of the certificate",
            "NO_START_LINE": "a PEM file was expected, with lines such as -----BEGIN CERTIFICATE-----",
        }.get(error.reason or "", error.reason or str(error))
        raise KenaliError(f"{certificate.name} and {key.name} cannot be used for TLS: {reason}") from None


def _no_password() -> str:
    raise KenaliError("the TLS key is encrypted with a password: decrypt it, so that workers can start unattended")


class Renewal:
    """Looks once a minute whether the files have changed, and has new connections use what they hold then."""

    def __init__(self, context: ssl.SSLContext, certificate: Path, key: Path) -> None:
        self._context = context
        self._paths = certificate, key
        self._seen = self._stamp()
        self._look_at = time.monotonic() + _LOOK_S

    def look(self) -> None:
        """Cheap enough to be called often. A certificate that cannot be used changes nothing."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + _LOOK_S
        if (found := self._stamp()) == self._seen:
            return
        self._seen = found
        try:
            check_certificate(*self._paths)  # a chain and a key that do not belong together must not come into use
            self._context.load_cert_chain(*self._paths, password=_no_password)
        except (KenaliError, OSError) as error:
            log.error("the earlier certificate stays in use: %s", error)

    def _stamp(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(_stamp(path) for path in self._paths)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
