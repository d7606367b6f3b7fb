from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import FastAPI, Request
from httpx import ASGITransport, AsyncClient, Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from kenali.serve import record
from kenali.serve.problems import as_problem
from kenali.serve.security import keys
from kenali.serve.security.guard import Caller, needs
from kenali.serve.security.headers import DATA_POLICY, PAGE_POLICY, REPORT_POLICY
from kenali.serve.security.install import secure
from kenali.serve.security.keys import KeyFile
from kenali.serve.settings import Settings

Ask = Callable[..., Response]


class Server:
    """A small app under `secure`, asked without a network."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app = FastAPI()

        @self.app.get("/v1/models")
        async def read(caller: Annotated[Caller, needs("read")]) -> str:
            return caller.by

        @self.app.post("/v1/models/{name}/predict")
        async def predict(request: Request, name: str, caller: Annotated[Caller, needs("predict")]) -> str:
            await request.body()
            noted = record.of(request.scope)
            noted.model, noted.bundle, noted.labels = "cats", "0123456789ab", Counter(cat=2, unknown=1)
            return caller.key_id

        @self.app.delete("/v1/models/{name}")
        async def remove(name: str, caller: Annotated[Caller, needs("admin")]) -> str:
            return caller.by

        @self.app.get("/models/{name}/report/")
        async def report(name: str) -> str:
            return name

        @self.app.exception_handler(HTTPException)
        async def tell(request: Request, error: HTTPException) -> object:
            return as_problem(error).response(request.url.path)

        assert settings.run is not None
        self.app.state.settings = settings
        secure(self.app, settings, settings.run)

    def ask(self, method: str, path: str, host: str = "localhost:8000", **more: object) -> Response:
        import asyncio

        async def send() -> Response:
            transport = ASGITransport(self.app, raise_app_exceptions=False)
            async with AsyncClient(transport=transport, base_url=f"http://{host}") as client:
                return await client.request(method, path, **more)  # type: ignore[arg-type]

        return asyncio.run(send())

    def log(self) -> list[dict[str, object]]:
        (path,) = (self.settings.state / "audit").iterdir()
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "SEEN_WITHIN_S", 0.0)


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., Server]:
    def begin(**more: object) -> Server:
        (tmp_path / "run").mkdir(exist_ok=True)
        return Server(Settings(bundles=(), state=tmp_path / "state", run=tmp_path / "run", **more))  # type: ignore[arg-type]

    return begin


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server with a key that no test knows."""
    folder = tmp_path_factory.mktemp("keyed")
    KeyFile(folder / "state").add("line")
    (folder / "run").mkdir()
    return Server(Settings(bundles=(), state=folder / "state", run=folder / "run"))


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_without_keys_loopback_is_open_but_for_admin(serve: Callable[..., Server]) -> None:
    server = serve()
    assert server.ask("GET", "/v1/models").json() == "open"
    assert server.ask("POST", "/v1/models/cats/predict").json() == "-"
    refused = server.ask("DELETE", "/v1/models/cats")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="kenali"'
    assert refused.json()["reason"] == "unauthorized"


def test_one_key_closes_the_server_and_its_end_opens_nothing(serve: Callable[..., Server]) -> None:
    server = serve()
    file = KeyFile(server.settings.state)
    key, secret = file.add("line")
    assert server.ask("GET", "/v1/models").status_code == 401
    assert server.ask("GET", "/v1/models", headers=bearer(secret)).json() == "key"
    assert server.ask("GET", "/v1/models", headers={"X-Api-Key": secret}).json() == "key"
    file.revoke(key.id)
    assert server.ask("GET", "/v1/models", headers=bearer(secret)).status_code == 401
    assert server.ask("GET", "/v1/models").status_code == 401


def test_bound_elsewhere_nothing_is_open_even_if_the_keys_are_lost(serve: Callable[..., Server]) -> None:
    server = serve(host="0.0.0.0")
    assert server.ask("GET", "/v1/models").status_code == 401


def test_scopes_are_held(serve: Callable[..., Server]) -> None:
    server = serve()
    file = KeyFile(server.settings.state)
    _, reader = file.add("reader", ["read"])
    _, boss = file.add("boss", ["admin"])
    assert server.ask("GET", "/v1/models", headers=bearer(reader)).status_code == 200
    refused = server.ask("POST", "/v1/models/cats/predict", headers=bearer(reader))
    assert refused.status_code == 403
    assert 'scope="predict"' in refused.headers["www-authenticate"]
    assert server.ask("DELETE", "/v1/models/cats", headers=bearer(boss)).json() == "key"


@pytest.mark.parametrize(
    "headers",
    [
        bearer("kenali_wrong"),
        bearer(""),
        {"Authorization": "Basic a2VuYWxpOng="},
        {"Authorization": "Bearer"},
        {"X-Api-Key": "\xff"},
        {"Cookie": "kenali=1.2.3"},
    ],
)
def test_wrong_credentials_are_refused(serve: Callable[..., Server], headers: dict[str, str]) -> None:
    server = serve()
    KeyFile(server.settings.state).add("line")
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    assert server.ask("GET", "/v1/models", headers=raw).status_code == 401


def test_rates_are_per_key_with_a_time_to_try_again(serve: Callable[..., Server]) -> None:
    server = serve(rate=0.5)
    file = KeyFile(server.settings.state)
    secrets = [file.add("slow")[1], file.add("fast", rate=1000)[1], file.add("boss", ["admin"])[1]]
    answers = [[server.ask("GET", "/v1/models", headers=bearer(secret)) for _ in range(3)] for secret in secrets]
    assert [[answer.status_code for answer in each] for each in answers] == [[200, 429, 429], [200] * 3, [200] * 3]
    assert 1 <= int(answers[0][1].headers["retry-after"]) <= 2
    assert answers[0][1].json()["reason"] == "rate"
    assert answers[0][0].headers["ratelimit"] == '"key";r=0;t=2'
    assert "ratelimit" not in answers[2][0].headers  # an admin key without a rate of its own has none


def test_without_keys_rates_are_per_address(serve: Callable[..., Server]) -> None:
    server = serve(rate=0.5)
    assert [server.ask("GET", "/v1/models").status_code for _ in range(2)] == [200, 429]


def test_wrong_keys_are_slowed_down_and_right_ones_are_not(serve: Callable[..., Server]) -> None:
    server = serve()
    _, secret = KeyFile(server.settings.state).add("line")
    statuses = {server.ask("GET", "/v1/models", headers=bearer("wrong")).status_code for _ in range(40)}
    assert statuses == {401, 429}
    assert server.ask("GET", "/v1/models", headers=bearer(secret)).status_code == 200


def test_a_person_logs_in_and_out(serve: Callable[..., Server]) -> None:
    server = serve()
    key, secret = KeyFile(server.settings.state).add("boss", ["admin"])
    page = {"Accept": "text/html"}
    sent = server.ask("GET", "/admin", headers=page)
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=/admin")
    form = {"key": "wrong", "next": "/admin"}
    refused = server.ask("POST", "/login", data=form)
    assert refused.headers["location"] == "/login?refused=1&next=/admin"
    assert "set-cookie" not in refused.headers
    entered = server.ask("POST", "/login", data=form | {"key": f" {secret}\n"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin")
    cookie = {"Cookie": entered.headers["set-cookie"].partition(";")[0]}
    assert server.ask("GET", "/v1/models", headers=cookie).json() == "session"
    assert server.ask("DELETE", "/v1/models/cats", headers=cookie).status_code == 403  # who asks?
    own = cookie | {"Origin": "http://localhost:8000"}
    assert server.ask("DELETE", "/v1/models/cats", headers=own).json() == "session"
    left = server.ask("POST", "/logout", headers=own)
    assert "Max-Age=0" in left.headers["set-cookie"]
    KeyFile(server.settings.state).revoke(key.id)
    assert server.ask("GET", "/v1/models", headers=cookie).status_code == 401


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\tb", "/a\r\nSet-Cookie: x", ""]
)
def test_a_login_leads_nowhere_else(serve: Callable[..., Server], path: str) -> None:
    server = serve()
    _, secret = KeyFile(server.settings.state).add("line")
    assert server.ask("POST", "/login", data={"key": secret, "next": path}).headers["location"] == "/"
    location = server.ask("POST", "/login", data={"key": "no", "next": path}).headers["location"]
    assert location == "/login?refused=1&next=/"


def test_a_form_is_read_to_its_limit(serve: Callable[..., Server]) -> None:
    assert serve().ask("POST", "/login", data={"key": "x" * 5000}).status_code == 400


def test_other_names_and_other_sites_are_refused(serve: Callable[..., Server]) -> None:
    server = serve()
    refused = server.ask("GET", "/v1/models", host="evil.example")
    assert (refused.status_code, refused.json()["reason"]) == (421, "wrong-host")
    posted = server.ask("POST", "/v1/models/cats/predict", headers={"Origin": "https://evil.example"})
    assert posted.status_code == 403
    assert "access-control-allow-origin" not in posted.headers


def test_an_allowed_origin_may_predict_without_cookies(serve: Callable[..., Server]) -> None:
    server = serve(host="0.0.0.0", origins=("https://shop.example",))
    _, secret = KeyFile(server.settings.state).add("line")
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    before = server.ask("OPTIONS", "/v1/models/cats/predict", headers=asked)
    assert before.status_code == 200
    assert before.headers["access-control-allow-origin"] == "https://shop.example"
    answer = server.ask("POST", "/v1/models/cats/predict", headers=bearer(secret) | {"Origin": "https://shop.example"})
    assert answer.status_code == 200
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/v1/models", DATA_POLICY),
        ("/v1/nothing", DATA_POLICY),
        ("/models/cats/report/", REPORT_POLICY),
        ("/models/cats/", PAGE_POLICY),
        ("/", PAGE_POLICY),
    ],
)
def test_every_answer_carries_the_headers(serve: Callable[..., Server], path: str, policy: str) -> None:
    headers = serve().ask("GET", path).headers
    assert headers["content-security-policy"] == policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers
    assert "'unsafe-inline'" not in policy.replace("style-src 'self' 'unsafe-inline'", "")


def test_https_is_remembered_by_browsers(serve: Callable[..., Server], tmp_path: Path) -> None:
    assert "strict-transport-security" in serve(tls=(tmp_path / "a", tmp_path / "b")).ask("GET", "/v1/models").headers


def test_the_log_tells_who_did_what_and_no_more(serve: Callable[..., Server]) -> None:
    server = serve()
    key, secret = KeyFile(server.settings.state).add("Line 3")
    server.ask(
        "POST", "/v1/models/cats/predict", headers=bearer(secret), files={"x": ("private-name.jpg", b"pixels", "image/jpeg")}
    )
    server.ask("GET", "/v1/secret-path?token=abc")
    server.ask("GET", "/healthz")
    predicted, lost, *_ = server.log()
    assert (
        predicted.items()
        >= {
            "key": key.id,
            "method": "POST",
            "route": "/v1/models/{name}/predict",
            "status": 200,
            "model": "cats",
            "bundle": "0123456789ab",
            "labels": {"cat": 2, "unknown": 1},
        }.items()
    )
    assert isinstance(predicted["bytes"], int)
    assert predicted["bytes"] > 6
    assert (lost["route"], lost["status"], lost["key"]) == ("other", 404, "-")
    text = json.dumps(server.log())
    for hidden in ("private-name", "pixels", "secret-path", "token", secret):
        assert hidden not in text


def test_no_log_where_none_is_wanted(serve: Callable[..., Server]) -> None:
    server = serve(audit=False)
    assert server.ask("GET", "/v1/models").status_code == 200
    assert not (server.settings.state / "audit").exists()


def test_metrics_and_keys_need_their_scopes(serve: Callable[..., Server]) -> None:
    server = serve()
    file = KeyFile(server.settings.state)
    line, reading = file.add("line", ["read"])
    boss, admin = file.add("boss", ["admin"])
    assert server.ask("GET", "/metrics").status_code == 401
    text = server.ask("GET", "/metrics", headers=bearer(reading)).text
    assert "kenali_requests_total" in text
    assert server.ask("GET", "/v1/keys", headers=bearer(reading)).status_code == 403
    listed = server.ask("GET", "/v1/keys", headers=bearer(admin)).json()
    assert listed["own"] == boss.id
    assert [key["name"] for key in listed["keys"]] == ["line", "boss"]
    assert not {"sha256", "key"} & listed["keys"][0].keys()
    assert server.ask("DELETE", f"/v1/keys/{boss.id}", headers=bearer(admin)).status_code == 409
    assert server.ask("DELETE", "/v1/keys/00000000", headers=bearer(admin)).status_code == 404
    assert server.ask("DELETE", f"/v1/keys/{line.id}", headers=bearer(admin)).json()["revoked"]
    assert server.ask("GET", "/metrics", headers=bearer(reading)).status_code == 401
    assert any(entry.get("subject") == f"key {line.id}" for entry in server.log())


def test_the_document_says_which_key_a_route_needs(serve: Callable[..., Server]) -> None:
    document = serve().app.openapi()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["paths"]["/v1/models"]["get"]["security"] == [{"key": ["read"]}]


NAMES = st.sampled_from(["authorization", "x-api-key", "cookie", "host", "origin", "accept", "sec-fetch-site"])
NEARLY = [b"Bearer ", b"kenali=1a2b3c4d.9.9", b"localhost", b"null", b"[", b":", b"http://["]
VALUES = st.one_of(st.binary(max_size=60), st.sampled_from(NEARLY))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(headers=st.lists(st.tuples(NAMES, VALUES), max_size=5), method=st.sampled_from(["GET", "POST", "DELETE"]))
def test_no_header_lets_anyone_in_or_breaks_anything(keyed: Server, headers: list[tuple[str, bytes]], method: str) -> None:
    paths = {"GET": "/v1/models", "POST": "/v1/models/cats/predict", "DELETE": "/v1/models/cats"}
    answer = keyed.ask(method, paths[method], headers=[(name.encode(), value) for name, value in headers])
    assert answer.status_code in (401, 403, 421, 429)
    assert answer.json()["status"] == answer.status_code
