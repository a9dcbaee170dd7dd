"""Filters and locks of stock."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models

if TYPE_CHECKING:
    from catalog.inventory.models import StockItem


class StockItemQuerySet(models.QuerySet["StockItem"]):
    def lock(self, variant_ids: Iterable[UUID]) -> "dict[UUID, StockItem]":
        """Lock these rows in pk order, so that two checkouts cannot deadlock, and read them."""
        rows = self.filter(variant_id__in=list(variant_ids)).order_by("pk")
        return {row.variant_id: row for row in rows.select_for_update(of=("self",))}
