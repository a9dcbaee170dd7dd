"""Payments in the console, to be read."""

from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet

from marketplace.common.admin import IdSearchAdmin, ModelAdmin, ReadOnlyAdmin
from marketplace.common.money import display_amount
from orders.constants import PaymentMethod
from orders.payments.models import Payment, PaymentShare


class PaymentShareInline(ReadOnlyAdmin, admin.TabularInline[PaymentShare, Payment]):
    model = PaymentShare
    extra = 0
    fields = ["order", "amount", "captured_amount", "refunded_amount"]
    readonly_fields = ["order", "amount", "captured_amount", "refunded_amount"]


@admin.register(Payment)
class PaymentAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Payment]):
    list_display = ["id", "provider", "status", "total", "provider_reference", "created_at"]
    list_filter = ["provider", "status", "created_at"]
    search_help_text = "The id of a payment or checkout, or a provider's reference."
    ordering = ["-id"]
    exclude = ["client_secret"]
    inlines = [PaymentShareInline]

    def with_id(self, identifier: UUID) -> Q:
        return super().with_id(identifier) | Q(checkout_id=identifier)

    def found(self, queryset: QuerySet[Payment], term: str) -> QuerySet[Payment]:
        return queryset.filter(provider__in=PaymentMethod.values, provider_reference=term)

    @admin.display(description="amount", ordering="amount")
    def total(self, payment: Payment) -> str:
        return display_amount(payment.amount, payment.currency)
