"""`/people`: the page for those who look after people, and nothing else of the server."""

from __future__ import annotations

import pytest

from kenali.serve.routes.admin import PAGES
from kenali.serve.security.keys import Scope
from tests.serve.conftest import MakeClient
from tests.serve.faces.conftest import FaceServer, MakeServer

BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def server(server_of: MakeServer) -> FaceServer:
    return server_of()


def test_the_index_leads_to_it_where_faces_are_served(server: FaceServer, client_of: MakeClient) -> None:
    page = server.client().get("/")
    assert 'href="/people"' in page.text
    assert "models answer" not in page.text
    assert "Daftarkan orang" in server.client().get("/?lang=id").text
    assert "/people" not in client_of().get("/").text


@pytest.mark.parametrize("keyed", [True, False])
def test_nobody_sees_it_without_a_key(server: FaceServer, keyed: bool) -> None:
    client = server.client(keyed=keyed)
    client.headers.pop("X-Api-Key", None)
    answer = client.get("/people", headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/people")


@pytest.mark.skipif(not (PAGES / "admin.html").is_file(), reason="the page is not built: run  make page")
def test_keys_that_are_about_faces_open_it_and_not_the_admin_page(server: FaceServer) -> None:
    statuses: dict[Scope, int] = {"enrol": 200, "identify": 200, "erase": 200, "admin": 200, "predict": 403}
    keys = {scope: server.keys.add(scope, [scope])[1] for scope in statuses}
    client = server.client()
    for scope, status in statuses.items():
        page = client.get("/people", headers={"X-Api-Key": keys[scope]})
        assert page.status_code == status, scope
        assert client.get("/admin", headers={"X-Api-Key": keys[scope]}).status_code == (200 if scope == "admin" else 403)
        if status == 200:
            assert "script-src 'self'" in page.headers["content-security-policy"]


def test_a_server_without_faces_has_none(client_of: MakeClient) -> None:
    answer = client_of(keyed=True).get("/people")
    assert (answer.status_code, answer.json()["reason"]) == (404, "not-found")
    assert "--faces" in answer.json()["detail"]
