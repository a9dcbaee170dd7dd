"""The invariants in tests. Production code never imports it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from marketplace.invariants.checks import find_broken, find_violations


def assert_invariants_hold() -> None:
    if broken := find_broken():
        raise AssertionError([str(violation) for violation in find_violations(broken)])


@contextmanager
def taken_back() -> Iterator[None]:
    """Run one of many cases on the same rows: checked at its end as a test is, then undone."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        assert_invariants_hold()
        transaction.set_rollback(True)
