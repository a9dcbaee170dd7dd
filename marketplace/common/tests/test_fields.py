"""Serializer fields on their own."""

from decimal import Decimal

import pytest
from rest_framework.exceptions import ValidationError

from marketplace.common.api.fields import CoordinateField, PhoneField


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
