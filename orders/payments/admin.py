"""Payments in the console, to be read."""

from django.contrib import admin
from django.db.models import QuerySet

from marketplace.common.admin import IdSearchAdmin, ModelAdmin, ReadOnlyAdmin, RowsInline
from orders.constants import PaymentMethod
from orders.payments.models import Payment, PaymentShare


class PaymentShareInline(RowsInline):
    model = PaymentShare
    ordering = ["id"]
    fields = ["order", "amount", "captured_amount", "refunded_amount"]


@admin.register(Payment)
class PaymentAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Payment]):
    list_display = ["created_at", "provider", "status", "amount", "checkout"]
    list_select_related = ["checkout"]
    id_fields = ("pk", "checkout")
    list_filter = ["provider", "status", "created_at"]
    search_help_text = "The id of a payment or checkout, or a provider's reference."
    ordering = ["-id"]
    exclude = ["client_secret"]
    inlines = [PaymentShareInline]

    def found(self, queryset: QuerySet[Payment], term: str) -> QuerySet[Payment]:
        return queryset.filter(provider__in=PaymentMethod.values, provider_reference=term)
