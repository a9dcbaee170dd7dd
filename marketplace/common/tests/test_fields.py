"""Serializer fields on their own."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from marketplace.common.api.fields import (
    CoordinateField,
    CurrencyField,
    LineField,
    MoneyField,
    PhoneField,
    QuantityField,
    StrictIntegerField,
    TextField,
    WholeObjectMixin,
)
from marketplace.common.money import MAX_AMOUNT


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0912345678", "+84912345678"),
        ("+84 912 345 678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("+1 212 555 2368", "+12125552368"),
        ("", ""),
    ],
)
def test_phone_becomes_e164(typed, stored):
    assert PhoneField(allow_blank=True).run_validation(typed) == stored


@pytest.mark.parametrize("typed", ["123", "phone", "+849123456789012", "0" * 400, 912345678, None])
def test_phone_that_is_none_is_refused(typed):
    with pytest.raises(ValidationError):
        PhoneField().run_validation(typed)


@pytest.mark.parametrize("typed", [True, "21.0", None, float("nan"), float("inf"), 90.1, 10**400])
def test_coordinate_that_is_none_is_refused(typed):
    with pytest.raises(ValidationError):
        CoordinateField(limit=90).run_validation(typed)


def test_coordinate_keeps_six_decimals():
    assert CoordinateField(limit=90).run_validation(21.02851234) == Decimal("21.028512")
    assert CoordinateField(limit=90).run_validation(-90) == Decimal("-90.000000")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("199000", 199_000), (199_000, 199_000), ("0", 0), ("199000.00", 199_000), (MAX_AMOUNT,) * 2],
)
def test_money_is_read_into_smallest_units(typed, amount):
    assert MoneyField().run_validation(typed) == amount


@pytest.mark.parametrize(
    "typed",
    [
        1.0, 0.1, 1e30, float("nan"), float("inf"), "1e3", "NaN", "-1", -1, "1.5", "1,000", "１２",
        "1_000", "", " 1", None, True, False, [], {}, ["1"], 10**12 + 1, "9" * 400, "\x00",
        "\ud800",
    ],
)  # fmt: skip
def test_money_that_is_none_is_refused(typed):
    with pytest.raises(ValidationError) as refusal:
        MoneyField().run_validation(typed)

    assert refusal.value.detail[0]


def test_money_below_the_least_says_the_least():
    with pytest.raises(ValidationError) as refusal:
        MoneyField(min_amount=1000).run_validation("999")

    assert refusal.value.detail == ["Must be at least 1000."]
    assert refusal.value.get_codes() == ["min_value"]


def test_money_is_written_with_the_digits_of_the_currency(settings):
    assert MoneyField().to_representation(199_000) == "199000"

    settings.MARKETPLACE_CURRENCY = "USD"

    assert MoneyField().to_representation(199_000) == "1990.00"
    assert MoneyField().run_validation("19.99") == 1999


def test_currency_stands_beside_the_amounts(settings):
    settings.MARKETPLACE_CURRENCY = "USD"

    assert CurrencyField().to_representation(object()) == "USD"


@pytest.mark.parametrize(
    "typed",
    ["1", "１", "1_000", 1.0, 1e3, 1.5, True, False, None, "", [], {}, float("nan"), -1, 2**31],
)
def test_integer_that_is_none_is_refused(typed):
    with pytest.raises(ValidationError):
        StrictIntegerField().run_validation(typed)


@pytest.mark.parametrize("typed", [0, 1000, 10**30, -(10**30), "5", 2.0])
def test_quantity_beyond_its_bounds_is_refused(typed):
    with pytest.raises(ValidationError):
        QuantityField().run_validation(typed)


def test_quantity_within_its_bounds_is_kept():
    assert [QuantityField().run_validation(n) for n in (1, 999)] == [1, 999]


class StockInput(serializers.Serializer):
    stock = StrictIntegerField()


@pytest.mark.parametrize(("typed", "stock"), [("7", 7), ("0", 0), ("007", 7)])
def test_integer_of_a_form_is_read_from_its_digits(typed, stock):
    body = StockInput(data=QueryDict(f"stock={typed}"))

    assert body.is_valid()
    assert body.validated_data == {"stock": stock}


@pytest.mark.parametrize(
    "typed", ["-1", "--1", "1.0", "１", "1_0", "", " ", "9" * 30, "2147483648"]
)
def test_integer_of_a_form_that_is_none_is_refused(typed):
    assert not StockInput(data=QueryDict(f"stock={typed}")).is_valid()


def test_integer_of_json_is_no_string():
    assert not StockInput(data={"stock": "7"}).is_valid()


def test_text_is_normalised_so_that_equal_names_are_equal():
    assert TextField().run_validation("A\u0301o thun") == "Áo thun"


@pytest.mark.parametrize("typed", [5, 1.5, True, None, [], {}, "", "   ", "a\x00b", "\ud800"])
def test_text_that_is_none_is_refused(typed):
    with pytest.raises(ValidationError):
        TextField().run_validation(typed)


def test_text_is_measured_as_it_is_stored():
    """NFC can lengthen: U+0958 becomes two characters."""
    with pytest.raises(ValidationError):
        TextField(max_length=1).run_validation("\u0958")

    assert TextField(max_length=1).run_validation("A\u0301") == "Á"


@pytest.mark.parametrize(
    "typed", ["a\nb", "a\r\nBcc: b", "a\tb", "a\u2028b", "a\x1b[0m", "a\u202eb", "\u2066a"]
)
def test_line_of_several_lines_is_refused(typed):
    with pytest.raises(ValidationError):
        LineField().run_validation(typed)


@pytest.mark.parametrize("typed", ["\u200b", "\u2060\u200d", "\u3000\u200b", "\u0301"])
def test_line_that_nobody_sees_is_refused(typed):
    with pytest.raises(ValidationError) as refused:
        LineField().run_validation(typed)

    assert [error.code for error in refused.value.detail] == ["blank"]


def test_text_with_a_pile_of_marks_is_refused():
    with pytest.raises(ValidationError) as refused:
        TextField().run_validation("a" + "\u0345\u0301" * 100_000)

    assert [error.code for error in refused.value.detail] == ["combining_characters"]


def test_line_keeps_emoji_and_right_to_left_text():
    assert LineField().run_validation(" 🛍️ سوق ") == "🛍️ سوق"


class RangeInput(WholeObjectMixin, serializers.Serializer):
    opens = TextField()
    closes = TextField()
    note = TextField(required=False)


class ShopInput(serializers.Serializer):
    name = TextField()
    hours = RangeInput(required=False)


def test_nested_object_is_whole_in_a_partial_update_too():
    body = ShopInput(data={"hours": {"opens": "08:00"}}, partial=True)

    assert not body.is_valid()
    assert body.errors == {"hours": {"closes": ["This field is required."]}}
    assert body.errors["hours"]["closes"][0].code == "required"


def test_nested_object_that_is_whole_is_taken_in_a_partial_update():
    body = ShopInput(data={"hours": {"opens": "08:00", "closes": "20:00"}}, partial=True)

    assert body.is_valid()
    assert body.validated_data == {"hours": {"opens": "08:00", "closes": "20:00"}}
