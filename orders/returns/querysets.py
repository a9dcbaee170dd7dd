"""Filters and locks of returns."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import Case, DurationField, ExpressionWrapper, F, Q, When

from orders.models import Order
from orders.returns.constants import ReturnStatus
from shops.querysets import ClockEnds

if TYPE_CHECKING:
    from accounts.models import User
    from orders.returns.models import Return
    from shops.models import Shop


class ReturnQuerySet(models.QuerySet["Return"]):
    def requested_by(self, buyer: "User") -> Self:
        """Row scope of the buyer API: everything else answers 404."""
        return self.filter(order__buyer=buyer)

    def of_shop(self, shop: "Shop") -> Self:
        """Row scope of the seller API: everything else answers 404."""
        return self.filter(shop=shop)

    def open(self) -> Self:
        """Returns that somebody still has to do something about."""
        return self.filter(closed_at=None)

    def claiming(self) -> Self:
        """Returns whose units cannot be returned once more.

        Those of a rejected one can, unless staff had the last word on it.
        """
        given_up = Q(status=ReturnStatus.CANCELLED) | Q(status=ReturnStatus.REJECTED, dispute=None)
        return self.exclude(given_up)

    def overdue(self, now: datetime) -> Self:
        """Returns that wait for a seller's answer or for goods, beyond the time for it.

        The column comes first, for its index: a clock that stands still ends later, not earlier.
        """
        waiting = [ReturnStatus.REQUESTED, ReturnStatus.APPROVED]
        return (
            self.filter(deadline_at__lte=now, status__in=waiting).with_due().filter(due_at__lte=now)
        )

    def with_due(self) -> Self:
        """Add `due_at`: until when the seller answers, or the goods come, as it is enforced.

        A seller's clock stands still while the shop is on holiday; a buyer's does not.
        """
        lasts = ExpressionWrapper(F("deadline_at") - F("moved_at"), output_field=DurationField())
        sellers = When(
            status=ReturnStatus.REQUESTED, then=ClockEnds(F("shop"), F("moved_at"), lasts)
        )
        return self.annotate(due_at=Case(sellers, default=F("deadline_at")))

    def lock(self, return_id: UUID) -> "Return":
        """Lock a return and its order, the order first. Raises: Return.DoesNotExist."""
        order_id = self.values_list("order_id", flat=True).get(pk=return_id)
        order = Order.objects.lock(order_id)
        row = self.select_for_update(of=("self",)).get(pk=return_id)
        row.order = order
        return row
