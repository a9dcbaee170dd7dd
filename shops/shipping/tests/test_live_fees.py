"""Carriers' own prices: in time, kept, and with the rate table behind them."""

import os
import time
from dataclasses import replace
from threading import Event

import pytest

from shops.shipping import live
from shops.shipping.carriers.base import Place
from shops.shipping.errors import NoShippingOption
from shops.shipping.models import ShippingMethod
from shops.shipping.services import Parcel, ask_carriers, quote_many
from shops.tests.factories import ShippingMethodFactory, ShopFactory

pytestmark = pytest.mark.django_db

SAIGON = Place("An", "+84912345678", "2 Lê Lợi", "Bến Nghé", "Quận 1", "Hồ Chí Minh")


@pytest.fixture
def parcel():
    """A parcel of a shop that sends with GHTK, or by hand; the table's fee is 35,000."""
    ShippingMethod.objects.all().delete()
    ShippingMethodFactory(carrier="GHTK", carrier_service="road", min_days=2, max_days=5)
    return Parcel(ShopFactory().pk, 1_500, 200_000)


def options_of(parcel, destination=SAIGON):
    """Quote as checkout does: the table, the carriers, and both together."""
    table = quote_many([parcel], destination.province)
    fees = ask_carriers({parcel: table[parcel.shop_id]}, destination)
    return quote_many([parcel], destination.province, live=fees)[parcel.shop_id]


def test_without_a_carrier_nothing_is_asked_and_nothing_is_an_estimate(
    parcel, django_assert_num_queries
):
    with django_assert_num_queries(2):  # the table, twice
        [option] = options_of(parcel)

    assert (option.fee_amount, option.is_estimate) == (35_000, False)


def test_carriers_price_is_the_price(parcel, ghtk_server):
    [option] = options_of(parcel)

    assert (option.fee_amount, option.is_estimate) == (22_000, False)
    assert (option.min_days, option.max_days) == (2, 5)
    path, asked = ghtk_server.calls[0]
    assert path == "/services/shipment/fee"
    assert (asked["weight"], asked["value"], asked["transport"]) == ("1500", "200000", "road")
    assert (asked["pick_district"], asked["district"]) == ("Hoàn Kiếm", "Quận 1")


def test_carriers_promise_replaces_the_methods_days(parcel, viettel_post_server):
    ShippingMethod.objects.update(carrier="VIETTEL_POST", carrier_service="VCN")

    [option] = options_of(parcel)

    assert (option.fee_amount, option.min_days, option.max_days) == (22_000, 2, 2)


def test_price_is_kept_for_the_same_parcel_and_asked_again_for_another(parcel, ghtk_server):
    for wanted in (parcel, replace(parcel, weight_grams=1_401), parcel):
        options_of(wanted)
    assert ghtk_server.called("fee") == 1

    options_of(replace(parcel, weight_grams=1_501))
    options_of(replace(parcel, value_amount=1))
    options_of(parcel, replace(SAIGON, district="Quận 3"))
    options_of(parcel, replace(SAIGON, name="Bình", phone="+84900000000"))

    assert ghtk_server.called("fee") == 4


def test_price_is_asked_for_each_time_while_redis_is_away(parcel, ghtk_server, settings):
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}

    for _ in range(2):
        [option] = options_of(parcel)
        assert (option.fee_amount, option.is_estimate) == (22_000, False)

    assert ghtk_server.called("fee") == 2


@pytest.mark.parametrize("fault", ["drop", "500", "html", "huge", "refused"])
def test_table_stands_in_and_is_marked_where_the_carrier_has_no_price(parcel, ghtk_server, fault):
    ghtk_server.fault = (fault, "fee")

    [option] = options_of(parcel)

    assert (option.fee_amount, option.is_estimate) == (35_000, True)


def test_carrier_that_fails_rests_and_is_then_tried_by_one_caller(parcel, ghtk_server, monkeypatch):
    ghtk_server.fault = ("500", "fee")
    for _ in range(3):
        options_of(parcel)
    assert ghtk_server.called("fee") == 1

    ghtk_server.fault = None
    options_of(parcel)
    assert ghtk_server.called("fee") == 1
    monkeypatch.setitem(live.breaker._rests_until, "GHTK", time.monotonic() - 1)
    assert live.breaker.allows("GHTK")
    assert not live.breaker.allows("GHTK")
    monkeypatch.setitem(live.breaker._rests_until, "GHTK", time.monotonic() - 1)
    [option] = options_of(parcel)

    assert (option.fee_amount, option.is_estimate) == (22_000, False)
    assert live.breaker.allows("GHTK")


def test_carrier_that_was_not_asked_or_answers_the_others_does_not_rest(
    parcel, ghtk_server, monkeypatch
):
    """A cart of many shops has more questions than there are threads, or time."""
    monkeypatch.setattr(live, "THREADS", 1)
    live._pool.cache_clear()
    is_free = Event()
    live._pool(os.getpid()).submit(is_free.wait)
    monkeypatch.setattr(live, "BUDGET_SECONDS", 0.0)
    assert options_of(parcel)[0].is_estimate
    is_free.set()
    monkeypatch.setattr(live, "BUDGET_SECONDS", 60.0)
    assert not options_of(parcel)[0].is_estimate

    light, heavy = (replace(parcel, weight_grams=grams) for grams in (500, 2_500))
    ghtk_server.fault = ("500", '"2500"')
    table = quote_many([parcel], SAIGON.province)[parcel.shop_id]
    ask_carriers({light: table, heavy: table}, SAIGON)
    assert ghtk_server.called("fee") == 3
    ghtk_server.fault = None
    assert not options_of(heavy)[0].is_estimate
    live._pool.cache_clear()


def test_refusal_to_name_a_price_is_no_reason_to_stop_asking(parcel, ghtk_server):
    ghtk_server.fault = ("refused", "fee")

    options_of(parcel)
    options_of(parcel)

    assert ghtk_server.called("fee") == 2


def test_carrier_that_does_not_go_there_is_no_option(parcel, ghtk_server):
    ghtk_server.goes_there = False
    ShippingMethodFactory(service_code="by-hand", carrier="MANUAL")

    assert [option.service_code for option in options_of(parcel)] == ["by-hand"]
    ShippingMethod.objects.filter(service_code="by-hand").delete()
    with pytest.raises(NoShippingOption):
        options_of(parcel)


def test_shipping_that_is_free_stays_free(parcel, ghtk_server):
    ShippingMethod.objects.update(free_from_amount=200_000)

    [option] = options_of(parcel)

    assert (option.fee_amount, option.is_estimate) == (0, False)


def test_hanging_carrier_is_not_waited_for_and_left_alone_then(parcel, ghtk_server):
    ghtk_server.fault = ("hang", "fee")

    started = time.monotonic()
    [option] = options_of(parcel)
    options_of(parcel)
    took = time.monotonic() - started

    assert (option.fee_amount, option.is_estimate) == (35_000, True)
    assert took < 60
    assert ghtk_server.called("fee") == 1


def test_one_hanging_carrier_does_not_take_the_other_ones_price(
    parcel, ghtk_server, viettel_post_server
):
    ShippingMethodFactory(service_code="vtp", carrier="VIETTEL_POST")
    ghtk_server.fault = ("hang", "fee")

    found = {option.service_code: option for option in options_of(parcel)}

    assert found["standard"].is_estimate
    assert (found["vtp"].fee_amount, found["vtp"].is_estimate) == (22_000, False)


def test_fees_for_another_province_do_not_count(parcel, ghtk_server):
    fees = ask_carriers({parcel: quote_many([parcel], "Hồ Chí Minh")[parcel.shop_id]}, SAIGON)

    [option] = quote_many([parcel], "Cà Mau", live=fees)[parcel.shop_id]

    assert (option.fee_amount, option.is_estimate) == (35_000, True)
