"""What a server may be bound to: this computer alone without keys, anything else only with them."""

from __future__ import annotations

from kenali.addresses import is_loopback
from kenali.errors import KenaliError
from kenali.serve.security.certificate import check_certificate
from kenali.serve.security.keys import KeyFile
from kenali.serve.settings import Settings


def exposed(settings: Settings) -> bool:
    """Whether others than this computer can ask: bound elsewhere, or answering to public names for a proxy."""
    return not is_loopback(settings.host) or bool(settings.host_names)


def check(settings: Settings) -> tuple[str, ...]:
    """Sentences of advice; KenaliError where serving would be unsafe or cannot begin. To be called before a socket is bound."""
    keys = KeyFile(settings.state).read()
    if settings.tls:
        check_certificate(*settings.tls)
    if not exposed(settings):
        if settings.faces and not keys:
            return ("Nobody may ask about faces without a key, on this computer too: kenali keys add NAME --scope identify",)
        return ()
    if not keys:
        where = f"on {settings.host}" if not is_loopback(settings.host) else f"as {settings.host_names[0]}"
        raise KenaliError(
            f"serving {where} lets others in, so a key is required: make one with  kenali keys add NAME  (for the admin page "
            "with --scope admin), or serve on 127.0.0.1"
        )
    if settings.tls is None and not is_loopback(settings.host):
        return ("Keys and photos travel unencrypted: give --cert and --key, or serve behind a proxy that encrypts.",)
    return ()
