"""Who calls the API of carts."""

import pytest

from accounts.tests.factories import UserFactory


@pytest.fixture
def buyer():
    return UserFactory()


@pytest.fixture
def client(api_as, buyer):
    return api_as(buyer)
