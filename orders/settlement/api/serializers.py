"""What a seller sees of its money. Amounts are what the shop is owed: credits are positive."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.common import money
from marketplace.common.api.fields import MoneyField, SparseFieldsMixin
from orders.settlement.constants import EntryKind, Place
from orders.settlement.models import LedgerEntry, Payout
from orders.settlement.selectors import Balance, ExplainedOrder, Explanation, Line, Step


class BalanceSerializer(serializers.Serializer[Balance]):
    """`available` is negative where refunds came after the money was paid out."""

    currency = serializers.SerializerMethodField()
    pending = MoneyField(source="pending_amount")
    available = MoneyField(source="available_amount")
    on_hold = MoneyField(source="on_hold_amount")
    in_transit = MoneyField(source="in_transit_amount")

    def get_currency(self, balance: Balance) -> str:
        return money.currency()


class OrderReferenceSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.CharField()


class LedgerEntrySerializer(SparseFieldsMixin, serializers.ModelSerializer[LedgerEntry]):
    """One change of a shop's balance."""

    balance = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(EntryKind.choices)
    amount = serializers.SerializerMethodField()
    currency = serializers.SerializerMethodField()
    order = OrderReferenceSerializer(allow_null=True)
    payout_id = serializers.SerializerMethodField()

    class Meta:
        model = LedgerEntry
        fields = (
            *("id", "kind", "balance", "amount", "currency", "order", "payout_id"),
            "created_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(Place.choices))
    def get_balance(self, entry: LedgerEntry) -> str:
        return entry.account.removeprefix("shop_")

    @extend_schema_field(MoneyField())
    def get_amount(self, entry: LedgerEntry) -> str:
        return money.format_amount(-entry.amount)

    def get_currency(self, entry: LedgerEntry) -> str:
        return money.currency()

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_payout_id(self, entry: LedgerEntry) -> Any:
        """Return the payout that the entry is, or is paid by."""
        if entry.source_type == "payout" and entry.kind == EntryKind.PAYOUT:
            return entry.source_id
        line = getattr(entry, "payout_line", None)
        return line.payout_id if line else None


class PayoutSerializer(SparseFieldsMixin, serializers.ModelSerializer[Payout]):
    amount = MoneyField()
    bank_account_number = serializers.CharField(source="masked_bank_account", read_only=True)

    class Meta:
        model = Payout
        fields = (
            *("id", "status", "amount", "currency", "period_start", "period_end"),
            *("bank_name", "bank_account_name", "bank_account_number", "bank_reference"),
            *("failure_reason", "approved_at", "paid_at", "failed_at", "created_at"),
        )
        read_only_fields = fields


class ExplainedLineSerializer(serializers.Serializer[Line]):
    """An item, or an order's shipping and tax (`order_item_id` null); given back is negative.

    `net` = goods - seller_discount + shipping + tax - commission: what the platform takes off the
    price it pays itself, so that it costs the shop nothing.
    """

    order_item_id = serializers.UUIDField(source="item_id", allow_null=True)
    title = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    goods = MoneyField(source="goods_amount")
    seller_discount = MoneyField(source="seller_discount_amount")
    platform_discount = MoneyField(source="platform_discount_amount")
    shipping = MoneyField(source="shipping_amount")
    tax = MoneyField(source="tax_amount")
    commission = MoneyField(source="commission_amount")
    commission_rate_bps = serializers.IntegerField(allow_null=True)
    commission_rule = serializers.CharField()
    net = MoneyField(source="net_amount")


class ExplainedStepSerializer(serializers.Serializer[Step]):
    kind = serializers.ChoiceField(EntryKind.choices)
    at = serializers.DateTimeField()
    amount = MoneyField()
    lines = ExplainedLineSerializer(many=True)


class ExplainedOrderSerializer(serializers.Serializer[ExplainedOrder]):
    id = serializers.UUIDField(source="order.pk")
    number = serializers.CharField(source="order.number")
    amount = MoneyField()
    steps = ExplainedStepSerializer(many=True)


class ExplanationSerializer(serializers.Serializer[Explanation]):
    """A payout to the last unit: lines add up to steps, steps to orders, all to `amount`."""

    payout = PayoutSerializer()
    amount = MoneyField()
    orders = ExplainedOrderSerializer(many=True)
    others = ExplainedStepSerializer(many=True)
