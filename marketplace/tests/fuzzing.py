"""Requests that schemathesis makes up from the OpenAPI document, by every kind of caller."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Final

import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from psycopg.pq import TransactionStatus
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.generation.stateful.state_machine import APIStateMachine, StepInput
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from marketplace.tests.routes import document
from marketplace.tests.world import World, bearer
from marketplace.wsgi import django_application as application

CALLERS: Final = ("nobody", "buyer", "seller", "staff")
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# How often an id that was made up gives way to that of a row; otherwise all of them would be 404.
KNOWN_ROWS: Final = 0.7
# How often somebody calls for whom it is not meant.
STRANGERS: Final = 0.2


def load_schema() -> Any:
    # A copy: what it guesses besides goes into it.
    schema = schemathesis.openapi.from_dict(deepcopy(document()), config=SchemathesisConfig())
    schema.app = application
    schema.config.phases.coverage.enabled = False
    schema.config.phases.stateful.inference.algorithms = []
    # Who calls is our business: made-up tokens would take the place of theirs.
    schema.config.generation.with_security_parameters = False
    return schema


@contextmanager
def kept_connection() -> Iterator[None]:
    """At the ends of a request Django closes a connection that is inside a transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class Asked:
    """Sends requests, holds the answers against the document, and counts both."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = 0
        self.statuses: Counter[str] = Counter()
        # What the document does not allow, or a 5xx: the first of its kind, with what led to it.
        self.failures: dict[str, str] = {}
        self.trail: list[str] = []

    def ask(self, case: Case, caller: str) -> Response:
        headers = {} if caller == "nobody" else bearer(getattr(self.world, caller))
        savepoint = transaction.savepoint()
        response = case.call(headers=headers)
        # What PostgreSQL refused is over for a view, which has no transaction; here there is one.
        if connection.connection.info.transaction_status == TransactionStatus.INERROR:
            transaction.savepoint_rollback(savepoint)
        else:
            transaction.savepoint_commit(savepoint)
        self.count += 1
        self.statuses[f"{response.status_code // 100}xx"] += 1
        self.trail.append(f"{caller}: {case.method} {case.formatted_path}: {response.status_code}")
        # `?fields=` leaves out what the document requires.
        is_partial = "fields" in (case.query or {})
        checks = [
            check for check in CHECKS if check is not response_schema_conformance or not is_partial
        ]
        try:
            case.validate_response(response, checks=checks)
        except FailureGroup as failed:
            kind = f"{case.operation.label}: {', '.join(str(e) for e in failed.exceptions)[:200]}"
            said = "\n".join((*self.trail, f"body: {case.body!r:.2000}", str(failed)))
            self.failures.setdefault(kind, said)
        return response

    def ask_all(self, case: Case) -> None:
        """Send it once by every caller, as making a request costs more than answering it."""
        for caller in CALLERS:
            with transaction.atomic():
                self.trail = []
                self.ask(case, caller)
                transaction.set_rollback(True)


def name_known_rows(case: Case, world: World, *, path: bool = True, body: bool = True) -> None:
    """Put ids of rows that exist in the place of made-up ones, more often than not."""
    if path and case.path_parameters and random.random() < KNOWN_ROWS:
        known = world.path(case.path).split("/")
        for part, value in zip(case.path.split("/"), known, strict=True):
            if part.startswith("{"):
                case.path_parameters[part[1:-1]] = value
    if body and random.random() < KNOWN_ROWS:
        _name_in(case.body, world.names)


def _name_in(body: Any, names: dict[str, Any]) -> None:
    if isinstance(body, list):
        for item in body:
            _name_in(item, names)
    if not isinstance(body, dict):
        return
    for key, value in body.items():
        if isinstance(value, str) and key in names:
            body[key] = str(names[key])
        elif isinstance(value, list) and key.removesuffix("s") in names:
            body[key] = [str(names[key.removesuffix("s")])]
        else:
            _name_in(value, names)


def walks(schema: Any, asked: Asked) -> type[APIStateMachine]:
    """Return the machine that follows the document's links, with one database from step to step."""

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            asked.trail = []
            self.block = transaction.atomic()
            self.block.__enter__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

        def step(self, input: StepInput) -> Any:
            linked = {location.name for location, _name in input.applied_parameters}
            name_known_rows(
                input.case, asked.world, path="PATH" not in linked, body="BODY" not in linked
            )
            return super().step(input)

        def call(self, case: Case, **_kwargs: Any) -> Response:
            if random.random() < STRANGERS:
                caller = random.choice(CALLERS)
            elif case.path.startswith("/api/v1/admin/"):
                caller = "staff"
            else:
                caller = "seller" if case.path.startswith("/api/v1/seller/") else "buyer"
            return asked.ask(case, caller)

        def validate_response(self, *_args: Any, **_kwargs: Any) -> None:
            """It was, when it was asked."""

    return Walk
