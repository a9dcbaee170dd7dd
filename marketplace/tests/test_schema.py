"""Generated requests against the OpenAPI document: the API does what its document says."""

import json
import os
import re

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from marketplace.tests.routes import document
from marketplace.tests.world import bearer
from marketplace.wsgi import django_application as application

# Untraced: what code does is looked at here, not which lines of it run.
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Per operation; `SCHEMA_EXAMPLES=100 bin/test marketplace/tests/test_schema.py` looks longer.
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "4"))
CALLERS = ("nobody", "buyer", "seller", "staff")


def test_document_refers_to_nothing_that_it_does_not_have():
    """What made clients could not be built from."""
    text = json.dumps(document())
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))

    assert named <= set(document()["components"]["schemas"])


def load_schema():
    config = SchemathesisConfig()
    schema = schemathesis.openapi.from_dict(document(), config=config)
    schema.app = application
    schema.config.phases.coverage.enabled = False
    return schema


schema = load_schema()


@pytest.fixture(autouse=True)
def _keep_the_connection():
    """At the ends of a request Django closes a connection that is inside a transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


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
    # `?fields=` leaves out what the document requires.
    is_partial = "fields" in (case.query or {})
    checks = [
        check for check in CHECKS if check is not response_schema_conformance or not is_partial
    ]
    # Making a request costs more than answering it: each goes out once by every caller.
    for caller in CALLERS:
        with transaction.atomic():
            headers = {} if caller == "nobody" else bearer(getattr(world, caller))
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(response, checks=checks)
