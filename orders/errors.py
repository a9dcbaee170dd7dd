"""Refusals of checkout and orders."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from marketplace.common import money
from marketplace.common.errors import DomainError, InvalidTransition
from orders.constants import OrderStatus


class EmptyCart(DomainError):
    code = "cart_empty"
    message = "There is nothing to order: put something into the cart or name the items."


class ProductUnavailable(DomainError):
    """Gone, hidden, suspended or never there: the buyer cannot tell and need not."""

    code = "product_unavailable"
    message = "Some of the goods cannot be bought any more."

    def __init__(self, variant_ids: Iterable[UUID]) -> None:
        super().__init__(
            details=[
                {
                    "field": "items",
                    "code": self.code,
                    "message": "This product is not available.",
                    "variant_id": str(variant_id),
                }
                for variant_id in variant_ids
            ]
        )


class ShopOnHoliday(DomainError):
    """Shops that take no orders at present, whose goods are for sale again afterwards."""

    code = "shop_on_holiday"

    def __init__(self, shops: Iterable[tuple[UUID, str, datetime]]) -> None:
        rows = [
            {
                "field": "items",
                "code": self.code,
                "message": f"{name} takes no orders until {ends_at:%Y-%m-%d %H:%M} UTC.",
                "shop_id": str(shop_id),
                "ends_at": f"{ends_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            }
            for shop_id, name, ends_at in shops
        ]
        super().__init__(" ".join(row["message"] for row in rows), details=rows)


class OwnShop(DomainError):
    code = "own_shop"
    message = "You cannot order from your own shop."


class PriceChanged(DomainError):
    """The total is another than the one the buyer agreed to; nothing was ordered."""

    code = "price_changed"

    def __init__(self, *, expected: int, total: int) -> None:
        message = f"The total is {money.format_amount(total)}: confirm it and order again."
        super().__init__(
            message,
            details=[
                {
                    "field": "expected_total",
                    "code": self.code,
                    "message": message,
                    "expected_total": money.format_amount(expected),
                    "total": money.format_amount(total),
                }
            ],
        )


class TrackingNumberTaken(DomainError):
    """A carrier's number belongs to one parcel."""

    code = "tracking_number_taken"

    def __init__(self, tracking_number: str) -> None:
        message = f"Another parcel of this carrier has the number {tracking_number}."
        row = {"field": "tracking_number", "code": self.code, "message": message}
        super().__init__(message, details=[row])


class OpenOrders(DomainError):
    """An account, or a shop, cannot be closed while somebody waits for goods or money."""

    code = "open_orders"

    def __init__(self, whose: str, numbers: Iterable[str]) -> None:
        named = ", ".join(numbers)
        message = f"{whose} has open orders: {named}. They have to be completed or cancelled first."
        super().__init__(message)


class PartlyDelivered(InvalidTransition):
    """The buyer has some of the goods."""

    message = (
        "One of this order's parcels was delivered. Mark the order as shipped and delivered, then "
        "refund what came back."
    )


class IllegalOrderStep(InvalidTransition):
    """No such step from the present state, or it is for somebody else to make."""

    def __init__(self, present: str, wanted: str) -> None:
        super().__init__(
            f"An order that is {OrderStatus(present).label.lower()} "
            f"cannot become {OrderStatus(wanted).label.lower()}."
        )


class ParcelAway(InvalidTransition):
    """Goods of the order left, or even arrived: cancelled, they would be sold and refunded too."""

    message = "A parcel of this order is on its way or was delivered: send the rest, or refund it."
