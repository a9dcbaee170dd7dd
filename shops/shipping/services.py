"""What sending parcels costs, from the rate tables and from the carriers. Read-only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q

from marketplace.common.prepared import Given, OneOf, PreparedQuery
from shops.models import Shop
from shops.shipping.carriers.base import FeeRequest, Place
from shops.shipping.carriers.registry import priced_carriers
from shops.shipping.constants import COUNTRY, GRAMS_PER_STEP, Zone
from shops.shipping.errors import NoShippingOption
from shops.shipping.live import LiveFee, live_fees
from shops.shipping.models import ShippingMethod, ShippingRate
from shops.shipping.provinces import find_province


@dataclass(frozen=True)
class Parcel:
    """What one shop sends; `value_amount` is the goods' value that free shipping is judged by."""

    shop_id: UUID
    weight_grams: int
    value_amount: int


@dataclass(frozen=True)
class ShippingOption:
    """One way to send a parcel; an estimate stands in for a carrier that did not answer.

    `carrier_service` is the carrier's own name of it.
    """

    service_code: str
    carrier: str
    name: str
    fee_amount: int
    min_days: int
    max_days: int
    is_estimate: bool = False
    carrier_service: str = ""


@dataclass(frozen=True)
class LiveFees:
    """What carriers want for parcels to one province, by parcel and service code."""

    province: str = ""
    fees: Mapping[tuple[Parcel, str], LiveFee] = field(default_factory=dict)

    def of(self, parcel: Parcel, service_code: str, province: str) -> LiveFee | None:
        """Return a carrier's fee; None where the table's stands in."""
        return self.fees.get((parcel, service_code)) if province == self.province else None


NOT_ASKED = LiveFees()


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
    parcels: Sequence[Parcel],
    province: str,
    *,
    country: str = COUNTRY,
    live: LiveFees = NOT_ASKED,
) -> dict[UUID, list[ShippingOption]]:
    """Return by shop how its parcel can be sent to a province, cheapest first; never empty.

    One query, whatever the number of shops. A shop's own method replaces the platform's with the
    same service code. Where a carrier that can be asked is not in `live`, the table's fee is an
    estimate. Raises: NoShippingOption, naming the shops, when one has no method.
    """
    options = possible_options(parcels, province, country=country, live=live)
    if missing := [shop_id for shop_id, found in options.items() if not found]:
        message = NoShippingOption.message
        raise NoShippingOption(
            details=[
                {"field": f"shipping.{shop_id}", "code": "no_shipping_option", "message": message}
                for shop_id in missing
            ]
        )
    return options


def possible_options(
    parcels: Sequence[Parcel],
    province: str,
    *,
    country: str = COUNTRY,
    live: LiveFees = NOT_ASKED,
) -> dict[UUID, list[ShippingOption]]:
    """Return as `quote_many`, but nothing for a shop that sends nothing there."""
    shops = _load([parcel.shop_id for parcel in parcels]) if country == COUNTRY else {}
    return {
        parcel.shop_id: _options(parcel, shops[parcel.shop_id], province, live)
        if parcel.shop_id in shops
        else []
        for parcel in parcels
    }


def ask_carriers(
    options: Mapping[Parcel, Sequence[ShippingOption]], destination: Place
) -> LiveFees:
    """Ask the carriers of these options for their fees; within two seconds, and never failing.

    Call it outside any transaction. No statement where no carrier is set up; one otherwise, and
    none when no option is a carrier's.
    """
    priced = priced_carriers()
    wanted = [
        (parcel, option)
        for parcel, found in options.items()
        for option in found
        if option.carrier in priced
    ]
    if not wanted:
        return NOT_ASKED
    origins = _origins({parcel.shop_id for parcel, _ in wanted})
    fees = live_fees(
        {
            (parcel, option.service_code): (
                option.carrier,
                FeeRequest(
                    service=option.carrier_service,
                    origin=origins.get(parcel.shop_id, Place()),
                    destination=destination,
                    weight_grams=parcel.weight_grams,
                    value_amount=parcel.value_amount,
                ),
            )
            for parcel, option in wanted
        }
    )
    return LiveFees(destination.province, fees)


def can_ask_carriers() -> bool:
    """Tell whether any carrier is set up that has prices of its own."""
    return bool(priced_carriers())


def carrier_service_of(shop_id: UUID, service_code: str, carrier: str) -> str:
    """Return a carrier's own name of a service that the shop offers; empty for its usual one."""
    methods = ShippingMethod.objects.filter(
        Q(shop=None) | Q(shop_id=shop_id), service_code=service_code, carrier=carrier
    )
    names = methods.order_by(F("shop").asc(nulls_last=True)).values_list(
        "carrier_service", flat=True
    )
    return names.first() or ""


def place_of(address: Mapping[str, Any]) -> Place:
    """Return an address, a buyer's or a shop's, as carriers need to know it."""
    lines = (str(address.get(name) or "") for name in ("line1", "line2"))
    return Place(
        name=str(address.get("recipient_name") or ""),
        phone=str(address.get("phone_number") or ""),
        line=", ".join(line for line in lines if line),
        ward=str(address.get("ward") or ""),
        district=str(address.get("district") or ""),
        province=str(address.get("province") or ""),
    )


def _origins(shop_ids: Iterable[UUID]) -> dict[UUID, Place]:
    rows = Shop.objects.filter(pk__in=shop_ids).values_list("pk", "pickup_address")
    return {shop_id: place_of(address) for shop_id, address in rows}


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
    return {shop["id"]: shop for shop in _shops_with_rates.values(ids=list(shop_ids))}


@PreparedQuery
def _shops_with_rates() -> Any:
    rates = ShippingRate.objects.offered_by(OuterRef("pk")).as_json()
    return Shop.objects.filter(OneOf(F("pk"), Given("ids"))).values(
        "id", province=F("pickup_address__province"), rates=ArraySubquery(rates)
    )


def _options(
    parcel: Parcel, shop: dict[str, Any], province: str, live: LiveFees
) -> list[ShippingOption]:
    zone = zone_between(str(shop["province"] or ""), province)
    priced = priced_carriers()
    found = []
    for rates in _by_method(shop["rates"]).values():
        fee = fee_for(_steps(rates, zone), parcel.weight_grams)
        if fee is None:
            continue
        method = rates[0]
        option = _priced(
            ShippingOption(
                service_code=method["service_code"],
                carrier=method["carrier"],
                name=method["name"],
                fee_amount=fee,
                min_days=method["min_days"],
                max_days=method["max_days"],
                carrier_service=method["carrier_service"],
            ),
            live.of(parcel, method["service_code"], province),
            is_free=_is_free(method, parcel),
            is_asked=method["carrier"] in priced,
        )
        if option is None:
            continue
        found.append((option.fee_amount, option.max_days, rates[0]["position"], option))
    found.sort(key=lambda row: (*row[:3], row[3].service_code))
    return [option for *_, option in found]


def _is_free(method: Mapping[str, Any], parcel: Parcel) -> bool:
    free_from = method["free_from_amount"]
    return free_from is not None and parcel.value_amount >= free_from


def _priced(
    option: ShippingOption, live: LiveFee | None, *, is_free: bool, is_asked: bool
) -> ShippingOption | None:
    """Return an option at the carrier's fee where it has one; None when it does not go there."""
    if live is not None and live.amount is None:
        return None
    if live is not None and live.max_days is not None:
        days = max(live.max_days, 1)
        option = replace(option, min_days=min(option.min_days, days), max_days=days)
    if is_free:
        return replace(option, fee_amount=0)
    if live is not None and live.amount is not None:
        return replace(option, fee_amount=live.amount)
    return replace(option, is_estimate=is_asked)


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
