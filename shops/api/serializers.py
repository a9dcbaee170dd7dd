"""Shops and store locations, as buyers and as their sellers read and write them."""

import re
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.common.api.fields import (
    CoordinateField,
    ImageUploadField,
    LineField,
    MediaUrlField,
    PhoneField,
    SparseFieldsMixin,
    TextField,
    WholeObjectMixin,
)
from shops.constants import (
    DEFAULT_RADIUS_KM,
    MAX_RADIUS_KM,
    MAX_RANGES_PER_DAY,
    TIME_OF_DAY,
    Weekday,
)
from shops.models import Shop, StoreLocation

_NEAR = re.compile(r"(-?\d{1,3}(?:\.\d{1,15})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,15})?)", re.ASCII)
_TIME = rf"^{TIME_OF_DAY}$"


class HolidaySerializer(serializers.Serializer[Any]):
    """When the shop takes no orders."""

    starts_at = serializers.DateTimeField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True)
    message = serializers.CharField(read_only=True, help_text="The shop's own words; may be empty.")
    is_now = serializers.BooleanField(
        read_only=True, help_text="Whether it has begun: checkout refuses the shop's goods."
    )


class HolidayInput(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField(
        required=False,
        help_text="Left out, or past: at once. Of a holiday that has begun it stays.",
    )
    ends_at = serializers.DateTimeField()
    message = TextField(max_length=500, required=False, allow_blank=True)


class ShopSerializer(SparseFieldsMixin, serializers.ModelSerializer[Shop]):
    """An open shop as everybody sees it."""

    logo_url = MediaUrlField(source="logo")
    banner_url = MediaUrlField(source="banner")
    average_rating = serializers.FloatField(read_only=True)
    holiday = HolidaySerializer(
        read_only=True,
        allow_null=True,
        help_text="The present one, or the next: nothing can be ordered then. Else null.",
    )

    class Meta:
        model = Shop
        fields = [
            "id",
            "name",
            "slug",
            "description",
            "logo_url",
            "banner_url",
            "average_rating",
            "review_count",
            "sold_count",
            "created_at",
            "holiday",
        ]
        read_only_fields = fields


class PickupAddressSerializer(WholeObjectMixin, serializers.Serializer[Any]):
    """Where carriers fetch the shop's parcels."""

    recipient_name = LineField(max_length=150)
    phone_number = PhoneField()
    line1 = LineField(max_length=255)
    line2 = LineField(max_length=255, required=False, allow_blank=True)
    ward = LineField(max_length=100, required=False, allow_blank=True)
    district = LineField(max_length=100, required=False, allow_blank=True)
    province = LineField(max_length=100, help_text="Old and new names, with or without accents.")
    postal_code = LineField(max_length=20, required=False, allow_blank=True)
    country = serializers.RegexField(r"^[A-Z]{2}$", default="VN", help_text="ISO 3166-1 alpha-2.")
    latitude = CoordinateField(limit=90, required=False, allow_null=True)
    longitude = CoordinateField(limit=180, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Coordinates are kept in JSON, which has no decimals."""
        for name in ("latitude", "longitude"):
            if attrs.get(name) is not None:
                attrs[name] = float(attrs[name])
        return attrs


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": True,
        "description": "As it was given; empty until then.",
    }
)
class StoredPickupAddressField(serializers.JSONField):
    """The stored address; empty until the seller has given one."""


class OwnShopSerializer(ShopSerializer):
    """The caller's own shop."""

    contact_email = serializers.CharField(read_only=True, help_text="Empty where none is given.")
    pickup_address = StoredPickupAddressField(read_only=True)
    bank_account_number = serializers.CharField(
        source="masked_bank_account", read_only=True, help_text="All but the last four are hidden."
    )
    commission_rate_bps = serializers.SerializerMethodField(
        help_text="What the platform keeps of a sale, in basis points."
    )

    class Meta:
        model = Shop
        fields = [
            *ShopSerializer.Meta.fields,
            "status",
            "status_reason",
            "contact_email",
            "contact_phone",
            "pickup_address",
            "bank_name",
            "bank_account_name",
            "bank_account_number",
            "commission_rate_bps",
            "updated_at",
        ]
        read_only_fields = fields

    def get_commission_rate_bps(self, shop: Shop) -> int:
        own = shop.commission_rate_bps
        return int(settings.COMMISSION_RATE_BPS) if own is None else own


class BankAccountField(TextField):
    """An account number or IBAN; spaces and dashes do not count.

    The masked number that was shown stands for the one that is stored.
    """

    default_error_messages = {"invalid_account": "Enter 6 to 34 letters and digits."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        shop = self.context.get("shop")
        if shop is not None and text and text == shop.masked_bank_account:
            return str(shop.bank_account_number)
        number = re.sub(r"[\s-]", "", text)
        if number and not re.fullmatch(r"[0-9A-Za-z]{6,34}", number, re.ASCII):
            self.fail("invalid_account")
        return number


class ShopInput(serializers.Serializer[Any]):
    """What a seller says of the shop."""

    name = LineField(min_length=2, max_length=150)
    description = TextField(max_length=5_000, required=False, allow_blank=True)
    contact_email = serializers.EmailField(required=False, allow_blank=True)
    contact_phone = PhoneField(required=False, allow_blank=True)
    pickup_address = PickupAddressSerializer(required=False)
    bank_name = LineField(max_length=100, required=False, allow_blank=True)
    bank_account_name = LineField(max_length=150, required=False, allow_blank=True)
    bank_account_number = BankAccountField(max_length=60, required=False, allow_blank=True)


class ShopImageInput(serializers.Serializer[Any]):
    image = ImageUploadField(help_text="JPEG, PNG or WebP of at most 10 MiB and 25 megapixels.")


class OpeningRangeSerializer(WholeObjectMixin, serializers.Serializer[Any]):
    """From when to when, in local time."""

    opens = serializers.RegexField(_TIME, help_text="`08:00`")
    closes = serializers.RegexField(_TIME, help_text="`21:30`")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["closes"] <= attrs["opens"]:
            raise serializers.ValidationError({"closes": "Must be later than `opens`."})
        return attrs


class OpeningHoursSerializer(serializers.Serializer[Any]):
    """By weekday; a day that is left out is closed."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            str(day): serializers.ListField(
                child=OpeningRangeSerializer(), required=False, max_length=MAX_RANGES_PER_DAY
            )
            for day in Weekday.values
        }


@extend_schema_field(OpeningHoursSerializer)
class StoredOpeningHoursField(serializers.JSONField):
    """The stored hours."""


class LocationShopSerializer(serializers.ModelSerializer[Shop]):
    class Meta:
        model = Shop
        fields = ["id", "name", "slug"]
        read_only_fields = fields


class _LocationSerializer(SparseFieldsMixin, serializers.ModelSerializer[StoreLocation]):
    email = serializers.CharField(read_only=True, help_text="Empty where none is given.")
    opening_hours = StoredOpeningHoursField(read_only=True)
    latitude = CoordinateField(limit=90, read_only=True)
    longitude = CoordinateField(limit=180, read_only=True)


class StoreSerializer(_LocationSerializer):
    """A place to visit; `shop` is null for the platform's own."""

    shop = LocationShopSerializer(read_only=True, allow_null=True)
    distance_km = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Null without `near`."
    )

    class Meta:
        model = StoreLocation
        fields = [
            "id",
            "shop",
            "name",
            "address",
            "phone_number",
            "email",
            "opening_hours",
            "latitude",
            "longitude",
            "distance_km",
        ]
        read_only_fields = fields


class OwnStoreSerializer(_LocationSerializer):
    """A location of the caller's own shop."""

    class Meta:
        model = StoreLocation
        fields = [
            "id",
            "name",
            "address",
            "phone_number",
            "email",
            "opening_hours",
            "latitude",
            "longitude",
            "is_active",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class StoreInput(serializers.Serializer[Any]):
    name = LineField(max_length=150)
    address = LineField(max_length=500)
    phone_number = PhoneField(required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    opening_hours = OpeningHoursSerializer(required=False)
    latitude = CoordinateField(limit=90)
    longitude = CoordinateField(limit=180)
    is_active = serializers.BooleanField(required=False)


class StoreSearchInput(serializers.Serializer[Any]):
    """The query of the store locator."""

    near = serializers.CharField(
        required=False, max_length=64, help_text="`latitude,longitude` in degrees."
    )
    radius_km = serializers.FloatField(
        required=False, help_text=f"Default {DEFAULT_RADIUS_KM:g}, at most {MAX_RADIUS_KM:g}."
    )

    def validate_near(self, text: str) -> tuple[float, float]:
        match = _NEAR.fullmatch(text.strip())
        point = (float(match[1]), float(match[2])) if match else None
        if point is None or abs(point[0]) > 90 or abs(point[1]) > 180:
            raise serializers.ValidationError(
                "Enter latitude and longitude in degrees, such as 21.0285,105.8542."
            )
        return point

    def validate_radius_km(self, radius: float) -> float:
        # Also refuses NaN, which is in no order.
        if not 0 < radius <= MAX_RADIUS_KM:
            raise serializers.ValidationError(
                f"Enter a number above 0 and up to {MAX_RADIUS_KM:g}."
            )
        return radius

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "radius_km" in attrs and "near" not in attrs:
            raise serializers.ValidationError({"near": "Needed with `radius_km`."}, code="required")
        return attrs
