"""Generated requests that follow the links of the OpenAPI document, and as many more as wanted.

`bin/fuzz` goes on until 50,000 have been answered, `bin/fuzz --requests N` until N, and says how
far it is.
"""

import time
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from marketplace.tests.fuzzing import Asked, kept_connection, load_schema, name_known_rows, walks

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]
STEPS = 30
WALKS = 10
# So many walks go with so many operations.
OPERATIONS = 8
# Of one round, for each operation; each is sent by four callers.
REQUESTS = 5
PROGRESS = 1_000


class Told(Asked):
    """Says how far it is."""

    def __init__(self, world, tell):
        super().__init__(world)
        self.tell = tell
        self.started = time.monotonic()
        self.told_of = set()

    def ask(self, case, caller):
        response = super().ask(case, caller)
        for kind in self.failures.keys() - self.told_of:
            self.told_of.add(kind)
            self.tell(f"FAILED after {self.count} requests: {self.failures[kind]}")
        if self.count % PROGRESS == 0:
            self.tell(self.progress())
        return response

    def progress(self):
        seconds = time.monotonic() - self.started
        statuses = ", ".join(f"{number} {kind}" for kind, number in sorted(self.statuses.items()))
        failures = len(self.failures)
        return f"{self.count} requests in {seconds:.0f} s: {statuses}; {failures} failures"


@pytest.fixture
def asked(world, pytestconfig):
    terminal = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    capture = pytestconfig.pluginmanager.get_plugin("capturemanager")

    def tell(line):
        with capture.global_and_fixture_disabled():
            terminal.write_line(line)

    with kept_connection():
        # A worker of a parallel run has no terminal.
        yield Told(world, tell if terminal else lambda line: None)


def only_generated(examples):
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def test_requests_are_answered_as_documented_also_those_that_follow_links(asked, pytestconfig):
    schema = load_schema()
    wanted = pytestconfig.getoption("--requests")
    operations = [each.ok() for each in schema.get_all_operations()]
    machine = walks(schema, asked)

    for number in count(pytestconfig.getoption("--seed") * 1_000):
        some = operations[number * OPERATIONS % len(operations) :][:OPERATIONS]
        # Ids and times differ from walk to walk, which Hypothesis notices when it repeats one.
        with suppress(Flaky):
            run_state_machine_as_test(seed(number)(machine), settings=only_generated(WALKS))
        for operation in some:
            if asked.count < wanted:
                ask_all(asked, operation, number)
        if asked.count >= wanted:
            break

    asked.tell(asked.progress())
    assert not asked.failures, "\n\n".join(asked.failures.values())


def ask_all(asked, operation, number):
    @seed(number)
    @only_generated(REQUESTS)
    @given(operation.as_strategy())
    def ask(case):
        name_known_rows(case, asked.world)
        asked.ask_all(case)

    ask()
