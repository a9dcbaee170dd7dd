"""What the tests of accounts share."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.factories import PASSWORD, UserFactory
from marketplace.common import messaging
from marketplace.common.testing import drain_outbox


@pytest.fixture
def user() -> User:
    return UserFactory(phone_number="+84912345678", email="lan@example.test")


@pytest.fixture
def sign_in() -> Callable[..., dict[str, Any]]:
    """Sign in over the API and return the answer's body."""

    def call(user: User, password: str = PASSWORD) -> dict[str, Any]:
        identifier = (
            {"phone_number": user.phone_number} if user.phone_number else {"email": user.email}
        )
        response = APIClient().post("/api/v1/auth/login", {**identifier, "password": password})
        assert response.status_code == 200, response.content
        return response.json()

    return call


@pytest.fixture
def bearer(sign_in) -> Callable[[User], APIClient]:
    """A client that signed in with a real token."""

    def call(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in(user)['access']}")
        return client

    return call


@pytest.fixture
def last_code() -> Callable[[str], str]:
    """Hand over the outbox and return the digits last sent to a destination."""

    def call(destination: str) -> str:
        drain_outbox()
        if "@" in destination:
            texts = [str(m.body) for m in mail.outbox if m.to == [destination]]
        else:
            texts = [sms["body"] for sms in messaging.sent_sms if sms["to"] == destination]
        return re.search(r"\b\d{6}\b", texts[-1])[0]

    return call
