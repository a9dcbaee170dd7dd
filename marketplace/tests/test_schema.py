"""Generated requests against the OpenAPI document: the API does what its document says."""

import json
import os
import re

import pytest
from hypothesis import HealthCheck, Phase, settings

from marketplace.tests.fuzzing import Asked, kept_connection, load_schema
from marketplace.tests.routes import Operation, document, operations, resolved
from marketplace.tests.world import sign_in

# Untraced: what code does is looked at here, not which lines of it run.
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]

# Per operation; `SCHEMA_EXAMPLES=100 bin/test marketplace/tests/test_schema.py` looks longer.
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "3"))


def test_document_refers_to_nothing_that_it_does_not_have():
    """What made clients could not be built from."""
    text = json.dumps(document())
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))

    assert named <= set(document()["components"]["schemas"])


def test_no_component_has_a_field_of_its_own_name():
    """In a Python client, the one would hide the other's type."""
    clashes = [
        name
        for name, component in document()["components"]["schemas"].items()
        if re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() in component.get("properties", ())
    ]

    assert clashes == []


def test_taken_back_vote_is_documented_as_it_is_answered():
    """A DELETE is taken for a 204 unless it says otherwise."""
    answers = document()["paths"]["/api/v1/reviews/{id}/helpful"]["delete"]["responses"]

    assert "204" not in answers
    assert answers["200"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Helpful"
    }


def test_labels_and_invoices_that_are_not_ready_are_documented():
    """A GET seldom conflicts with anything."""
    seller = "seller/orders/"
    for path in (
        f"{seller}{{key}}/label",
        f"{seller}bulk/labels",
        f"{seller}{{key}}/invoice",
        "orders/{key}/invoice",
    ):
        answers = document()["paths"][f"/api/v1/{path}"]["get"]["responses"]

        assert answers["409"] == answers["400"] | {"description": answers["409"]["description"]}
        assert answers["409"]["description"].startswith("A conflict")


def shown(operation: Operation) -> dict[str, object]:
    """Return what a GET shows: the fields of its row, of each row, or of its list."""
    content = operation.schema["responses"].get("200", {}).get("content", {})
    answer = resolved(content.get("application/json", {}).get("schema", {}))
    return resolved(answer.get("items", answer)).get("properties", {})


def test_every_list_and_row_takes_fields_and_every_list_a_limit(world):
    reads = [operation for operation in operations() if operation.method == "get"]
    rows = [operation for operation in reads if {"id", "results"} & shown(operation).keys()]
    silent, undocumented = [], []
    for operation in rows:
        caller = sign_in(world.caller(operation.template))
        answer = caller.get(world.path(operation.template), {"fields": "nothing"})
        if answer.status_code != 400 or answer.json()["error"]["details"][0]["field"] != "fields":
            silent.append(str(operation))
        wanted = {"fields", "limit"} if "results" in shown(operation) else {"fields"}
        if not wanted <= operation.query_parameters.keys():
            undocumented.append(str(operation))

    assert len(rows) > 50
    assert (silent, undocumented) == ([], [])


schema = load_schema()


@pytest.fixture(autouse=True)
def _keep_the_connection():
    with kept_connection():
        yield


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_generated_requests_are_answered_as_documented(case, world):
    asked = Asked(world)
    asked.ask_all(case)

    assert not asked.failures
