"""What sending parcels costs, from the rate tables. Read-only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef

from shops.models import Shop
from shops.shipping.constants import COUNTRY, GRAMS_PER_STEP, Zone
from shops.shipping.errors import NoShippingOption
from shops.shipping.models import ShippingRate
from shops.shipping.provinces import find_province


@dataclass(frozen=True)
class Parcel:
    """What one shop sends; `value_amount` is the goods' value that free shipping is judged by."""

    shop_id: UUID
    weight_grams: int
    value_amount: int


@dataclass(frozen=True)
class ShippingOption:
    """One way to send a parcel; an estimate stands in for a carrier that did not answer."""

    service_code: str
    carrier: str
    name: str
    fee_amount: int
    min_days: int
    max_days: int
    is_estimate: bool = False


@dataclass(frozen=True)
class RateStep:
    """One line of a rate table, in grams and smallest units."""

    up_to_grams: int
    fee_amount: int
    per_extra_kg_amount: int


def quote(parcel: Parcel, province: str, *, country: str = COUNTRY) -> list[ShippingOption]:
    """Return how one parcel can be sent, cheapest first. Raises: NoShippingOption."""
    return quote_many([parcel], province, country=country)[parcel.shop_id]


def quote_many(
    parcels: Sequence[Parcel], province: str, *, country: str = COUNTRY
) -> dict[UUID, list[ShippingOption]]:
    """Return by shop how its parcel can be sent to a province, cheapest first; never empty.

    One query, whatever the number of shops. A shop's own method replaces the platform's with the
    same service code. Raises: NoShippingOption, naming the shops, when one has no method.
    """
    shops = _load([parcel.shop_id for parcel in parcels]) if country == COUNTRY else {}
    options = {
        parcel.shop_id: _options(parcel, shops[parcel.shop_id], province)
        if parcel.shop_id in shops
        else []
        for parcel in parcels
    }
    if missing := [shop_id for shop_id, found in options.items() if not found]:
        message = NoShippingOption.message
        raise NoShippingOption(
            details=[
                {"field": f"shipping.{shop_id}", "code": "no_shipping_option", "message": message}
                for shop_id in missing
            ]
        )
    return options


def zone_between(origin: str, destination: str) -> Zone:
    """Return how far it is between two provinces; an unknown one is as far as it gets."""
    here, there = find_province(origin), find_province(destination)
    if here is None or there is None:
        return Zone.NATIONAL
    if here[0] == there[0]:
        return Zone.SAME_PROVINCE
    return Zone.SAME_REGION if here[1] == there[1] else Zone.NATIONAL


def fee_for(steps: Iterable[RateStep], weight_grams: int) -> int | None:
    """Return the fee of a weight: the first step that holds it, or the last and its extra kilos.

    Each started kilo above the last step costs `per_extra_kg_amount`. None without any step.
    """
    ordered = sorted(steps, key=lambda step: step.up_to_grams)
    for step in ordered:
        if weight_grams <= step.up_to_grams:
            return step.fee_amount
    if not ordered:
        return None
    last = ordered[-1]
    extra_kilos = -(-(weight_grams - last.up_to_grams) // GRAMS_PER_STEP)
    return last.fee_amount + extra_kilos * last.per_extra_kg_amount


def _load(shop_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    rates = ShippingRate.objects.offered_by(OuterRef("pk")).as_json()
    shops = Shop.objects.filter(pk__in=shop_ids).values(
        "id", province=F("pickup_address__province"), rates=ArraySubquery(rates)
    )
    return {shop["id"]: dict(shop) for shop in shops}


def _options(parcel: Parcel, shop: dict[str, Any], province: str) -> list[ShippingOption]:
    zone = zone_between(str(shop["province"] or ""), province)
    found = []
    for rates in _by_method(shop["rates"]).values():
        fee = fee_for(_steps(rates, zone), parcel.weight_grams)
        if fee is None:
            continue
        method = rates[0]
        free_from = method["free_from_amount"]
        option = ShippingOption(
            service_code=method["service_code"],
            carrier=method["carrier"],
            name=method["name"],
            fee_amount=0 if free_from is not None and parcel.value_amount >= free_from else fee,
            min_days=method["min_days"],
            max_days=method["max_days"],
        )
        found.append((option.fee_amount, option.max_days, method["position"], option))
    found.sort(key=lambda row: (*row[:3], row[3].service_code))
    return [option for *_, option in found]


def _by_method(rates: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Group rates by service code; where the shop has its own, the platform's are left out."""
    own = {rate["service_code"] for rate in rates if rate["is_own"]}
    methods: dict[str, list[dict[str, Any]]] = {}
    for rate in rates:
        if rate["is_own"] or rate["service_code"] not in own:
            methods.setdefault(rate["service_code"], []).append(rate)
    return methods


def _steps(rates: list[dict[str, Any]], zone: Zone) -> list[RateStep]:
    return [
        RateStep(rate["up_to_grams"], rate["fee_amount"], rate["per_extra_kg_amount"])
        for rate in rates
        if rate["zone"] == zone
    ]
