"""What an order would cost: read-only, the same code for a quote and for the order itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F

from accounts.models import User
from catalog.models import ProductVariant
from marketplace.common.errors import InvalidInput
from marketplace.common.prepared import Given, OneOf, PreparedQuery
from orders.errors import OwnShop, ProductUnavailable, ShopOnHoliday
from shops.holidays import holiday_of
from shops.shipping.services import NOT_ASKED, LiveFees, Parcel, ShippingOption, quote_many
from vouchers.allocation import NOTHING, UNTOUCHED, Outcome, Part


@dataclass(frozen=True)
class Line:
    """One variant as it would be bought now; amounts in smallest units."""

    variant_id: UUID
    product_id: UUID
    category_path: str
    shop_id: UUID
    title: str
    variant_name: str
    sku: str
    image: str
    attributes: dict[str, Any]
    unit_price_amount: int
    weight_grams: int
    quantity: int
    discount: Part = NOTHING
    hold_seconds: int | None = None
    shop_rate_bps: int | None = None

    @property
    def line_total_amount(self) -> int:
        return self.unit_price_amount * self.quantity

    @property
    def discount_amount(self) -> int:
        return self.discount.amount


@dataclass(frozen=True)
class ShopQuote:
    """One shop's part: it becomes one order."""

    shop_id: UUID
    shop_name: str
    shop_slug: str
    lines: Sequence[Line]
    shipping_options: Sequence[ShippingOption]
    shipping: ShippingOption
    shipping_discount: Part = NOTHING
    tax_amount: int = 0

    @property
    def subtotal_amount(self) -> int:
        return sum(line.line_total_amount for line in self.lines)

    @property
    def goods_discount(self) -> Part:
        return sum((line.discount for line in self.lines), NOTHING)

    @property
    def shipping_discount_amount(self) -> int:
        return self.shipping_discount.amount

    @property
    def discount_amount(self) -> int:
        return self.goods_discount.amount + self.shipping_discount.amount

    @property
    def parcel(self) -> Parcel:
        """What its shipping is priced by."""
        return Parcel(self.shop_id, self.weight_grams, self.subtotal_amount)

    @property
    def shipping_fee_amount(self) -> int:
        return self.shipping.fee_amount

    @property
    def weight_grams(self) -> int:
        return sum(line.weight_grams * line.quantity for line in self.lines)

    @property
    def total_amount(self) -> int:
        return (
            self.subtotal_amount - self.discount_amount + self.shipping_fee_amount + self.tax_amount
        )


@dataclass(frozen=True)
class Quote:
    """The whole checkout: the sums of its shops."""

    groups: Sequence[ShopQuote] = field(default_factory=list)
    vouchers: Outcome = UNTOUCHED

    @property
    def subtotal_amount(self) -> int:
        return sum(group.subtotal_amount for group in self.groups)

    @property
    def discount_amount(self) -> int:
        return sum(group.discount_amount for group in self.groups)

    @property
    def shipping_discount_amount(self) -> int:
        return sum(group.shipping_discount_amount for group in self.groups)

    @property
    def shipping_fee_amount(self) -> int:
        return sum(group.shipping_fee_amount for group in self.groups)

    @property
    def tax_amount(self) -> int:
        return sum(group.tax_amount for group in self.groups)

    @property
    def total_amount(self) -> int:
        return sum(group.total_amount for group in self.groups)


def build_quote(
    quantities: Mapping[UUID, int],
    *,
    buyer: User,
    province: str,
    country: str,
    shipping: Mapping[UUID, str],
    live: LiveFees = NOT_ASKED,
) -> Quote:
    """Price these units by variant for a buyer, sent to a province.

    `shipping` is the chosen service code by shop id; a shop that is not in it gets its cheapest.
    `live` is what carriers were asked before; nobody is asked here.
    Raises: ProductUnavailable; OwnShop; ShopOnHoliday; InvalidInput for an unknown service;
    NoShippingOption.
    """
    rows = load_variants(quantities)
    if missing := [variant_id for variant_id in quantities if variant_id not in rows]:
        raise ProductUnavailable(missing)
    if any(row["shop_owner_id"] == buyer.pk for row in rows.values()):
        raise OwnShop
    _refuse_holidays(rows.values())
    by_shop: dict[UUID, list[Line]] = {}
    for variant_id, quantity in quantities.items():
        line = line_of(rows[variant_id], quantity)
        by_shop.setdefault(line.shop_id, []).append(line)
    shops = {row["the_shop_id"]: row for row in rows.values()}
    parcels = [
        Parcel(
            shop_id=shop_id,
            weight_grams=sum(line.weight_grams * line.quantity for line in lines),
            value_amount=sum(line.line_total_amount for line in lines),
        )
        for shop_id, lines in by_shop.items()
    ]
    options = quote_many(parcels, province, country=country, live=live)
    return Quote(
        [
            ShopQuote(
                shop_id=shop_id,
                shop_name=shops[shop_id]["shop_name"],
                shop_slug=shops[shop_id]["shop_slug"],
                lines=by_shop[shop_id],
                shipping_options=options[shop_id],
                shipping=_choose(shop_id, options[shop_id], shipping.get(shop_id)),
            )
            for shop_id in sorted(by_shop)
        ]
    )


def _refuse_holidays(rows: Iterable[Mapping[str, Any]]) -> None:
    away = {}
    for row in rows:
        holiday = holiday_of(row["holiday_starts_at"], row["holiday_ends_at"])
        if holiday is not None and holiday.is_now:
            away[row["the_shop_id"]] = (row["the_shop_id"], row["shop_name"], holiday.ends_at)
    if away:
        raise ShopOnHoliday(away.values())


def load_variants(variant_ids: Mapping[UUID, int]) -> dict[UUID, dict[str, Any]]:
    """Return what a line copies of these variants, by id; those not on sale are left out."""
    return {row["id"]: row for row in _variants_on_sale.values(ids=list(variant_ids))}


@PreparedQuery
def _variants_on_sale() -> Any:
    return (
        ProductVariant.objects.sellable()
        .filter(OneOf(F("pk"), Given("ids")))
        .values(
            "id",
            "product_id",
            "sku",
            "name",
            "attributes",
            "price_amount",
            "weight_grams",
            title=F("product__title"),
            thumbnail=F("product__thumbnail"),
            category_path=F("product__category__path"),
            hold_seconds=F("stock__hold_seconds"),
            the_shop_id=F("product__shop_id"),
            shop_name=F("product__shop__name"),
            shop_slug=F("product__shop__slug"),
            shop_owner_id=F("product__shop__owner_id"),
            holiday_starts_at=F("product__shop__holiday_starts_at"),
            holiday_ends_at=F("product__shop__holiday_ends_at"),
            shop_rate_bps=F("product__shop__commission_rate_bps"),
        )
    )


def line_of(row: Mapping[str, Any], quantity: int) -> Line:
    """Return so many units of a variant at today's price."""
    return Line(
        variant_id=row["id"],
        product_id=row["product_id"],
        category_path=row["category_path"],
        shop_id=row["the_shop_id"],
        title=row["title"],
        variant_name=row["name"],
        sku=row["sku"],
        image=row["thumbnail"],
        attributes=row["attributes"],
        unit_price_amount=row["price_amount"],
        weight_grams=row["weight_grams"],
        quantity=quantity,
        hold_seconds=row["hold_seconds"],
        shop_rate_bps=row["shop_rate_bps"],
    )


def _choose(
    shop_id: UUID, options: Sequence[ShippingOption], service_code: str | None
) -> ShippingOption:
    if service_code is None:
        return options[0]
    for option in options:
        if option.service_code == service_code:
            return option
    possible = ", ".join(option.service_code for option in options)
    raise InvalidInput(f"shipping.{shop_id}", f"Choose one of: {possible}.")
