"""Filters and locks of orders."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models

from orders.constants import ENDED, OrderStatus

if TYPE_CHECKING:
    from accounts.models import User
    from orders.models import Checkout, Order  # noqa: F401
    from shops.models import Shop


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    def placed_by(self, buyer: "User") -> Self:
        """Row scope of the buyer API: everything else answers 404."""
        return self.filter(buyer=buyer)


class OrderQuerySet(models.QuerySet["Order"]):
    def placed_by(self, buyer: "User") -> Self:
        """Row scope of the buyer API: everything else answers 404."""
        return self.filter(buyer=buyer)

    def sold_by(self, shop: "Shop") -> Self:
        """Row scope of the seller API; what was never paid for is not the seller's business."""
        return self.filter(shop=shop, placed_at__isnull=False)

    def lock(self, order_id: UUID) -> "Order":
        """Lock one order and read it. Raises: Order.DoesNotExist."""
        return self.select_for_update(of=("self",)).get(pk=order_id)

    def lock_all(self, order_ids: Iterable[UUID]) -> "list[Order]":
        """Lock these orders in pk order and read them."""
        return list(
            self.filter(pk__in=list(order_ids)).order_by("pk").select_for_update(of=("self",))
        )

    def open(self) -> Self:
        """Orders that somebody still has to do something about."""
        return self.exclude(status__in=ENDED)

    def receipt_overdue(self, now: datetime) -> Self:
        """Delivered orders whose buyer has said nothing until the deadline."""
        return self.filter(status=OrderStatus.DELIVERED, complete_before__lte=now)
