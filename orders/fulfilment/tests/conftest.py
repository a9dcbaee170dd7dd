"""Carriers for the tests of fulfilment."""

from collections.abc import Iterator
from typing import Any

import pytest

from shops.shipping.tests.carriers import Books, ghtk_on, viettel_post_on


@pytest.fixture
def ghtk_server(settings: Any) -> Iterator[Books]:
    with ghtk_on(settings) as books:
        yield books


@pytest.fixture
def viettel_post_server(settings: Any) -> Iterator[Books]:
    with viettel_post_on(settings) as books:
        yield books
