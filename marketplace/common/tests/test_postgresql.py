from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept() -> Iterator[Any]:
    """A connection as a server's thread keeps it, after a request that asked it."""
    connection = connections.create_connection("default")
    try:
        connection.settings_dict = {**connection.settings_dict, "CONN_MAX_AGE": None}
        read_pid(connection)
        next_request(connection)
        read_pid(connection)
        next_request(connection)
        yield connection
    finally:
        connection.close()


def read_pid(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def next_request(connection: Any) -> None:
    connection.close_if_unusable_or_obsolete()


def in_another(sql: str, pid: int) -> Any:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute(sql, [pid])
            return cursor.fetchone()[0]
    finally:
        other.close()


def test_a_connection_that_was_asked_a_moment_ago_is_not_asked_again(kept):
    pid = kept.connection.info.backend_pid

    kept.close_if_health_check_failed()

    last = in_another("SELECT query FROM pg_stat_activity WHERE pid = %s", pid)
    assert last == "SELECT pg_backend_pid()"


def test_a_connection_that_has_not_been_asked_for_long_is_asked(kept):
    pid = kept.connection.info.backend_pid
    kept.connection.asked_at -= 1.0

    kept.close_if_health_check_failed()

    last = in_another("SELECT query FROM pg_stat_activity WHERE pid = %s", pid)
    assert last == "SELECT 1"


def test_a_connection_that_the_server_ended_is_replaced_at_once(kept):
    pid = kept.connection.info.backend_pid
    assert in_another("SELECT pg_terminate_backend(%s, 5000)", pid)

    assert read_pid(kept) != pid


@pytest.fixture
def pooled() -> Iterator[Any]:
    """A thread's connection where a pool of one gives it out, after a request that asked it."""
    connection = connections.create_connection("default")
    options = {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": 1}}
    try:
        connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}
        read_pid(connection)
        connection.close()
        yield connection
    finally:
        connection.close()
        connection.close_pool()


def test_a_pool_gives_out_what_was_asked_a_moment_ago_without_asking_again(pooled):
    pooled.ensure_connection()

    pid = pooled.connection.info.backend_pid
    last = in_another("SELECT query FROM pg_stat_activity WHERE pid = %s", pid)
    assert last == "SELECT pg_backend_pid()"


def test_a_pool_gives_out_another_connection_where_the_server_ended_one(pooled):
    pid = read_pid(pooled)
    pooled.close()
    assert in_another("SELECT pg_terminate_backend(%s, 5000)", pid)

    assert read_pid(pooled) != pid
