"""Filters, annotations and locks of vouchers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Now, Upper

from shops.constants import ShopStatus
from vouchers.constants import RedemptionStatus

if TYPE_CHECKING:
    from accounts.models import User
    from shops.models import Shop
    from vouchers.models import Redemption, Voucher  # noqa: F401


class VoucherQuerySet(models.QuerySet["Voucher"]):
    def live(self) -> Self:
        """Vouchers that are not archived."""
        return self.filter(archived_at=None)

    def of_shop(self, shop: "Shop") -> Self:
        """Row scope of the seller API."""
        return self.live().filter(shop=shop)

    def usable(self) -> Self:
        """Vouchers that are switched on, the platform's own or an open shop's."""
        from_open_shop = Q(shop=None) | Q(shop__status=ShopStatus.APPROVED)
        return self.live().filter(from_open_shop, is_active=True)

    def with_codes(self, codes: Iterable[str]) -> Self:
        """Vouchers of these normalised codes."""
        return self.alias(upper_code=Upper("code")).filter(upper_code__in=list(codes))

    def on_offer(self, shop_ids: Iterable[UUID]) -> Self:
        """Public vouchers of now that are not used up: the platform's and these shops'."""
        return self.usable().filter(
            Q(shop=None) | Q(shop__in=list(shop_ids)),
            Q(usage_limit=None) | Q(used_count__lt=F("usage_limit")),
            is_public=True,
            starts_at__lte=Now(),
            ends_at__gt=Now(),
        )

    def with_terms(self, buyer: "User") -> Self:
        """Add what decides about a use: limits to goods, the buyer's uses, the database's time."""
        categories: Any = self.model.categories.through.objects
        products: Any = self.model.products.through.objects
        usage: Any = self.model._meta.get_field("usages").related_model
        mine = usage.objects.filter(voucher=OuterRef("pk"), user=buyer).values("used_count")
        return self.annotate(
            category_paths=ArraySubquery(
                categories.filter(voucher=OuterRef("pk")).values("category__path")
            ),
            limited_to_products=ArraySubquery(
                products.filter(voucher=OuterRef("pk")).values("product_id")
            ),
            used_by_buyer=Coalesce(
                Subquery(mine, output_field=IntegerField()), Value(0), output_field=IntegerField()
            ),
            read_at=Now(),
        )

    def lock(self, voucher_id: UUID) -> "Voucher":
        """Lock one voucher and read it. Raises: Voucher.DoesNotExist."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=voucher_id)

    def lock_all(self, voucher_ids: Iterable[UUID]) -> "list[Voucher]":
        """Lock these vouchers in pk order and read them."""
        rows = self.filter(pk__in=list(voucher_ids)).order_by("pk")
        return list(rows.select_for_update(of=("self",), no_key=True))


class RedemptionQuerySet(models.QuerySet["Redemption"]):
    def applied(self) -> Self:
        """Redemptions that count."""
        return self.filter(status=RedemptionStatus.APPLIED)
