"""The OpenAPI document: valid, true to the server, its examples real."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok

from kenali.serve.app import create_app
from kenali.serve.examples import DETAILS
from kenali.serve.problems import KINDS
from kenali.serve.security.keys import SCOPES, KeyFile
from kenali.serve.settings import FaceSettings, Settings
from tests.serve.conftest import MakeClient
from tests.serve.faces.conftest import FaceServer
from tests.serve.server import serving

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """That of a server without keys, for models and faces."""
    app = create_app(Settings(bundles=(), state=tmp_path_factory.mktemp("state"), faces=FaceSettings()))
    found: dict[str, Any] = json.loads(json.dumps(app.openapi()))
    return found


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_a_public_validator_accepts_the_document(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    resource = DRAFT202012.create_resource(document)
    registry = Registry().with_resource("urn:document", resource)
    seen = 0
    for operation in operations(document):
        bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
        for content in (content for body in bodies for content in body.get("content", {}).values()):
            schema = json.loads(json.dumps(content["schema"]).replace('"#/', '"urn:document#/'))
            examples = [example["value"] for example in content.get("examples", {}).values()]
            for example in [*examples, *([content["example"]] if "example" in content else [])]:
                Draft202012Validator(schema, registry=registry).validate(example)
                seen += 1
    assert seen > 40


def test_every_refusal_is_a_problem_document(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"]


def test_the_document_says_which_key_is_needed(document: dict[str, Any], client_of: MakeClient) -> None:
    """This server has no keys; with one it is another matter."""
    keyed = client_of(keyed=True).get("/openapi.json").json()
    for found, wanted in ((document, [{}, {"key": ["predict"]}]), (keyed, [{"key": ["predict"]}])):
        paths = found["paths"]
        assert paths["/v1/models/{name}/predict"]["post"]["security"] == wanted
        assert paths["/v1/models/{name}"]["put"]["security"] == [{"key": ["admin"]}]
        assert "security" not in paths["/healthz"]["get"]


def test_every_reason_has_a_sentence_and_a_place_in_the_docs() -> None:
    page = (DOCS / "serve.md").read_text(encoding="utf-8")
    told = set(re.findall(r'<a id="([a-z-]+)"></a>', page))
    assert told == set(KINDS)
    assert set(DETAILS) <= set(KINDS)


@dataclass
class Api:
    schema: schemathesis.BaseSchema
    headers: dict[str, str]


@pytest.fixture(scope="module")
def api(colours: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server that needs keys, and one of them."""
    opened = contextlib.ExitStack()
    state = tmp_path_factory.mktemp("state")
    headers = {"Authorization": f"Bearer {KeyFile(state).add('tests', SCOPES)[1]}"}
    faces = FaceServer(tmp_path_factory.mktemp("faces"), opened)
    faces.gallery()
    faces.fit()
    with opened, serving(state, colours, "--no-spare", *faces.options) as server:
        yield Api(schemathesis.openapi.from_url(f"{server.url}/openapi.json"), headers)


@schemathesis.serializer("application/zip")
def as_it_is(context: schemathesis.SerializationContext, value: Any) -> Any:
    return value


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=str)
def test_schemathesis_finds_nothing(api: Api, mode: schemathesis.GenerationMode) -> None:
    """Requests drawn from the document, right and wrong ones.

    Left out: a bundle's own choices for `reject` are not in the document; whoever tries many wrong keys gets 429 for 401.
    """
    excluded: Any = CHECKS.get_by_names(["positive_data_acceptance", "ignored_auth"])
    for operation in (found.ok() for found in api.schema.get_all_operations() if isinstance(found, Ok)):

        @hypothesis.settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @hypothesis.given(operation.as_strategy(generation_mode=mode))
        def holds(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(headers=api.headers, excluded_checks=excluded)

        with contextlib.suppress(hypothesis.errors.Unsatisfiable):  # nothing about `GET /healthz` can be asked wrongly
            holds()
