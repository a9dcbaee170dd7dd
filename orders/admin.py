"""Orders in the console: everything can be read; each step goes through the services."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from marketplace.common.admin import (
    IdSearchAdmin,
    ModelAdmin,
    ReadOnlyAdmin,
    RowsInline,
    link_to,
    opens,
    reason_action,
    row_action,
    staff,
)
from marketplace.common.panels import SHOWN, Panel, amount, moment, panels, unbroken
from orders.constants import NUMBER_PREFIX, ActorKind, OrderStatus
from orders.fulfilment.models import Shipment
from orders.fulfilment.services import change_status
from orders.models import Checkout, Order, OrderEvent, OrderItem
from orders.payments.models import Payment, PaymentShare, Refund
from shops.models import Shop

# What the shop still has to do something about, as the index of these orders has it.
_TO_SERVE = (OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PACKED)


class OrderItemInline(RowsInline):
    model = OrderItem
    ordering = ["id"]
    fields = [
        "title",
        "variant_name",
        "variant",
        "unit_price_amount",
        "quantity",
        "line_total_amount",
        "seller_discount_amount",
        "platform_discount_amount",
    ]


class OrderEventInline(RowsInline):
    model = OrderEvent
    ordering = ["id"]
    fields = ["created_at", "from_status", "to_status", "actor_kind", "actor", "note"]


class ShipmentInline(RowsInline):
    model = Shipment
    ordering = ["id"]
    fields = [opens("tracking_number"), "carrier", "service_code", "status", "created_at"]


class PaymentShareInline(RowsInline):
    model = PaymentShare
    ordering = ["id"]
    fields = ["payment", "amount", "captured_amount", "refunded_amount"]


def _orders_panel(orders: QuerySet[Order], found_by: object, facts: list[Any]) -> Panel:
    newest = orders.order_by("-created_at", "-id")[:SHOWN]
    return Panel(
        "Orders",
        facts=facts,
        columns=["Newest", "Status", "Total"],
        rows=[
            [
                link_to(order, unbroken(order.number)),
                order.get_status_display(),
                amount(order.total_amount, order.currency),
            ]
            for order in newest
        ],
        url=f"{reverse('admin:orders_order_changelist')}?q={found_by}",
    )


@panels("shops.shop")
def _sold(request: HttpRequest, shop: Shop) -> list[Panel]:
    if not request.user.has_perm("orders.view_order"):
        return []
    orders = Order.objects.filter(shop=shop)
    open_orders = dict(
        orders.filter(status__in=_TO_SERVE).order_by().values_list("status").annotate(Count("pk"))
    )
    facts = [(status.label, f"{open_orders.get(status, 0):,}") for status in _TO_SERVE]
    return [_orders_panel(orders, shop.pk, facts)]


@panels("accounts.user")
def _bought(request: HttpRequest, user: User) -> list[Panel]:
    found = []
    if request.user.has_perm("orders.view_order"):
        found.append(_orders_panel(Order.objects.placed_by(user), user.pk, []))
    if request.user.has_perm("payments.view_payment"):
        payments = Payment.objects.filter(checkout__buyer=user).order_by("-id")[:SHOWN]
        found.append(
            Panel(
                "Payments",
                columns=["Newest", "Provider", "Status", "Amount"],
                rows=[
                    [
                        moment(payment.created_at),
                        link_to(payment, payment.provider),
                        payment.get_status_display(),
                        amount(payment.amount, payment.currency),
                    ]
                    for payment in payments
                ],
                url=f"{reverse('admin:orders_checkout_changelist')}?q={user.pk}",
            )
        )
    return found


class _OfBuyer(IdSearchAdmin):
    """Found by ids, and by the buyer's whole phone number or e-mail address, from indexes alone."""

    def found(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return queryset.filter(buyer__in=User.objects.identified_by(term).values("pk"))


@admin.register(Order)
class OrderAdmin(_OfBuyer, ReadOnlyAdmin, ModelAdmin[Order]):
    """Orders; the steps that staff may take are actions."""

    id_fields = ("pk", "checkout", "buyer", "shop")
    search_help_text = (
        "A whole number, the buyer's phone number or e-mail address, "
        "or the id of an order, checkout, buyer or shop."
    )
    list_display = [
        "number",
        "shop",
        "buyer",
        "status",
        "payment_status",
        "total_amount",
        "created_at",
    ]
    list_select_related = ["shop", "buyer"]
    list_filter = ["status", "payment_status", "payment_method", "created_at"]
    ordering = ["-id"]
    inlines = [OrderItemInline, PaymentShareInline, ShipmentInline, OrderEventInline]
    actions = [
        "confirm",
        "mark_packed",
        "mark_shipped",
        "mark_delivered",
        "mark_delivery_failed",
        "cancel",
    ]

    def rows_of_history(self, object_id: str) -> dict[str, list[Any]]:
        """Add its parcels and refunds."""
        return super().rows_of_history(object_id) | {
            model._meta.label_lower: list(
                model._default_manager.filter(order_id=object_id).values_list("pk", flat=True)
            )
            for model in (Shipment, Refund)
        }

    def found(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        if term.upper().startswith(NUMBER_PREFIX):
            return queryset.filter(number=term.upper())
        return super().found(queryset, term)

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may move orders, which the read-only pages themselves never do."""
        return request.user.has_perm("orders.change_order")

    @row_action(description="Confirm selected orders", permissions=["manage"])
    def confirm(self, request: HttpRequest, order_id: UUID) -> None:
        self._step(request, order_id, OrderStatus.CONFIRMED)

    @row_action(description="Mark selected orders packed", permissions=["manage"])
    def mark_packed(self, request: HttpRequest, order_id: UUID) -> None:
        self._step(request, order_id, OrderStatus.PACKED)

    @row_action(description="Mark selected orders shipped (again)", permissions=["manage"])
    def mark_shipped(self, request: HttpRequest, order_id: UUID) -> None:
        self._step(request, order_id, OrderStatus.SHIPPED)

    @row_action(description="Mark selected orders delivered", permissions=["manage"])
    def mark_delivered(self, request: HttpRequest, order_id: UUID) -> None:
        self._step(request, order_id, OrderStatus.DELIVERED)

    @reason_action(description="Mark delivery of selected orders failed…", permissions=["manage"])
    def mark_delivery_failed(self, request: HttpRequest, order_id: UUID, reason: str) -> None:
        self._step(request, order_id, OrderStatus.DELIVERY_FAILED, reason)

    @reason_action(description="Cancel selected orders…", permissions=["manage"])
    def cancel(self, request: HttpRequest, order_id: UUID, reason: str) -> None:
        self._step(request, order_id, OrderStatus.CANCELLED, reason)

    @staticmethod
    def _step(
        request: HttpRequest, order_id: UUID, to_status: OrderStatus, reason: str = ""
    ) -> None:
        change_status(
            order_id, to_status, actor=staff(request), actor_kind=ActorKind.STAFF, reason=reason
        )


class OrderInline(RowsInline):
    model = Order
    ordering = ["id"]
    fields = [opens("number"), "shop", "status", "payment_status", "total_amount"]


class PaymentInline(RowsInline):
    model = Payment
    ordering = ["id"]
    fields = [opens("provider"), "status", "amount", "provider_reference", "captured_at"]


@admin.register(Checkout)
class CheckoutAdmin(_OfBuyer, ReadOnlyAdmin, ModelAdmin[Checkout]):
    id_fields = ("pk", "buyer")
    search_help_text = (
        "The buyer's whole phone number or e-mail address, or the id of a checkout or buyer."
    )
    list_display = ["created_at", "buyer", "payment_method", "total_amount", "expires_at", "id"]
    list_select_related = ["buyer"]
    list_filter = ["payment_method", "created_at"]
    ordering = ["-id"]
    inlines = [OrderInline, PaymentInline]
