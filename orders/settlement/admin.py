"""Commission, ledger, payouts and carriers' cash in the console."""

import csv
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from marketplace.common import money
from marketplace.common.admin import (
    IdSearchAdmin,
    ModelAdmin,
    NoDeleteAdmin,
    ReadOnlyAdmin,
    ServiceFormAdmin,
    link_to,
    reason_action,
    row_action,
    staff,
)
from marketplace.common.panels import SHOWN, Panel, amount, moment, panels, unbroken
from marketplace.common.spreadsheets import defused
from orders.models import Order
from orders.settlement.constants import ACCOUNTS_OF_SHOPS
from orders.settlement.models import (
    CommissionLine,
    CommissionRule,
    LedgerEntry,
    Payout,
    Remittance,
    RemittanceLine,
)
from orders.settlement.selectors import balance_of
from orders.settlement.services.payouts import (
    approve_payout,
    approved_payouts,
    draft_payout,
    mark_paid,
    return_payout,
)
from orders.settlement.services.remittances import accept_difference, close_difference
from orders.settlement.services.rules import change_rule, create_rule
from shops.models import Shop


@panels("shops.shop")
def _money_of(request: HttpRequest, shop: Shop) -> list[Panel]:
    if not request.user.has_perm("settlement.view_payout"):
        return []
    balance = balance_of(shop)
    payouts = Payout.objects.filter(shop=shop).order_by("-created_at", "-id")[:SHOWN]
    entries = LedgerEntry.objects.filter(shop=shop, account__in=ACCOUNTS_OF_SHOPS)
    newest = entries.select_related("order").order_by("-created_at", "-id")[:SHOWN]
    return [
        Panel(
            "Money",
            facts=[
                ("Not due yet", amount(balance.pending_amount)),
                ("Due", amount(balance.available_amount)),
                ("On hold", amount(balance.on_hold_amount)),
                ("On its way", amount(balance.in_transit_amount)),
            ],
            columns=["Payouts", "Amount", "Status"],
            rows=[
                [
                    moment(row.created_at),
                    link_to(row, amount(row.amount, row.currency)),
                    row.status,
                ]
                for row in payouts
            ],
            url=f"{reverse('admin:settlement_payout_changelist')}?q={shop.pk}",
        ),
        Panel(
            "Ledger",
            columns=["Newest", "Account", "Amount", "Order"],
            rows=[
                [
                    link_to(row, row.get_kind_display()),
                    row.account.removeprefix("shop_"),
                    amount(-row.amount),
                    link_to(row.order, unbroken(row.order)),
                ]
                for row in newest
            ],
            url=f"{reverse('admin:settlement_ledgerentry_changelist')}?shop__id__exact={shop.pk}",
        ),
    ]


BANK_FILE_COLUMNS = (
    *("reference", "bank_name", "account_name", "account_number", "amount", "currency"),
    "description",
)


@admin.register(CommissionRule)
class CommissionRuleAdmin(ServiceFormAdmin, NoDeleteAdmin, ModelAdmin[CommissionRule]):
    """What the platform keeps; for orders from now on."""

    list_display = [
        *("name", "position", "shop", "category", "min_price_amount", "below_price_amount"),
        *("rate_bps", "floor_amount", "cap_amount", "is_active"),
    ]
    list_select_related = ["shop", "category"]
    list_filter = ["is_active"]
    search_fields = ["^name"]
    search_help_text = "A whole id, or how the name begins."
    ordering = ["position", "id"]

    def save_model(
        self, request: HttpRequest, obj: CommissionRule, form: Any, change: bool
    ) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            change_rule(obj.pk, actor=staff(request), **changes)
        else:
            obj.pk = create_rule(actor=staff(request), **form.cleaned_data).pk


@admin.register(CommissionLine)
class CommissionLineAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[CommissionLine]):
    """What the platform keeps of each item, as it was agreed when it was ordered."""

    list_display = ["created_at", "order_item", "kind", "base_amount", "rate_bps", "amount"]
    list_select_related = ["order_item"]
    id_fields = ("pk", "order_item", "order_item__order")
    search_help_text = "The id of a line, order item or order."
    ordering = ["-id"]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[LedgerEntry]):
    """The books: debits positive, credits negative. Nothing in them is ever changed."""

    list_display = ["created_at", "kind", "account", "amount", "shop", "party", "order"]
    list_select_related = ["shop", "order"]
    id_fields = ("pk", "transaction_id", "order", "source_id")
    list_filter = ["account", "kind"]
    search_help_text = "The id of an entry, transaction, order, refund or payout; a number."
    ordering = ["-id"]

    def found(self, queryset: QuerySet[LedgerEntry], term: str) -> QuerySet[LedgerEntry]:
        return queryset.filter(order__in=Order.objects.filter(number=term).values("pk"))


class PayoutForm(forms.ModelForm[Payout]):
    class Meta:
        model = Payout
        fields = ("shop",)


@admin.register(Payout)
class PayoutAdmin(ServiceFormAdmin, IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Payout]):
    """What shops are paid; the job drafts them, staff approve them and report what the bank did."""

    list_display = ["created_at", "shop", "amount", "status", "first_approved_by", "approved_by"]
    list_select_related = ["shop", "first_approved_by", "approved_by"]
    id_fields = ("pk", "shop")
    list_filter = ["status", "created_at"]
    search_help_text = "The id of a payout or shop, or a bank's reference."
    ordering = ["-id"]
    exclude = ["bank_account_number"]
    hidden_fields = ("bank_account_number",)
    actions = ["approve", "export_bank_file", "mark_paid", "mark_returned"]
    waiting = ("Payouts to approve", {"status__exact": "draft"})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("settlement.add_payout")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may let money go."""
        return request.user.has_perm("settlement.change_payout")

    def found(self, queryset: QuerySet[Payout], term: str) -> QuerySet[Payout]:
        return queryset.filter(bank_reference=term)

    def get_form(
        self, request: HttpRequest, obj: Payout | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = PayoutForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Payout | None = None) -> list[Any]:
        return ["shop"] if obj is None else super().get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Payout, form: Any, change: bool) -> None:
        obj.pk = draft_payout(form.cleaned_data["shop"].pk, actor=staff(request)).pk
        obj.refresh_from_db()

    @row_action(description="Approve selected payouts", permissions=["decide"])
    def approve(self, request: HttpRequest, payout_id: UUID) -> None:
        approve_payout(payout_id, actor=staff(request))

    @admin.action(description="Export approved payouts for the bank", permissions=["decide"])
    def export_bank_file(
        self, request: HttpRequest, queryset: QuerySet[Payout]
    ) -> HttpResponse | None:
        payouts = approved_payouts(list(queryset.values_list("pk", flat=True)))
        if not payouts:
            self.message_user(request, "None of them is approved.", messages.ERROR)
            return None
        for payout in payouts:
            self.log_change(request, payout, "Exported for the bank")
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="payouts.csv"'
        write_bank_file(response, payouts)
        return response

    @reason_action(description="Mark as paid (the bank's reference)…", permissions=["decide"])
    def mark_paid(self, request: HttpRequest, payout_id: UUID, reason: str) -> None:
        mark_paid(payout_id, actor=staff(request), bank_reference=reason)

    @reason_action(description="Mark as not made, or returned by the bank…", permissions=["decide"])
    def mark_returned(self, request: HttpRequest, payout_id: UUID, reason: str) -> None:
        return_payout(payout_id, actor=staff(request), reason=reason)


def write_bank_file(file: Any, payouts: list[Payout]) -> None:
    """Write payouts as a bank's bulk transfer wants them; no cell is taken for a formula."""
    writer = csv.writer(file)
    writer.writerow(BANK_FILE_COLUMNS)
    for payout in payouts:
        cells = [
            payout.pk.hex,
            payout.bank_name,
            payout.bank_account_name,
            payout.bank_account_number,
            money.format_amount(payout.amount, payout.currency),
            payout.currency,
            f"Payout {payout.pk.hex[-12:]}",
        ]
        writer.writerow([defused(cell) for cell in cells])


@admin.register(Remittance)
class RemittanceAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Remittance]):
    """Files of carriers about the cash that they hand over."""

    list_display = ["created_at", "carrier", "file_name"]
    list_filter = ["carrier"]
    ordering = ["-id"]


@admin.register(RemittanceLine)
class RemittanceLineAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[RemittanceLine]):
    """Parcels in the files of carriers; those that do not fit wait for staff."""

    list_display = [
        *("reference", "order", "amount", "expected_amount", "fee_amount", "status"),
        "resolved_by",
    ]
    list_select_related = ["order", "resolved_by"]
    id_fields = ("pk", "remittance", "order")
    list_filter = ["is_open", "status"]
    search_help_text = "The id of a line, file or order."
    ordering = ["-id"]
    actions = ["accept", "close"]
    waiting = ("Carriers' cash that does not fit", {"is_open__exact": "1"})

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may settle differences."""
        return request.user.has_perm("settlement.change_remittanceline")

    @reason_action(
        description="Accept the amounts of selected lines (why)…", permissions=["decide"]
    )
    def accept(self, request: HttpRequest, line_id: UUID, reason: str) -> None:
        accept_difference(line_id, actor=staff(request), note=reason)

    @reason_action(description="Close selected lines without posting…", permissions=["decide"])
    def close(self, request: HttpRequest, line_id: UUID, reason: str) -> None:
        close_difference(line_id, actor=staff(request), note=reason)
