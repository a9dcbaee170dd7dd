"""The tables that orders are spread over."""

from catalog.inventory.models import Reservation
from marketplace.demo.tables import Table
from orders.fulfilment.models import Shipment, ShipmentEvent
from orders.models import Checkout, Order, OrderEvent, OrderItem
from orders.payments.models import Payment, PaymentShare
from orders.settlement.models import CommissionLine, LedgerEntry, OrderSettlement
from reviews.models import HelpfulVote, Question, Review


class SalesTables:
    """The tables that orders are spread over, in the order of their references."""

    def __init__(self) -> None:
        totals = (
            *("subtotal_amount", "discount_amount", "shipping_fee_amount", "tax_amount"),
            "total_amount",
        )
        self.checkouts = Table(Checkout, "buyer_id", "payment_method", "currency", *totals)
        self.orders = Table(
            Order,
            *("number", "checkout_id", "buyer_id", "shop_id", "status", "payment_status"),
            *("payment_method", "currency", *totals, "shipping_address", "billing_address"),
            *("shipping_carrier", "shipping_service_code", "shipping_service_name"),
            *("weight_grams", "cancel_reason", "placed_at", "confirmed_at", "packed_at"),
            *("shipped_at", "delivered_at", "completed_at", "cancelled_at", "complete_before"),
        )
        self.items = Table(
            OrderItem,
            *("order_id", "variant_id", "product_id", "title", "variant_name", "sku", "image"),
            *("attributes", "unit_price_amount", "quantity", "line_total_amount"),
        )
        self.events = Table(
            OrderEvent, "order_id", "from_status", "to_status", "actor_kind", "actor_id", "note"
        )
        self.reservations = Table(
            Reservation, "reference", "variant_id", "quantity", "status", "ended_at"
        )
        self.payments = Table(
            Payment, "checkout_id", "provider", "status", "amount", "currency", "captured_at"
        )
        self.shares = Table(PaymentShare, "payment_id", "order_id", "amount", "captured_amount")
        self.commissions = Table(
            CommissionLine, "order_item_id", "kind", "rate_bps", "base_amount", "amount"
        )
        self.entries = Table(
            LedgerEntry,
            *("transaction_id", "kind", "account", "shop_id", "party", "order_id", "amount"),
            *("source_type", "source_id"),
        )
        self.settlements = Table(OrderSettlement, "order_id")
        self.shipments = Table(
            Shipment,
            *("order_id", "carrier", "service_code", "tracking_number", "fee_amount", "status"),
        )
        self.reports = Table(ShipmentEvent, "shipment_id", "status", "happened_at")
        self.reviews = Table(
            Review,
            *("order_item_id", "product_id", "shop_id", "user_id", "rating", "title", "content"),
            *("reply", "replied_at", "helpful_count"),
        )
        self.votes = Table(HelpfulVote, "review_id", "user_id")
        self.questions = Table(
            Question, "product_id", "shop_id", "user_id", "content", "answer", "answered_at"
        )

    def in_order(self) -> list[Table]:
        return [
            self.checkouts,
            self.orders,
            self.items,
            self.events,
            self.reservations,
            self.payments,
            self.shares,
            self.commissions,
            self.entries,
            self.settlements,
            self.shipments,
            self.reports,
            self.reviews,
            self.votes,
            self.questions,
        ]
