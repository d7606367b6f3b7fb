from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.serve.security import certificate as certificates
from kenali.serve.security.binding import check
from kenali.serve.security.certificate import CIPHERS, Renewal, check_certificate
from kenali.serve.settings import Settings
from tests.serve.security.certificate import write_certificate


def test_a_certificate_and_its_key_are_tried_before_serving(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    certificate, key = write_certificate(tmp_path)
    _, other = write_certificate(tmp_path / "other")
    assert check(Settings(bundles=(), state=tmp_path, tls=(certificate, key))) == ()
    with pytest.raises(KenaliError, match="not that of the certificate"):
        check_certificate(certificate, other)
    with pytest.raises(KenaliError, match="no file"):
        check_certificate(tmp_path / "nothing.pem", key)
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(KenaliError, match="cannot be used for TLS"):
        check_certificate(tmp_path / "empty.pem", key)
    _, locked = write_certificate(tmp_path / "other", password=b"secret")
    with pytest.raises(KenaliError, match="decrypt it"):
        check_certificate(tmp_path / "other" / "certificate.pem", locked)


def shown(context: ssl.SSLContext) -> bytes:
    """The certificate that a client gets from a server with this context."""
    ours, theirs = socket.socketpair()
    server = threading.Thread(target=lambda: context.wrap_socket(ours, server_side=True).close())
    server.start()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    with client.wrap_socket(theirs) as connection:
        found = connection.getpeercert(binary_form=True)
    server.join()
    assert found
    return found


def test_a_renewed_certificate_is_used_without_a_new_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(certificates, "_LOOK_S", 0.0)
    paths = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(CIPHERS)
    context.load_cert_chain(*paths)
    renewal = Renewal(context, *paths)
    first = shown(context)
    write_certificate(tmp_path)
    renewal.look()
    second = shown(context)
    assert second != first
    paths[0].write_text("half a certi")
    renewal.look()
    assert shown(context) == second
    assert "earlier certificate stays" in caplog.text
