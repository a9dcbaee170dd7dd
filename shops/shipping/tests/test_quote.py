"""What shipping costs."""

from importlib import import_module

import pytest
from django.apps import apps

from marketplace.common.ids import uuid7
from shops.shipping.constants import Zone
from shops.shipping.errors import NoShippingOption
from shops.shipping.models import ShippingMethod, ShippingRate
from shops.shipping.services import Parcel, RateStep, ShippingOption, fee_for, quote, quote_many
from shops.tests.factories import ShippingMethodFactory, ShopFactory

STEPS = [RateStep(1_000, 20_000, 1_000), RateStep(3_000, 30_000, 5_000)]
create_methods = import_module("shops.shipping.migrations.0002_default_methods").create_methods


@pytest.fixture
def _no_methods(db):
    ShippingMethod.objects.all().delete()


def method(code="standard", fees=None, *, shop=None, **fields):
    """A method with one step of a kilo per zone."""
    made = ShippingMethod.objects.create(
        service_code=code, name=code.title(), shop=shop, **{"min_days": 1, **fields}
    )
    for zone, fee in (fees or dict.fromkeys(Zone.values, 30_000)).items():
        ShippingRate.objects.create(
            method=made, zone=zone, up_to_grams=1_000, fee_amount=fee, per_extra_kg_amount=5_000
        )
    return made


def codes(options):
    return [(option.service_code, option.fee_amount) for option in options]


@pytest.mark.parametrize(
    ("grams", "fee"),
    [
        (0, 20_000),
        (1, 20_000),
        (1_000, 20_000),
        (1_001, 30_000),
        (3_000, 30_000),
        (3_001, 35_000),
        (4_000, 35_000),
        (4_001, 40_000),
        (1_000_000, 30_000 + 997 * 5_000),
    ],
)
def test_fee_follows_the_steps_and_then_each_started_kilo(grams, fee):
    assert fee_for(STEPS, grams) == fee
    assert fee_for(reversed(STEPS), grams) == fee


def test_there_is_no_fee_without_steps():
    assert fee_for([], 100) is None


@pytest.mark.usefixtures("_no_methods")
def test_quote_takes_the_rate_of_the_zone():
    method(fees={Zone.SAME_PROVINCE: 10_000, Zone.SAME_REGION: 20_000, Zone.NATIONAL: 30_000})
    parcel = Parcel(ShopFactory().pk, 500, 100_000)

    assert codes(quote(parcel, "Hà Nội")) == [("standard", 10_000)]
    assert codes(quote(parcel, "Hải Phòng")) == [("standard", 20_000)]
    assert codes(quote(parcel, "Cà Mau")) == [("standard", 30_000)]
    assert codes(quote(parcel, "Atlantis")) == [("standard", 30_000)]


@pytest.mark.usefixtures("_no_methods")
def test_option_says_who_carries_it_and_how_long_it_takes():
    method("fast", min_days=1, max_days=2, carrier="GHTK")

    assert quote(Parcel(ShopFactory().pk, 500, 0), "Hà Nội") == [
        ShippingOption("fast", "GHTK", "Fast", 30_000, 1, 2, is_estimate=False)
    ]


@pytest.mark.usefixtures("_no_methods")
def test_options_come_cheapest_first_and_then_fastest():
    method("slow", dict.fromkeys(Zone.values, 20_000), max_days=9)
    method("express", dict.fromkeys(Zone.values, 50_000), max_days=1)
    method("quick", dict.fromkeys(Zone.values, 20_000), max_days=3)
    method("brisk", dict.fromkeys(Zone.values, 20_000), max_days=3)

    options = quote(Parcel(ShopFactory().pk, 500, 0), "Hà Nội")

    assert [option.service_code for option in options] == ["brisk", "quick", "slow", "express"]


@pytest.mark.usefixtures("_no_methods")
@pytest.mark.parametrize(("value", "fee"), [(499_999, 30_000), (500_000, 0), (500_001, 0)])
def test_shipping_is_free_from_a_goods_value(value, fee):
    method(free_from_amount=500_000)

    assert codes(quote(Parcel(ShopFactory().pk, 500, value), "Hà Nội")) == [("standard", fee)]


@pytest.mark.usefixtures("_no_methods")
def test_own_method_replaces_the_platforms_with_its_code_and_no_other_shop_gets_it():
    method("standard")
    method("express", dict.fromkeys(Zone.values, 60_000))
    shop, other = ShopFactory(), ShopFactory()
    method("standard", dict.fromkeys(Zone.values, 5_000), shop=shop)
    method("bike", dict.fromkeys(Zone.values, 1_000), shop=shop)

    options = quote_many([Parcel(shop.pk, 500, 0), Parcel(other.pk, 1_500, 0)], "Hà Nội")

    assert codes(options[shop.pk]) == [("bike", 1_000), ("standard", 5_000), ("express", 60_000)]
    assert codes(options[other.pk]) == [("standard", 35_000), ("express", 65_000)]


@pytest.mark.usefixtures("_no_methods")
def test_inactive_methods_and_methods_without_rates_for_the_zone_are_left_out():
    method("standard", {Zone.NATIONAL: 30_000})
    method("off", is_active=False)
    method("local", {Zone.SAME_PROVINCE: 1_000})

    assert codes(quote(Parcel(ShopFactory().pk, 500, 0), "Cà Mau")) == [("standard", 30_000)]


@pytest.mark.usefixtures("_no_methods")
def test_no_method_for_the_destination_names_the_shop():
    method("local", {Zone.SAME_PROVINCE: 1_000})
    near, far = ShopFactory(), ShopFactory(pickup_address={})

    with pytest.raises(NoShippingOption) as caught:
        quote_many([Parcel(near.pk, 500, 0), Parcel(far.pk, 500, 0)], "Hà Nội")

    assert [row["field"] for row in caught.value.details] == [f"shipping.{far.pk}"]


@pytest.mark.usefixtures("_no_methods")
def test_nothing_goes_abroad_or_from_a_shop_that_is_not_there():
    method()

    with pytest.raises(NoShippingOption):
        quote(Parcel(ShopFactory().pk, 500, 0), "Hà Nội", country="FR")
    with pytest.raises(NoShippingOption):
        quote(Parcel(uuid7(), 500, 0), "Hà Nội")


@pytest.mark.parametrize("count", [1, 7])
def test_any_number_of_shops_takes_one_query(count, django_assert_num_queries, db):
    ShippingMethodFactory()
    parcels = [Parcel(shop.pk, 500, 0) for shop in ShopFactory.create_batch(count)]

    with django_assert_num_queries(1):
        assert len(quote_many(parcels, "Hà Nội")) == count


@pytest.mark.usefixtures("_no_methods")
def test_fresh_deployment_can_sell_everywhere():
    create_methods(apps, None)
    create_methods(apps, None)  # changes nothing

    shop = ShopFactory()
    for destination in ("Hà Nội", "Hải Phòng", "Cà Mau"):
        options = quote(Parcel(shop.pk, 5_000, 0), destination)
        assert [option.service_code for option in options] == ["standard", "express"]
    assert codes(quote(Parcel(shop.pk, 1_001, 0), "Cà Mau"))[0] == ("standard", 45_000)
    assert ShippingMethod.objects.count() == 2


@pytest.mark.usefixtures("_no_methods")
def test_methods_of_another_currency_are_left_to_staff(settings):
    settings.MARKETPLACE_CURRENCY = "USD"

    create_methods(apps, None)

    assert not ShippingMethod.objects.exists()


@pytest.mark.usefixtures("_no_methods")
def test_methods_that_staff_made_are_left_alone():
    method("own-fleet")

    create_methods(apps, None)

    assert ShippingMethod.objects.get().service_code == "own-fleet"
