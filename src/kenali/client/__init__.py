"""A client of `kenali serve`, typed by its schema: methods to wait for (`Client`) or to await (`AsyncClient`).

    with kenali.Client("http://127.0.0.1:8000") as client:
        print(client.predict("minerals", "photo.jpg").label)
        print([face.name for face in client.faces.identify("photo.jpg").faces])

Busy servers (429, 502, 503, 504) and connections that break are tried again, as often as `attempts` allows, after the pause
that the server asks for. All else that a server refuses is a `ServerProblem`.
"""

from kenali.client.asking import Options, ServerProblem
from kenali.client.awaiting import AsyncClient
from kenali.client.waiting import Client

__all__ = ["AsyncClient", "Client", "Options", "ServerProblem"]
