"""What an invoice says."""

from collections.abc import Iterable
from typing import Any

from accounts.models import User
from orders.documents.constants import DocumentKind
from orders.documents.models import Document
from orders.documents.selectors.shared import address_lines, common, instant, seller
from orders.models import Order, OrderItem
from orders.payments.constants import RefundStatus
from orders.payments.models import Payment, PaymentShare, Refund


def invoice_facts(order: Order) -> dict[str, Any]:
    """Return all that an order's invoice shows; amounts in smallest units.

    What happens to its money afterwards, such as a refund, is not the invoice's to tell.
    """
    return {
        **common(),
        "seller": seller(order.shop),
        "buyer": _person(order.billing_address),
        "recipient": _person(order.shipping_address),
        "order": {
            "number": order.number,
            "placed_at": instant(order.placed_at),
            "delivered_at": instant(order.delivered_at),
            "shipping_service": order.shipping_service_name,
        },
        "lines": [_line(item) for item in order.items.order_by("pk")],
        "vouchers": [
            {"code": row["code"], "discount_amount": row["discount_amount"]}
            for row in order.vouchers
        ],
        "subtotal_amount": order.subtotal_amount,
        "seller_discount_amount": order.seller_discount_amount,
        "platform_discount_amount": order.platform_discount_amount,
        "shipping_fee_amount": order.shipping_fee_amount,
        "seller_shipping_discount_amount": order.seller_shipping_discount_amount,
        "platform_shipping_discount_amount": order.platform_shipping_discount_amount,
        "tax_amount": order.tax_amount,
        "total_amount": order.total_amount,
        "payment": _payment(order),
    }


def held_invoices(buyer: User) -> list[dict[str, Any]]:
    """Return the user's invoices for the export of all that is held about them, the oldest first.

    With the user's own facts alone: how to reach the shop is not data about its buyer.
    """
    invoices = Document.objects.filter(kind=DocumentKind.INVOICE, order__buyer=buyer)
    return [
        {
            "number": invoice.number,
            "issued_at": instant(invoice.issued_at),
            "order": invoice.facts["order"]["number"],
            "buyer": invoice.facts["buyer"],
            "total_amount": invoice.amount,
            "currency": invoice.currency,
        }
        for invoice in invoices.order_by("pk")
    ]


def _person(address: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": address.get("recipient_name", ""),
        "address": address_lines(address),
        "phone": address.get("phone_number", ""),
    }


def _line(item: OrderItem) -> dict[str, Any]:
    return {
        "title": item.title,
        "variant_name": item.variant_name,
        "sku": item.sku,
        "unit_price_amount": item.unit_price_amount,
        "quantity": item.quantity,
        "line_total_amount": item.line_total_amount,
        "seller_discount_amount": item.seller_discount_amount,
        "platform_discount_amount": item.platform_discount_amount,
    }


def _payment(order: Order) -> dict[str, Any]:
    """Return by what an order was paid, and what of it has gone back already.

    The first payment that took its money: another one was paid by mistake, and goes back whole.
    """
    shares = PaymentShare.objects.filter(order=order, captured_amount__gt=0)
    share = shares.select_related("payment").order_by("payment__captured_at", "pk").first()
    if share is None:  # an order that costs nothing
        return {"method": order.payment_method, "paid_amount": 0, "refunds": []}
    return {
        "method": share.payment.provider,
        "reference": share.payment.provider_reference,
        "paid_at": instant(share.payment.captured_at or order.delivered_at),
        "paid_amount": share.captured_amount,
        "refunds": list(_refunds(order, share.payment)),
    }


def _refunds(order: Order, payment: Payment) -> Iterable[dict[str, Any]]:
    refunds = Refund.objects.filter(order=order, payment=payment, status=RefundStatus.SUCCEEDED)
    for refund in refunds.order_by("ended_at", "pk"):
        yield {"at": instant(refund.ended_at), "amount": refund.amount, "kind": refund.kind}
