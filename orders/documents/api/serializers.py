"""Documents as JSON."""

from typing import Any

from rest_framework import serializers

from marketplace.common.api.fields import MoneyField, SparseFieldsMixin
from orders.documents.constants import DocumentStatus
from orders.documents.models import Document
from orders.settlement.constants import EntryKind


class PreparingSerializer(serializers.Serializer[dict[str, str | None]]):
    """A document whose file is being made; `number` is null while it is being issued."""

    number = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=DocumentStatus.choices)


class StatementSerializer(SparseFieldsMixin, serializers.ModelSerializer[Document]):
    """A month of a shop; what it loses is negative.

    `opening + sales + refunds + commission + payouts + other = closing`, which is what the shop is
    owed, payouts on their way to the bank included.
    """

    month = serializers.CharField(source="facts_month", help_text="Such as 2026-10.")
    status = serializers.ChoiceField(choices=DocumentStatus.choices, source="file.status")
    opening = MoneyField(source="summary.opening_amount")
    sales = MoneyField(
        source="summary.sales_amount", help_text="Paid by buyers, and by the platform's vouchers."
    )
    refunds = MoneyField(source="summary.refunds_amount")
    commission = MoneyField(
        source="summary.commission_amount", help_text="Less what refunds gave back of it."
    )
    payouts = MoneyField(source="summary.payouts_amount")
    other = MoneyField(source="summary.other_amount")
    closing = MoneyField(source="summary.closing_amount")
    carrier_cash = MoneyField(
        source="summary.carrier_cash_amount",
        help_text="Cash of delivered orders that carriers held at the end of the month.",
    )

    class Meta:
        model = Document
        fields: tuple[str, ...] = (
            *("id", "number", "month", "period_start", "period_end", "issued_at", "status"),
            *("currency", "opening", "sales", "refunds", "commission", "payouts", "other"),
            *("closing", "carrier_cash"),
        )
        read_only_fields = fields


class StatementBalanceSerializer(serializers.Serializer[Any]):
    pending = MoneyField(source="pending_amount")
    available = MoneyField(source="available_amount")
    on_hold = MoneyField(source="on_hold_amount")
    in_transit = MoneyField(source="in_transit_amount")


class StatementLineSerializer(serializers.Serializer[Any]):
    """What an order brought or took at once: `buyer + platform + commission = net`."""

    at = serializers.DateTimeField()
    order_number = serializers.CharField(source="order")
    kind = serializers.ChoiceField(choices=EntryKind.choices)
    buyer = MoneyField(source="buyer_amount")
    platform = MoneyField(source="platform_discount_amount")
    commission = MoneyField(source="commission_amount")
    net = MoneyField(source="net_amount")


class StatementPayoutSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=EntryKind.choices)
    amount = MoneyField()
    bank_reference = serializers.CharField(source="reference")
    bank_account_number = serializers.CharField(source="bank_account")


class CarrierCashSerializer(serializers.Serializer[Any]):
    carrier = serializers.CharField()
    amount = MoneyField()


class StatementDetailSerializer(StatementSerializer):
    """A statement with everything that it is the sum of."""

    balance = StatementBalanceSerializer(source="facts.summary")
    lines = StatementLineSerializer(source="facts.lines", many=True)
    payout_lines = StatementPayoutSerializer(source="facts.payouts", many=True)
    carriers = CarrierCashSerializer(source="facts.carriers", many=True)

    class Meta(StatementSerializer.Meta):
        fields = (
            *StatementSerializer.Meta.fields,
            *("balance", "lines", "payout_lines", "carriers"),
        )
        read_only_fields = fields
