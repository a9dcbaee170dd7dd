"""Payments in the console, to be read."""

from django.contrib import admin

from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin
from marketplace.common.money import display_amount
from orders.payments.models import Payment, PaymentShare


class PaymentShareInline(ReadOnlyAdmin, admin.TabularInline[PaymentShare, Payment]):
    model = PaymentShare
    extra = 0
    fields = ["order", "amount", "captured_amount", "refunded_amount"]
    readonly_fields = ["order", "amount", "captured_amount", "refunded_amount"]


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin, ModelAdmin[Payment]):
    list_display = ["id", "provider", "status", "total", "provider_reference", "created_at"]
    list_filter = ["provider", "status", "created_at"]
    search_fields = ["=id", "=provider_reference", "=checkout__id"]
    ordering = ["-id"]
    exclude = ["client_secret"]
    inlines = [PaymentShareInline]

    @admin.display(description="amount", ordering="amount")
    def total(self, payment: Payment) -> str:
        return display_amount(payment.amount, payment.currency)
