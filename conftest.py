"""Fixtures of every app's tests."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.test import TransactionTestCase
from rest_framework.test import APIClient

from marketplace.common import logs, messaging
from marketplace.common.testing import empty_tables, public_images_policy, s3_storage
from marketplace.common.testing.template import migrated_template
from marketplace.invariants.testing import assert_invariants_hold


def pytest_addoption(parser: pytest.Parser) -> None:
    """Sizes of the tests that show more the longer they run."""
    sizes = parser.getgroup("sizes")
    sizes.addoption("--checkouts", type=int, default=40, help="generated checkouts to live through")
    sizes.addoption("--seed", type=int, default=7, help="what they are generated from")
    sizes.addoption("--orders", type=int, default=100, help="orders made while workers are killed")
    sizes.addoption("--kills", type=int, default=5, help="kills of workers meanwhile")
    sizes.addoption(
        "--thorough",
        action="store_true",
        help="send each bad value everywhere, not a share of them",
    )
    sizes.addoption("--requests", type=int, default=250, help="generated requests to answer")
    sizes.addoption("--races", type=int, default=40, help="cancellations that meet a payment")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let the tests that really commit empty the audit log afterwards, as every other table."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'never_emptied'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER never_emptied")
    yield
    # A process that a test killed may not have hung up yet, and no database in use can be dropped.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _clean_slate() -> Iterator[None]:
    """Nothing outside the database survives from one test to the next."""
    from orders.payments.services.start import breaker as providers
    from shops.shipping.live import breaker as carriers

    messaging.sent_sms.clear()
    providers.forget()
    carriers.forget()
    logs.request_id.set("-")
    yield
    cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_template()


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test: empty_tables())
        yield


@pytest.fixture(autouse=True)
def _invariants_hold(request: pytest.FixtureRequest, _django_db_marker: None) -> Iterator[None]:
    """Whatever a test does to the database, stock, orders and money must add up afterwards."""
    yield
    if request.node.get_closest_marker("breaks_invariants"):
        return
    if not request.node.get_closest_marker("django_db"):
        return
    if not connection.needs_rollback:
        assert_invariants_hold()


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of a server that speaks S3."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_endpoint: str, settings: Any) -> Any:
    """An empty bucket, which is the storage of this test."""
    name = f"media-{uuid4().hex}"
    settings.STORAGES = {**settings.STORAGES, "default": s3_storage(s3_endpoint, name)}
    region = {"LocationConstraint": default_storage.region_name}
    bucket = default_storage.connection.create_bucket(Bucket=name, CreateBucketConfiguration=region)
    bucket.Policy().put(Policy=public_images_policy(name))
    return bucket


@pytest.fixture
def api() -> APIClient:
    """A caller without an account."""
    return APIClient()


@pytest.fixture
def api_as() -> Callable[[Any], APIClient]:
    """A caller signed in as the given user, past the token: authentication has tests of its own."""

    def sign_in(user: Any) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return sign_in
