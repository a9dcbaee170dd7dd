"""Returns in the console: to be read, answered in a shop's stead, and decided where disputed."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
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
from orders.constants import ActorKind
from orders.returns.constants import DisputeStatus
from orders.returns.models import Dispute, Return, ReturnEvent, ReturnLine, ReturnPhoto
from orders.returns.services.answering import approve_return, reject_return
from orders.returns.services.disputes import refund_dispute, refuse_dispute
from orders.returns.services.receiving import receive_return


class ReturnLineInline(RowsInline):
    model = ReturnLine
    ordering = ["id"]
    fields = ["order_item", "quantity", "received_quantity", "disposition"]


class ReturnPhotoInline(RowsInline):
    model = ReturnPhoto
    ordering = ["position", "id"]
    fields = ["file"]


class ReturnEventInline(RowsInline):
    model = ReturnEvent
    ordering = ["id"]
    fields = ["created_at", "from_status", "to_status", "actor_kind", "actor", "note"]


class DisputeInline(RowsInline):
    model = Dispute
    fields = [opens("status"), "reason", "decision", "decided_by"]


@admin.register(Return)
class ReturnAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Return]):
    """Goods that go back; the steps that staff may take in a shop's stead are actions."""

    list_display = ["created_at", "order", "shop", "status", "reason", "deadline_at"]
    list_select_related = ["order", "shop"]
    id_fields = ("pk", "order", "shop")
    list_filter = ["status", "reason", "created_at"]
    search_help_text = "The id of a return, order or shop."
    ordering = ["-id"]
    inlines = [ReturnLineInline, ReturnPhotoInline, DisputeInline, ReturnEventInline]
    actions = ["approve", "reject", "receive"]

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may move returns, which the read-only pages themselves never do."""
        return request.user.has_perm("returns.change_return")

    @row_action(description="Approve selected returns", permissions=["manage"])
    def approve(self, request: HttpRequest, return_id: UUID) -> None:
        approve_return(return_id, actor=staff(request), actor_kind=ActorKind.STAFF)

    @reason_action(description="Reject selected returns…", permissions=["manage"])
    def reject(self, request: HttpRequest, return_id: UUID, reason: str) -> None:
        reject_return(return_id, actor=staff(request), actor_kind=ActorKind.STAFF, reason=reason)

    @reason_action(
        description="Mark selected returns received whole, back on the shelf…",
        permissions=["manage"],
    )
    def receive(self, request: HttpRequest, return_id: UUID, reason: str) -> None:
        receive_return(return_id, actor=staff(request), actor_kind=ActorKind.STAFF, reason=reason)


class DecisionForm(forms.ModelForm[Dispute]):
    """What staff decide; both sides read why."""

    decided_for = forms.ChoiceField(
        choices=[
            ("all", "The buyer: all that was not refunded of these goods"),
            ("all_and_shipping", "The buyer: all of it, and the shipping fee"),
            ("amount", "The buyer: the amount below"),
            ("seller", "The seller: nothing"),
        ],
        widget=forms.RadioSelect,
    )
    amount = AmountFormField(
        required=False,
        help_text="In the currency's digits, such as 150000; only for an amount.",
    )
    decision = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3, "cols": 80}))

    class Meta:
        model = Dispute
        fields = ("decision",)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "amount" in self.errors:
            return data
        if (data.get("decided_for") == "amount") != (data.get("amount") is not None):
            self.add_error("amount", "An amount goes with the decision for an amount, alone.")
        return data


@admin.register(Dispute)
class DisputeAdmin(ServiceFormAdmin, IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Dispute]):
    """The queue of what buyers and sellers do not agree on: an open one is decided on its page."""

    list_display = ["created_at", "return_request", "from_status", "status", "decided_by"]
    list_select_related = ["return_request__order", "decided_by"]
    id_fields = ("pk", "return_request")
    list_filter = ["status", "created_at"]
    search_help_text = "The id of a dispute or return."
    ordering = ["-id"]
    waiting = ("Disputes to decide", {"status__exact": DisputeStatus.OPEN.value})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.status != DisputeStatus.OPEN:
            return False
        return request.user.has_perm("returns.change_dispute")

    def get_form(
        self, request: HttpRequest, obj: Dispute | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is not None and self.has_change_permission(request, obj):
            kwargs["form"] = DecisionForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Dispute | None = None) -> list[str]:
        return ["return_request", "from_status", "reason", "created_at"]

    def get_fields(self, request: HttpRequest, obj: Dispute | None = None) -> list[Any]:
        shown = self.get_readonly_fields(request, obj)
        if obj is not None and self.has_change_permission(request, obj):
            return [*shown, "decided_for", "amount", "decision"]
        return [*shown, "status", "decision", "decided_by", "decided_at", "refund"]

    def save_model(self, request: HttpRequest, obj: Dispute, form: Any, change: bool) -> None:
        data = form.cleaned_data
        said: dict[str, Any] = {"actor": staff(request), "reason": data["decision"]}
        if data["decided_for"] == "seller":
            refuse_dispute(obj.pk, **said)
        else:
            refund_dispute(
                obj.pk,
                amount=data["amount"],
                with_shipping=data["decided_for"] == "all_and_shipping",
                **said,
            )
        obj.refresh_from_db()
