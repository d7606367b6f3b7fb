"""What browsers are told to forbid: scripts from elsewhere, frames, guessing of types, leaking of addresses."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kenali.serve import record

_END = "base-uri 'none'; frame-ancestors 'none'"
DATA_POLICY = f"default-src 'none'; {_END}"
REPORT_POLICY = f"default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'none'; {_END}"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; "
    f"form-action 'self'; {_END}"
)

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # with none at all browsers would not say whose page sends a form
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),  # with the one above, WebAssembly may use threads
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=(), payment=(), usb=()"),
]
_SAME_ORIGIN = [(b"cross-origin-resource-policy", b"same-origin")]
_CROSS_ORIGIN = [(b"cross-origin-resource-policy", b"cross-origin")]
_UNKEPT = [(b"cache-control", b"no-store")]
_TLS = [(b"strict-transport-security", b"max-age=31536000")]
_DATA = ("/v1/", "/metrics", "/healthz", "/readyz", "/openapi.json")


class SecurityHeaders:
    """Adds the headers to every answer, except where the app has set its own; and those that a request has earned (rates)."""

    def __init__(self, app: ASGIApp, *, tls: bool, shared: bool) -> None:
        self._app = app
        common = _ALWAYS + (_TLS if tls else [])
        policies = {"data": DATA_POLICY, "page": PAGE_POLICY, "report": REPORT_POLICY}
        self._headers = {
            kind: [
                *common,
                *(_CROSS_ORIGIN if shared and kind == "data" else _SAME_ORIGIN),
                *(_UNKEPT if kind == "data" else []),
                (b"content-security-policy", policy.encode()),
            ]
            for kind, policy in policies.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ours = self._headers[_kind(scope["path"])]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                theirs = list(message["headers"])
                names = {name for name, _ in theirs}
                theirs += [pair for pair in ours if pair[0] not in names]
                message["headers"] = theirs + record.of(scope).headers
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _kind(path: str) -> str:
    if path.startswith(_DATA):
        return "data"
    return "report" if path.startswith("/models/") and "/report/" in path else "page"
