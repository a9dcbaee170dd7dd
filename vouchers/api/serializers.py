"""Vouchers as buyers and sellers read them, and what sellers write."""

import re
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.common import money
from marketplace.common.api.fields import (
    CurrencyField,
    LineField,
    MoneyField,
    SparseFieldsMixin,
    StrictIntegerField,
    TextField,
)
from shops.models import Shop
from vouchers.codes import CODE_RULE, is_good_code, normalise_code
from vouchers.constants import MAX_CODE_LENGTH, VoucherKind
from vouchers.models import Voucher

_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?", re.ASCII)
MAX_LIMITED_CATEGORIES = 100
MAX_LIMITED_PRODUCTS = 500


class VoucherCodeField(TextField):
    """A code in any case, as somebody who wants to use it types it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_CODE_LENGTH, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return normalise_code(super().to_internal_value(data))


class NewCodeField(VoucherCodeField):
    """A code that is being made."""

    default_error_messages = {"invalid_code": CODE_RULE}

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if not is_good_code(code):
            self.fail("invalid_code")
        return code


@extend_schema_field({"type": "string", "format": "decimal", "example": "10"})
class VoucherValueField(serializers.Field[Any, Any, str, Any]):
    """Percent of a percentage (`"12.5"`), an amount of a fixed one, `"0"` of free shipping."""

    default_error_messages = {"invalid": 'Enter a decimal string, such as "10" or "50000".'}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("invalid")
        return {"value": str(data)}

    def to_representation(self, voucher: Voucher) -> str:
        if voucher.kind != VoucherKind.PERCENTAGE:
            return money.format_amount(voucher.value)
        whole, rest = divmod(voucher.value, 100)
        return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")


def _parse_value(kind: str, text: str) -> int:
    """Return basis points of a percentage, smallest units of an amount."""
    try:
        if kind == VoucherKind.PERCENTAGE:
            match = _PERCENT.fullmatch(text)
            if match is None:
                raise ValueError("Enter percent above 0 and up to 100, with at most two decimals.")
            return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
        return money.parse_amount(text)
    except ValueError as error:
        raise serializers.ValidationError({"value": str(error)}, code="invalid") from error


class VoucherShopSerializer(serializers.ModelSerializer[Shop]):
    class Meta:
        model = Shop
        fields = ("id", "name", "slug")
        read_only_fields = fields


class VoucherSerializer(serializers.ModelSerializer[Voucher]):
    """A voucher as who may use it sees it; `shop` is null for the platform's."""

    value = VoucherValueField(read_only=True)
    max_discount = MoneyField(source="max_discount_amount", read_only=True, allow_null=True)
    min_spend = MoneyField(source="min_spend_amount", read_only=True)
    currency = CurrencyField()
    shop = VoucherShopSerializer(read_only=True, allow_null=True)
    remaining = serializers.SerializerMethodField(help_text="Uses left, or null for no limit.")
    category_ids = serializers.SerializerMethodField(
        help_text="It is for goods of these categories and those below; empty means all."
    )
    product_ids = serializers.ListField(
        child=serializers.UUIDField(), source="limited_to_products", read_only=True
    )

    class Meta:
        model = Voucher
        fields: tuple[str, ...] = (
            "id",
            "code",
            "name",
            "kind",
            "value",
            "max_discount",
            "min_spend",
            "currency",
            "shop",
            "starts_at",
            "ends_at",
            "remaining",
            "per_user_limit",
            "is_first_order_only",
            "category_ids",
            "product_ids",
        )
        read_only_fields = fields

    def get_remaining(self, voucher: Voucher) -> int | None:
        limit = voucher.usage_limit
        return None if limit is None else max(0, limit - voucher.used_count)

    def get_category_ids(self, voucher: Any) -> list[UUID]:
        # The last id of a category's path is its own.
        return [UUID(path.rstrip("/").rpartition("/")[2]) for path in voucher.category_paths]


class SellerVoucherSerializer(SparseFieldsMixin, VoucherSerializer):
    """A voucher of the caller's own shop, with its limits and what has been used of them."""

    budget = MoneyField(source="budget_amount", read_only=True, allow_null=True)
    spent = MoneyField(source="spent_amount", read_only=True)
    category_ids: Any = serializers.PrimaryKeyRelatedField(
        source="categories", many=True, read_only=True
    )
    product_ids: Any = serializers.PrimaryKeyRelatedField(
        source="products", many=True, read_only=True
    )

    class Meta:
        model = Voucher
        fields = (
            "id",
            "code",
            "name",
            "kind",
            "value",
            "max_discount",
            "min_spend",
            "budget",
            "spent",
            "currency",
            "shop",
            "starts_at",
            "ends_at",
            "usage_limit",
            "used_count",
            "remaining",
            "per_user_limit",
            "is_first_order_only",
            "category_ids",
            "product_ids",
            "platform_share_bps",
            "is_public",
            "is_active",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class UpdateVoucherInput(serializers.Serializer[Any]):
    """What a seller sets of a voucher; left out of a PUT, it goes back to its default."""

    name = LineField(max_length=150)
    kind = serializers.ChoiceField(choices=VoucherKind.choices)
    value = VoucherValueField(
        required=False,
        help_text='Percent (`"12.5"`) or an amount (`"50000"`); free shipping has none.',
    )
    max_discount = MoneyField(
        source="max_discount_amount", min_amount=1, required=False, allow_null=True, default=None
    )
    min_spend = MoneyField(source="min_spend_amount", required=False, default=0)
    budget = MoneyField(
        source="budget_amount",
        min_amount=1,
        required=False,
        allow_null=True,
        default=None,
        help_text="What all its discounts together may come to.",
    )
    starts_at = serializers.DateTimeField(required=False, help_text="Left out: now.")
    ends_at = serializers.DateTimeField()
    usage_limit = StrictIntegerField(
        min_value=1, required=False, allow_null=True, default=None, help_text="Null for none."
    )
    per_user_limit = StrictIntegerField(
        min_value=1, required=False, allow_null=True, default=None, help_text="Null for none."
    )
    is_first_order_only = serializers.BooleanField(required=False, default=False)
    is_public = serializers.BooleanField(
        required=False, default=True, help_text="Otherwise only who has the code finds it."
    )
    is_active = serializers.BooleanField(required=False, default=True)
    category_ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        default=list,
        max_length=MAX_LIMITED_CATEGORIES,
        help_text="Only for goods of these categories and those below.",
    )
    product_ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        default=list,
        max_length=MAX_LIMITED_PRODUCTS,
        help_text="Only for these products, beside those of the categories.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read the value as its kind means it."""
        present: Voucher | None = self.context.get("voucher")
        kind = attrs.get("kind") or (present.kind if present else "")
        if "value" in attrs:
            attrs["value"] = _parse_value(kind, attrs["value"])
        elif kind == VoucherKind.FREE_SHIPPING:
            attrs["value"] = 0
        elif present is None or kind != present.kind:
            raise serializers.ValidationError({"value": "Needed for this kind."}, code="required")
        return attrs


class CreateVoucherInput(UpdateVoucherInput):
    """A new voucher; its code cannot be changed later."""

    code = NewCodeField()
