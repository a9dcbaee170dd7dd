"""Returns in the console: to be read, answered in a shop's stead, and decided where disputed."""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from marketplace.common.admin import (
    AmountFormField,
    IdSearchAdmin,
    ModelAdmin,
    ReadOnlyAdmin,
    RowsInline,
    ServiceFormAdmin,
    link_to,
    opens,
    reason_action,
    row_action,
    staff,
)
from marketplace.common.moderation.constants import Subject
from marketplace.common.moderation.queue import Queue, QueueAdmin, Step
from marketplace.common.panels import SHOWN, Panel, PanelsAdmin, Picture, amount, moment, panels
from orders.constants import ActorKind
from orders.returns.constants import DisputeStatus, ReturnStatus
from orders.returns.models import Dispute, Return, ReturnEvent, ReturnLine, ReturnPhoto
from orders.returns.selectors import due_at
from orders.returns.services.answering import approve_return, reject_return
from orders.returns.services.disputes import refund_dispute, refuse_dispute
from orders.returns.services.receiving import receive_return
from shops.models import Shop


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


def _asked_for(row: Return) -> Panel:
    lines = row.lines.select_related("order_item").order_by("id")
    return Panel(
        "What the buyer wants to send back",
        facts=[
            ("Because", row.get_reason_display()),
            ("Asked", moment(row.created_at)),
            ("The shop answers until", moment(due_at(row))),
            ("and said", row.answer or "–"),
        ],
        text=row.comment,
        pictures=[Picture(photo.file.url, "") for photo in row.photos.all()],
        columns=["Item", "Variant", "Units", "Came back", "Of the line"],
        rows=[
            [
                line.order_item.title,
                line.order_item.variant_name or "–",
                line.quantity,
                line.received_quantity,
                amount(line.order_item.line_total_amount),
            ]
            for line in lines
        ],
        is_wide=True,
    )


def _order_of(row: Return) -> Panel:
    order = row.order
    return Panel(
        "The order",
        facts=[
            ("Number", link_to(order)),
            ("Status", order.get_status_display()),
            ("Paid", f"{order.get_payment_status_display()}, {order.payment_method}"),
            ("Total", amount(order.total_amount, order.currency)),
            ("Delivered", moment(order.delivered_at)),
            ("Buyer", link_to(order.buyer)),
            ("Shop", link_to(row.shop)),
            ("Its rating", f"{row.shop.average_rating} of {row.shop.review_count:,}"),
        ],
    )


def _events(row: Return) -> Panel:
    return Panel(
        "What happened",
        columns=["When", "To", "By", "Note"],
        rows=[
            [moment(event.created_at), event.to_status, event.actor_kind, event.note or "–"]
            for event in row.events.order_by("-id")[:20]
        ],
    )


def _others_of_buyer(row: Return) -> Panel:
    others = Return.objects.filter(order__buyer=row.order.buyer_id).exclude(pk=row.pk)
    return Panel(
        "Other returns of this buyer",
        columns=["When", "Order", "Because"],
        rows=[
            [moment(other.created_at), link_to(other), other.get_reason_display()]
            for other in others.select_related("order").order_by("-id")[:SHOWN]
        ],
        empty="None.",
    )


def _return_panels(row: Return) -> list[Panel]:
    return [_asked_for(row), _order_of(row), _events(row), _others_of_buyer(row)]


@panels("returns.dispute")
def _disputed(request: HttpRequest, dispute: Dispute) -> list[Panel]:
    return _return_panels(dispute.return_request)


@panels("shops.shop")
def _returns_of(request: HttpRequest, shop: Shop) -> list[Panel]:
    if not request.user.has_perm("returns.view_return"):
        return []
    newest = Return.objects.filter(shop=shop).select_related("order").order_by("-created_at", "-id")
    return [
        Panel(
            "Returns",
            columns=["Newest", "Order", "Because"],
            rows=[
                [moment(row.created_at), link_to(row), row.get_reason_display()]
                for row in newest[:SHOWN]
            ],
            url=f"{reverse('admin:returns_return_changelist')}?q={shop.pk}",
        )
    ]


@admin.register(Return)
class ReturnAdmin(QueueAdmin, IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Return]):
    """Goods that go back; the steps that staff may take in a shop's stead are actions."""

    list_display = ["created_at", "order", "shop", "status", "reason", "due"]
    list_select_related = ["order", "shop"]
    id_fields = ("pk", "order", "shop")
    list_filter = ["status", "reason", "created_at"]
    search_help_text = "The id of a return, order or shop."
    ordering = ["-id"]
    inlines = [ReturnLineInline, ReturnPhotoInline, DisputeInline, ReturnEventInline]
    actions = ["approve", "reject", "receive"]
    waiting = ("Returns to answer", {"status__exact": ReturnStatus.REQUESTED.value})
    queue = Queue(
        Subject.RETURN,
        permission="manage",
        accept=Step("Approve", partial(approve_return, actor_kind=ActorKind.STAFF)),
        refuse=Step("Refuse", partial(reject_return, actor_kind=ActorKind.STAFF)),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return Return.objects.with_due().order_by("-id")

    def get_fields(self, request: HttpRequest, obj: Return | None = None) -> list[Any]:
        names = super().get_fields(request, obj)
        return ["due" if name == "deadline_at" else name for name in names]

    @admin.display(description="deadline", ordering="due_at")
    def due(self, row: Return) -> str:
        return moment(getattr(row, "due_at", row.deadline_at))

    def queue_panels(self, request: HttpRequest, row: Return) -> list[Panel]:
        return _return_panels(row)

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
        help_text="In the currency's digits, such as 150000; only for an amount. It is of these "
        "goods and, once they are paid for, of the shipping fee.",
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
class DisputeAdmin(
    PanelsAdmin, ServiceFormAdmin, IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Dispute]
):
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
