from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from marketplace.common.admin import (
    ModelAdmin,
    NoDeleteAdmin,
    ReadOnlyAdmin,
    ServiceFormAdmin,
    row_action,
    staff,
)
from marketplace.common.money import BASIS_POINTS, display_amount
from vouchers.codes import CODE_RULE, is_good_code, normalise_code
from vouchers.constants import VoucherKind
from vouchers.errors import VoucherCodeTaken
from vouchers.models import BuyerUsage, Redemption, Voucher
from vouchers.services.vouchers import archive_voucher, create_voucher, update_voucher

# What the form calls the goods that a voucher is limited to, and what the service does.
_LIMITS = {"categories": "category_ids", "products": "product_ids"}


class VoucherForm(forms.ModelForm[Voucher]):
    class Meta:
        model = Voucher
        fields = (
            "code",
            "name",
            "shop",
            "is_public",
            "is_active",
            "kind",
            "value",
            "max_discount_amount",
            "platform_share_bps",
            "starts_at",
            "ends_at",
            "min_spend_amount",
            "is_first_order_only",
            "categories",
            "products",
            "usage_limit",
            "per_user_limit",
            "budget_amount",
        )
        help_texts = {
            "shop": "Empty for the platform's own.",
            "value": "Basis points of a percentage (10 % is 1000), or an amount.",
            "platform_share_bps": "How much of the discount the platform pays: 10000 is all.",
            "is_public": "Otherwise only who has the code finds it.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "platform_share_bps" in self.fields:
            self.fields["platform_share_bps"].initial = BASIS_POINTS

    def clean_code(self) -> str:
        try:
            code = normalise_code(self.cleaned_data["code"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        if not is_good_code(code):
            raise forms.ValidationError(CODE_RULE)
        if Voucher.objects.live().with_codes([code]).exists():
            raise forms.ValidationError(VoucherCodeTaken.message)
        return code


@admin.register(Voucher)
class VoucherAdmin(ServiceFormAdmin, NoDeleteAdmin, ModelAdmin[Voucher]):
    """Vouchers of shops and of the platform; what has been used is counted by services alone."""

    form = VoucherForm
    list_display = ["code", "name", "shop", "kind", "discount", "used", "ends_at", "is_active"]
    list_filter = ["kind", "is_active", "is_public", "is_first_order_only", "ends_at"]
    list_select_related = ["shop"]
    search_fields = ["=code", "name"]
    search_help_text = "The whole code, or a part of the name."
    ordering = ["-id"]
    raw_id_fields = ["categories", "products"]
    readonly_fields = ["used_count", "spent_amount", "archived_at", "created_at", "updated_at"]
    actions = ["archive"]
    fieldsets = [
        (None, {"fields": ["code", "name", "shop", "is_public", "is_active"]}),
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
        """Orders name the code, and its redemptions are paid for by the shop: both stay."""
        return [*self.readonly_fields, "code", "shop"] if obj else list(self.readonly_fields)

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("vouchers.change_voucher")

    @row_action(description="Archive selected vouchers", permissions=["archive"])
    def archive(self, request: HttpRequest, voucher_id: UUID) -> None:
        archive_voucher(voucher_id, actor=staff(request))

    def save_model(self, request: HttpRequest, obj: Voucher, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        for name, ids in _LIMITS.items():
            if name in values:
                values[ids] = [row.pk for row in values.pop(name)]
        if change:
            saved = update_voucher(obj.pk, actor=staff(request), **values)
        else:
            # What is left as the form shows it has not changed, but is meant.
            shown = ("starts_at", "ends_at", "kind", "platform_share_bps", "is_active", "is_public")
            values |= {name: form.cleaned_data[name] for name in shown}
            shop = values.pop("shop", None)
            saved = create_voucher(actor=staff(request), shop_id=shop and shop.pk, **values)
        obj.pk = saved.pk
        obj._state.adding = False
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The service has written them."""


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin, ModelAdmin[Redemption]):
    list_display = ["voucher", "user", "order_id", "amount", "platform_amount", "status"]
    list_filter = ["status", "created_at"]
    list_select_related = ["voucher", "user"]
    search_fields = ["=voucher__code", "=user__phone_number", "=user__email"]
    search_help_text = "A whole code, phone number or e-mail address."
    ordering = ["-id"]


@admin.register(BuyerUsage)
class BuyerUsageAdmin(ReadOnlyAdmin, ModelAdmin[BuyerUsage]):
    """How often each buyer uses each voucher now."""

    list_display = ["voucher", "user", "used_count", "updated_at"]
    list_select_related = ["voucher", "user"]
    search_fields = ["=voucher__code", "=user__phone_number", "=user__email"]
    search_help_text = "A whole code, phone number or e-mail address."
    ordering = ["-id"]
