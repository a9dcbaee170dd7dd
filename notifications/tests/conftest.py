"""A clock, somebody to tell, and a mail server."""

import pytest
import time_machine
from django.utils import timezone

from accounts.tests.factories import UserFactory
from notifications.tests.smtp import mail_server
from notifications.tests.telling import NOON


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def user():
    return UserFactory(email_verified_at=timezone.now())


@pytest.fixture
def smtp(settings):
    """A mail server that the settings point at."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = False
        yield server
