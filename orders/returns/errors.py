"""Refusals of returns."""

from collections.abc import Iterable
from datetime import datetime

from marketplace.common.errors import DomainError, InvalidTransition
from orders.returns.constants import MAX_PHOTOS, MAX_RETURNS, ReturnStatus


class NotReturnable(DomainError):
    """The order is not one whose goods the buyer has and has paid for."""

    code = "not_returnable"
    message = "Only goods that were delivered and paid for can be returned."


class ReturnWindowClosed(DomainError):
    code = "return_window_closed"

    def __init__(self, ended_at: datetime) -> None:
        super().__init__(f"The goods of this order could be returned until {ended_at:%Y-%m-%d}.")


class UnitsNotReturnable(DomainError):
    """More units than are left: others are part of a return already, or were refunded."""

    code = "units_not_returnable"
    message = "Some of these units cannot be returned: they are on their way back or refunded."

    def __init__(self, left: Iterable[tuple[int, int]]) -> None:
        super().__init__(
            details=[
                {
                    "field": f"items.{position}.quantity",
                    "code": self.code,
                    "message": f"{units} units of this item are left to return.",
                    "returnable": units,
                }
                for position, units in left
            ]
        )


class TooManyReturns(DomainError):
    code = "too_many_returns"
    message = f"At most {MAX_RETURNS} returns of one order."


class TooManyPhotos(DomainError):
    code = "too_many_images"
    message = f"At most {MAX_PHOTOS} photos of one return."


class IllegalReturnStep(InvalidTransition):
    """No such step from the present state, or it is for somebody else to make."""

    def __init__(self, present: str, wanted: str) -> None:
        super().__init__(
            f"A return that is {ReturnStatus(present).label.lower()} "
            f"cannot become {ReturnStatus(wanted).label.lower()}."
        )


class DisputeWindowClosed(DomainError):
    code = "dispute_window_closed"
    message = "It is too late to dispute this return."


class AlreadyDisputed(DomainError):
    """Staff have decided about a return once; that is final."""

    code = "already_disputed"
    message = "This return has been disputed before: what staff decided then is final."


class UnitsBeingReturned(DomainError):
    """A refund of units that a return will refund would pay for them twice."""

    code = "units_being_returned"
    message = "These units are part of an open return: their refund follows from it."


class OpenReturns(DomainError):
    """An account, or a shop, cannot be closed while goods or money are on their way back."""

    code = "open_returns"

    def __init__(self, whose: str, numbers: Iterable[str]) -> None:
        named = ", ".join(numbers)
        super().__init__(f"{whose} has open returns of the orders {named}.")
