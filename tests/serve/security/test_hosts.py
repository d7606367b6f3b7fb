from __future__ import annotations

import pytest

from kenali.serve.security.hosts import Hosts
from kenali.serve.settings import Settings

LOCAL = Hosts.of(Settings(bundles=()))
PUBLIC = Hosts.of(Settings(bundles=(), host="0.0.0.0", origins=("https://shop.example/",)))


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "[::1]", "LOCALHOST:8000"])
def test_a_server_on_loopback_answers_to_its_own_names(host: str) -> None:
    assert LOCAL.answers_to(host)


@pytest.mark.parametrize(
    "host", [None, "", "evil.example", "localhost.evil.example:8000", "127.0.0.1.evil.example", "evil:localhost"]
)
def test_and_to_no_other(host: str | None) -> None:
    """A page at evil.example may let its name resolve to 127.0.0.1; the Host header tells."""
    assert not LOCAL.answers_to(host)
    assert PUBLIC.answers_to(host)


@pytest.mark.parametrize(
    ("bound", "asked"), [("127.0.0.2", "127.0.0.2:8000"), ("::1", "[::1]:8000"), ("0:0:0:0:0:0:0:1", "[0:0:0:0:0:0:0:1]")]
)
def test_another_loopback_address_is_a_name_too(bound: str, asked: str) -> None:
    assert Hosts.of(Settings(bundles=(), host=bound)).answers_to(asked)


def test_a_proxys_name_can_be_added() -> None:
    hosts = Hosts.of(Settings(bundles=(), host_names=("Kenali.Factory",)))
    assert hosts.answers_to("kenali.factory")
    assert hosts.answers_to("localhost:8000")
    assert not hosts.answers_to("other.factory")


def headers(**values: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in values.items()]


@pytest.mark.parametrize(
    ("sent", "foreign"),
    [
        (headers(host="localhost:8000"), False),  # curl
        (headers(host="localhost:8000", origin="http://localhost:8000"), False),
        (headers(host="localhost:8000", origin="http://localhost:9000"), True),  # another program's page
        (headers(host="localhost:8000", origin="https://evil.example"), True),
        (headers(host="localhost:8000", origin="null"), True),  # a file, or a sandboxed frame
        (headers(host="localhost:8000", origin="http://["), True),
        (headers(origin="http://["), True),
        (headers(host="localhost:8000", sec_fetch_site="cross-site"), True),
        (headers(host="localhost:8000", sec_fetch_site="same-origin"), False),
        (headers(host="localhost:8000", sec_fetch_site="none"), False),
    ],
)
def test_changes_by_other_sites_pages_are_foreign(sent: list[tuple[bytes, bytes]], foreign: bool) -> None:
    assert LOCAL.foreign("POST", sent) is foreign
    assert not LOCAL.foreign("GET", sent)


def test_an_allowed_origin_is_not_foreign() -> None:
    assert not PUBLIC.foreign("POST", headers(host="kenali.example", origin="https://shop.example"))
    assert PUBLIC.foreign("POST", headers(host="kenali.example", origin="http://shop.example"))


def test_a_session_needs_proof_of_its_origin() -> None:
    assert not LOCAL.same_origin(headers(host="localhost:8000"))
    assert LOCAL.same_origin(headers(host="localhost:8000", origin="http://localhost:8000"))
    assert LOCAL.same_origin(headers(host="localhost:8000", sec_fetch_site="same-origin"))
    assert LOCAL.same_origin(headers(host="localhost:8000", origin="null", sec_fetch_site="same-origin"))
    assert not LOCAL.same_origin(headers(host="localhost:8000", origin="null", sec_fetch_site="cross-site"))
    assert not LOCAL.same_origin(headers(host="localhost:8000", origin="http://localhost:9000", sec_fetch_site="same-origin"))
