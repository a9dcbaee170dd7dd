"""What the tests of this folder share."""

import pytest

from shops.tests.factories import ShopFactory


@pytest.fixture
def shop():
    return ShopFactory()


@pytest.fixture
def seller(api_as, shop):
    return api_as(shop.owner)
