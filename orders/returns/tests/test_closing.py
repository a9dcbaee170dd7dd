"""Accounts and shops are not closed while goods or money are on their way back."""

import pytest

from accounts.hooks import closing_checks, export_sections
from orders.returns.constants import ReturnStatus
from orders.returns.errors import OpenReturns
from orders.returns.services.closing import refuse_open_returns, refuse_returns_to
from orders.returns.tests.factories import return_in
from shops import hooks as shops_hooks

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", [ReturnStatus.APPROVED, ReturnStatus.DISPUTED])
def test_open_returns_stand_in_the_way_of_both_sides(status):
    row = return_in(status)

    with pytest.raises(OpenReturns, match=row.order.number):
        refuse_open_returns(row.order.buyer)
    with pytest.raises(OpenReturns, match=row.order.number):
        refuse_returns_to(row.shop)


@pytest.mark.parametrize(
    "status", [ReturnStatus.REJECTED, ReturnStatus.REFUNDED, ReturnStatus.CANCELLED]
)
def test_closed_returns_do_not(status):
    row = return_in(status)

    refuse_open_returns(row.order.buyer)
    refuse_returns_to(row.shop)


def test_checks_and_the_section_of_the_export_are_registered():
    row = return_in(ReturnStatus.APPROVED)

    assert refuse_open_returns in closing_checks
    assert refuse_returns_to in shops_hooks.closing_checks
    (held,) = export_sections["returns"](row.order.buyer)
    assert (held["status"], held["reason"]) == ("approved", "damaged")
    assert held["items"] == [{"title": row.order.items.get().title, "quantity": 3}]
