"""Stock in the console: numbers to look at, and one way to change them that is written down."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.inventory.constants import MovementReason
from catalog.inventory.models import Reservation, StockItem, StockMovement
from catalog.inventory.services import adjust_on_hand
from catalog.models import ProductVariant
from marketplace.common.admin import (
    IdSearchAdmin,
    ModelAdmin,
    NoDeleteAdmin,
    ReadOnlyAdmin,
    ServiceFormAdmin,
    link_to,
    staff,
)

_MAX_UNITS = 10_000_000
# What people may say of a change; sales and imports write the others.
_REASONS = [
    (reason.value, reason.label)
    for reason in (
        MovementReason.ADJUSTED,
        MovementReason.RECEIVED,
        MovementReason.RETURNED,
        MovementReason.DAMAGED,
    )
]


class _OfVariant(IdSearchAdmin):
    """Found by their own id, by their variant's id, and by its sku."""

    id_fields: ClassVar[Any] = ("pk", "variant")
    search_help_text: ClassVar[Any] = "A whole id, variant's id or sku."

    def found(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return queryset.filter(variant__in=ProductVariant.objects.with_sku(term).values("pk"))


class AdjustStockForm(forms.ModelForm[StockItem]):
    """Changes nothing of the row itself: what it asks for goes to the service."""

    delta = forms.IntegerField(
        min_value=-_MAX_UNITS,
        max_value=_MAX_UNITS,
        label="Add units",
        help_text="Negative takes them off the shelf.",
    )
    reason = forms.ChoiceField(choices=_REASONS)
    note = forms.CharField(max_length=255, required=False)

    class Meta:
        model = StockItem
        fields: tuple[str, ...] = ()

    def clean_delta(self) -> int:
        delta: int = self.cleaned_data["delta"]
        if delta == 0:
            raise forms.ValidationError("Zero changes nothing.")
        return delta


@admin.register(StockItem)
class StockItemAdmin(_OfVariant, ServiceFormAdmin, NoDeleteAdmin, ModelAdmin[StockItem]):
    """Stock by variant; saving the page moves `on_hand` and writes a movement."""

    form = AdjustStockForm
    fields = [
        "variant",
        "on_hand",
        "reserved",
        "low_stock_threshold",
        "updated_at",
        "delta",
        "reason",
        "note",
    ]
    readonly_fields = ["variant", "on_hand", "reserved", "low_stock_threshold", "updated_at"]
    list_display = ["variant", "product", "on_hand", "reserved", "updated_at"]
    list_select_related = ["variant__product"]
    ordering = ["-id"]

    @admin.display(description="product")
    def product(self, item: StockItem) -> str | None:
        return link_to(item.variant.product)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a variant is made with its stock."""
        return False

    def save_model(self, request: HttpRequest, obj: StockItem, form: Any, change: bool) -> None:
        adjust_on_hand(
            obj.variant_id,
            form.cleaned_data["delta"],
            actor=staff(request),
            reason=MovementReason(form.cleaned_data["reason"]),
            note=form.cleaned_data["note"],
        )

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        values = form.cleaned_data
        text = f"on hand {values['delta']:+d} ({values['reason']}) {values['note']}"
        return [{"changed": {"fields": [text.strip()]}}]


@admin.register(Reservation)
class ReservationAdmin(_OfVariant, ReadOnlyAdmin, ModelAdmin[Reservation]):
    """Units promised to orders; an order's id finds its own too."""

    list_display = ["variant", "quantity", "status", "reference", "expires_at", "created_at"]
    list_select_related = ["variant"]
    list_filter = ["status", "created_at"]
    ordering = ["-id"]
    id_fields = ("pk", "variant", "reference")
    search_help_text = "A whole id, variant's id, order's id or sku."


@admin.register(StockMovement)
class StockMovementAdmin(_OfVariant, ReadOnlyAdmin, ModelAdmin[StockMovement]):
    """Every change of what lies on the shelf; append-only."""

    list_display = ["variant", "delta", "reason", "note", "actor", "created_at"]
    list_select_related = ["variant", "actor"]
    list_filter = ["reason", "created_at"]
    ordering = ["-id"]
