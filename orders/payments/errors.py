"""Refusals of payments and refunds."""

from typing import Final

from marketplace.common import money
from marketplace.common.errors import DomainError, Forbidden, Kind

# Why a try failed whose answer was lost on its way: its reference is used up.
ALREADY_STARTED: Final = "already_started"


class NotPayable(DomainError):
    code = "not_payable"
    message = "Nothing is left to pay on this checkout."


class TooManyUnpaidCheckouts(DomainError):
    """Goods can be held back from others without ever being paid; only so many times at once."""

    code = "too_many_unpaid_checkouts"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"{limit} of your checkouts wait for their payment already: pay or cancel one first."
        )


class TooManyCashCheckouts(DomainError):
    """Nobody pays for cash on delivery before it is sent; only so many may wait for their shops."""

    code = "too_many_cash_checkouts"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"{limit} of your checkouts with cash on delivery wait to be confirmed already: wait "
            "for their shops, cancel one, or pay online."
        )


class RefundExceedsPayment(DomainError):
    """More than the buyer paid, counting what is on its way back."""

    code = "refund_exceeds_payment"

    def __init__(self, *, refundable: int, currency: str) -> None:
        super().__init__(
            f"At most {money.display_amount(refundable, currency)} can still be refunded.",
            details=[
                {
                    "field": "amount",
                    "code": self.code,
                    "message": "More than is left of what was paid.",
                    "refundable": money.format_amount(refundable, currency),
                }
            ],
        )


class RefundNotPossible(DomainError):
    code = "refund_not_possible"
    message = "There is nothing to refund on this order."


class RefundStillOwed(DomainError):
    """The buyer has not got all of it in another way."""

    code = "refund_still_owed"

    def __init__(self, *, owed: int, currency: str) -> None:
        super().__init__(
            f"{money.display_amount(owed, currency)} of it is still owed to the buyer: send it "
            "first, by this refund or, where it cannot be tried again, by another one.",
        )


class SecondPersonNeeded(Forbidden):
    code = "second_person_needed"
    message = "This refund is approved by somebody else than who asked for it."


class ProviderUnavailable(DomainError):
    """The provider did not answer, or answered with an error of its own: try again."""

    kind = Kind.UNAVAILABLE
    code = "provider_unavailable"
    message = "The payment provider does not answer. Try again in a moment."


class ProviderBusy(ProviderUnavailable):
    """The provider says that it has taken nothing on, for now."""


class ProviderRefused(Exception):
    """The provider understood and said no; asking again will not help. `code` is its own."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class AlreadyStarted(ProviderRefused):
    """The provider knows the reference, and does not say again where the buyer goes on with it."""

    def __init__(self) -> None:
        super().__init__(ALREADY_STARTED)
