from django.contrib import admin
from django.http import HttpRequest

from marketplace.common.admin import ModelAdmin, NoDeleteAdmin, ReadOnlyAdmin
from marketplace.common.money import display_amount
from vouchers.constants import VoucherKind
from vouchers.models import Redemption, Voucher


@admin.register(Voucher)
class VoucherAdmin(NoDeleteAdmin, ModelAdmin[Voucher]):
    """Vouchers of shops and of the platform; what has been used is counted by services alone."""

    list_display = ["code", "name", "shop", "kind", "discount", "used", "ends_at", "is_active"]
    list_filter = ["kind", "is_active", "is_first_order_only", "ends_at"]
    list_select_related = ["shop"]
    search_fields = ["=code", "name"]
    search_help_text = "The whole code, or a part of the name."
    ordering = ["-id"]
    raw_id_fields = ["categories", "products"]
    readonly_fields = ["used_count", "spent_amount", "archived_at", "created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["code", "name", "shop", "is_active"]}),
        ("Discount", {"fields": ["kind", "value", "max_discount_amount", "platform_share_bps"]}),
        (
            "Conditions",
            {
                "fields": [
                    "starts_at",
                    "ends_at",
                    "min_spend_amount",
                    "is_first_order_only",
                    "categories",
                    "products",
                ]
            },
        ),
        ("Limits", {"fields": ["usage_limit", "per_user_limit", "budget_amount"]}),
        ("Used so far", {"fields": ["used_count", "spent_amount"]}),
        ("History", {"fields": ["archived_at", "created_at", "updated_at"]}),
    ]

    @admin.display(description="Discount", ordering="value")
    def discount(self, voucher: Voucher) -> str:
        if voucher.kind == VoucherKind.PERCENTAGE:
            return f"{voucher.value / 100:g} %"
        return display_amount(voucher.value) if voucher.kind == VoucherKind.FIXED else "Shipping"

    @admin.display(description="Used", ordering="used_count")
    def used(self, voucher: Voucher) -> str:
        limit = "∞" if voucher.usage_limit is None else voucher.usage_limit
        return f"{voucher.used_count} / {limit}"

    def get_readonly_fields(self, request: HttpRequest, obj: Voucher | None = None) -> list[str]:
        """Orders name the code: it stays what it was."""
        return [*self.readonly_fields, "code"] if obj else list(self.readonly_fields)


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin, ModelAdmin[Redemption]):
    list_display = ["voucher", "user", "order_id", "amount", "status", "created_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["voucher", "user"]
    search_fields = ["=voucher__code", "=user__phone_number", "=user__email"]
    search_help_text = "A whole code, phone number or e-mail address."
    ordering = ["-id"]
