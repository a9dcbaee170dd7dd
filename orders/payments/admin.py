"""Payments in the console: to be read, with refunds asked for and approved, and tasks closed."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.common.admin import (
    AmountFormField,
    IdSearchAdmin,
    ModelAdmin,
    ReadOnlyAdmin,
    RowsInline,
    ServiceFormAdmin,
    opens,
    reason_action,
    row_action,
    staff,
)
from marketplace.common.errors import InvalidInput
from marketplace.common.ids import uuid7
from orders.constants import PaymentMethod
from orders.payments.constants import RefundKind
from orders.payments.models import (
    ComparedDay,
    Payment,
    PaymentEvent,
    PaymentShare,
    ReconciliationTask,
    Refund,
    RefundLine,
)
from orders.payments.services.chargebacks import record_lost_chargeback
from orders.payments.services.refunds import (
    Wanted,
    approve_refund,
    reject_refund,
    request_refund,
)
from orders.payments.services.tasks import close_task
from orders.payments.services.unsent_refunds import (
    close_refund,
    record_sent_by_hand,
    retry_refund,
)


class PaymentShareInline(RowsInline):
    model = PaymentShare
    ordering = ["id"]
    fields = ["order", "amount", "captured_amount", "refunded_amount"]


class PaymentEventInline(RowsInline):
    model = PaymentEvent
    ordering = ["id"]
    fields = ["created_at", opens("kind"), "outcome"]


class RefundInline(RowsInline):
    model = Refund
    ordering = ["id"]
    fields = [opens("kind"), "order", "amount", "status", "reason", "ended_at"]


@admin.register(Payment)
class PaymentAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Payment]):
    list_display = ["created_at", "provider", "status", "amount", "checkout"]
    list_select_related = ["checkout"]
    id_fields = ("pk", "checkout")
    list_filter = ["provider", "status", "created_at"]
    search_help_text = "The id of a payment or checkout, or a provider's reference."
    ordering = ["-id"]
    exclude = ["client_secret"]
    hidden_fields = ("client_secret",)
    inlines = [PaymentShareInline, PaymentEventInline, RefundInline]

    def found(self, queryset: QuerySet[Payment], term: str) -> QuerySet[Payment]:
        return queryset.filter(provider__in=PaymentMethod.values, provider_reference=term)


@admin.register(ComparedDay)
class ComparedDayAdmin(ReadOnlyAdmin, ModelAdmin[ComparedDay]):
    """Days whose captures were compared with the providers' lists; differences are tasks."""

    list_display = ["day", "provider", "listed", "differences", "created_at"]
    list_filter = ["provider"]
    ordering = ["-day", "provider"]


@admin.register(PaymentEvent)
class PaymentEventAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[PaymentEvent]):
    """What providers reported, word for word."""

    list_display = ["created_at", "provider", "kind", "outcome", "payment"]
    list_select_related = ["payment"]
    id_fields = ("pk", "payment")
    list_filter = ["provider", "outcome"]
    search_help_text = "The id of a message or payment, or the provider's key of a message."
    ordering = ["-id"]

    def found(self, queryset: QuerySet[PaymentEvent], term: str) -> QuerySet[PaymentEvent]:
        return queryset.filter(provider__in=PaymentMethod.values, event_key=term)


class RefundLineInline(RowsInline):
    model = RefundLine
    ordering = ["id"]
    fields = [
        "order_item",
        "quantity",
        "goods_amount",
        "seller_discount_amount",
        "platform_discount_amount",
        "shipping_amount",
        "tax_amount",
    ]


class RefundForm(forms.ModelForm[Refund]):
    """What staff say of a refund; what it consists of follows from how the order was paid."""

    amount = AmountFormField(
        required=False, help_text="In the currency's digits, such as 150000; or units, below."
    )
    units = forms.CharField(
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        help_text="One item a line: its SKU, a space, and how many units, such as: TRA-SEN 2",
    )
    with_shipping = forms.BooleanField(
        required=False, label="Shipping too", help_text="Only with units."
    )
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3, "cols": 80}))
    # One refund for a form, however often it is sent.
    form_id = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid7)

    class Meta:
        model = Refund
        fields = ("order", "amount", "reason")

    @property
    def source(self) -> str:
        return f"staff:{self.cleaned_data['form_id'] or uuid7()}"

    def clean_units(self) -> dict[str, int]:
        units: dict[str, int] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["units"].splitlines())):
            sku, _, count = line.rpartition(" ")
            if not (sku and count.isascii() and count.isdigit() and 0 < len(count) < 4):
                raise forms.ValidationError(f"“{line}” is not a SKU and a number of units.")
            units[sku.strip()] = int(count)
        return units

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "amount" not in self.errors and "units" not in self.errors:
            if (data["amount"] is None) == (not data["units"]):
                self.add_error("amount", "Give an amount, or units.")
            elif data["units"] and "order" in data:
                self._find_items(data)
        if data.get("form_id") and Refund.objects.filter(source=self.source).exists():
            self.add_error(
                None, "This form has been sent already. Open a new one for another refund."
            )
        return data

    def wanted(self) -> Wanted:
        """Return the valid form as `request_refund` takes it."""
        data = self.cleaned_data
        if data["amount"] is not None:
            return Wanted(amount=data["amount"])
        return Wanted(units=data["units"], with_shipping=data["with_shipping"])

    def _find_items(self, data: dict[str, Any]) -> None:
        items = {item.sku: item.pk for item in data["order"].items.all()}
        if unknown := data["units"].keys() - items.keys():
            self.add_error("units", f"The order has no {', '.join(sorted(unknown))}.")
            return
        data["units"] = {items[sku]: count for sku, count in data["units"].items()}


@admin.register(Refund)
class RefundAdmin(ServiceFormAdmin, IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Refund]):
    """Money that goes back; large amounts need a second person."""

    list_display = ["created_at", "order", "kind", "amount", "status", "requested_by"]
    list_select_related = ["order", "requested_by"]
    id_fields = ("pk", "payment", "order")
    list_filter = ["status", "kind", "created_at"]
    search_help_text = "The id of a refund, payment or order."
    ordering = ["-id"]
    inlines = [RefundLineInline]
    actions = ["approve", "reject", "retry", "mark_sent", "close", "replace"]
    waiting = ("Refunds that need a second person", {"status__exact": "awaiting_approval"})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("payments.add_refund")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may let refunds go."""
        return request.user.has_perm("payments.change_refund")

    def get_form(
        self, request: HttpRequest, obj: Refund | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = RefundForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Refund | None = None) -> list[Any]:
        if obj is None:
            return ["order", "amount", "units", "with_shipping", "reason", "form_id"]
        return super().get_fields(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Refund | None) -> list[Any]:
        return [] if obj is None else self.inlines

    def save_model(self, request: HttpRequest, obj: Refund, form: Any, change: bool) -> None:
        made = request_refund(
            form.cleaned_data["order"].pk,
            form.wanted(),
            kind=RefundKind.GOODWILL,
            source=form.source,
            actor=staff(request),
            reason=form.cleaned_data["reason"],
        )
        obj.pk = made.pk
        obj.refresh_from_db()

    @row_action(description="Approve selected refunds", permissions=["decide"])
    def approve(self, request: HttpRequest, refund_id: UUID) -> None:
        approve_refund(refund_id, actor=staff(request))

    @reason_action(description="Refuse selected refunds…", permissions=["decide"])
    def reject(self, request: HttpRequest, refund_id: UUID, reason: str) -> None:
        reject_refund(refund_id, actor=staff(request), reason=reason)

    @row_action(description="Try failed refunds again", permissions=["decide"])
    def retry(self, request: HttpRequest, refund_id: UUID) -> None:
        retry_refund(refund_id)

    @reason_action(
        description="Mark as sent by hand (the bank's reference)…", permissions=["decide"]
    )
    def mark_sent(self, request: HttpRequest, refund_id: UUID, reason: str) -> None:
        record_sent_by_hand(refund_id, reference=reason)

    @reason_action(
        description="Close failed refunds that the buyer has otherwise (how)…",
        permissions=["decide"],
    )
    def close(self, request: HttpRequest, refund_id: UUID, reason: str) -> None:
        close_refund(refund_id, actor=staff(request), reason=reason)

    @reason_action(
        description="Close failed refunds that another one replaces (its id)…",
        permissions=["decide"],
    )
    def replace(self, request: HttpRequest, refund_id: UUID, reason: str) -> None:
        try:
            other = UUID(reason.strip())
        except ValueError as error:
            raise InvalidInput("reason", "This is not the id of a refund.") from error
        close_refund(
            refund_id, actor=staff(request), reason=f"Replaced by {other}.", replaced_by=other
        )


@admin.register(ReconciliationTask)
class ReconciliationTaskAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[ReconciliationTask]):
    """What about money no rule can decide."""

    list_display = ["created_at", "kind", "status", "payment", "refund", "resolved_by"]
    list_select_related = ["payment", "refund", "resolved_by"]
    id_fields = ("pk", "payment", "refund")
    list_filter = ["status", "kind"]
    search_help_text = "The id of a task, payment or refund."
    ordering = ["-id"]
    actions = ["resolve", "lose"]
    waiting = ("Payments to look at", {"status__exact": "open"})

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may close tasks."""
        return request.user.has_perm("payments.change_reconciliationtask")

    @reason_action(description="Close selected tasks (what was done)…", permissions=["decide"])
    def resolve(self, request: HttpRequest, task_id: UUID, reason: str) -> None:
        close_task(task_id, actor=staff(request), note=reason)

    def has_book_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may close tasks that take money from shops."""
        return self.has_decide_permission(request) and request.user.has_perm(
            "payments.change_refund"
        )

    @reason_action(
        description="Close chargebacks as lost: the buyer has the money (what the bank said)…",
        permissions=["book"],
    )
    def lose(self, request: HttpRequest, task_id: UUID, reason: str) -> None:
        record_lost_chargeback(task_id, actor=staff(request), note=reason)
