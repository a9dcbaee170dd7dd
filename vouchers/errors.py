"""Why a voucher cannot be used: as a remark in a quote, and as the refusal of an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from marketplace.common import money
from marketplace.common.errors import DomainError
from vouchers.constants import Reason

_MESSAGES: Final = {
    Reason.NOT_FOUND: "There is no voucher {code}.",
    Reason.NOT_STARTED: "{code} cannot be used yet.",
    Reason.EXPIRED: "{code} is over.",
    Reason.EXHAUSTED: "{code} has been used up.",
    Reason.LIMIT_REACHED: "You have used {code} as often as one buyer may.",
    Reason.FIRST_ORDER_ONLY: "{code} is for a first order.",
    Reason.NO_MATCHING_ITEMS: "{code} is for other goods than these.",
    Reason.MIN_SPEND: "Add {missing} more to use {code}.",
    Reason.SLOT_TAKEN: (
        "{code} cannot be combined with the other vouchers: one of the platform, one of each shop "
        "and one for shipping."
    ),
    Reason.NO_EFFECT: "Nothing is left that {code} could take something off.",
    Reason.BETTER_FOUND: "Other vouchers take off more than with {code}.",
}


@dataclass(frozen=True)
class Refusal:
    """One voucher that takes nothing off, and why; `missing_amount` is left to its least spend."""

    code: str
    reason: Reason
    missing_amount: int = 0

    @property
    def message(self) -> str:
        missing = money.display_amount(self.missing_amount)
        return _MESSAGES[self.reason].format(code=self.code, missing=missing)

    def as_detail(self) -> dict[str, Any]:
        """Return the contract's row of an error."""
        row = {
            "field": "voucher_codes",
            "code": self.reason.value,
            "message": self.message,
            "voucher_code": self.code,
        }
        if self.missing_amount:
            row["missing_amount"] = money.format_amount(self.missing_amount)
        return row


class VoucherRefused(DomainError):
    """Base of the refusals of an order because of its vouchers; nothing was ordered."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(refusals[0].message, details=[row.as_detail() for row in refusals])


class VoucherInvalid(VoucherRefused):
    code = "voucher_invalid"
    message = "This voucher cannot be used."


class VoucherExhausted(VoucherRefused):
    """As often as it may be used by everybody together, or its budget is spent."""

    code = "voucher_exhausted"
    message = "This voucher has been used up."


class VoucherLimitReached(VoucherRefused):
    """As often as one buyer may use it."""

    code = "voucher_limit_reached"
    message = "You have used this voucher as often as one buyer may."


def refused(refusals: Sequence[Refusal]) -> VoucherRefused:
    """Return the error of these refusals; the first one decides which."""
    kinds = {Reason.EXHAUSTED: VoucherExhausted, Reason.LIMIT_REACHED: VoucherLimitReached}
    return kinds.get(refusals[0].reason, VoucherInvalid)(refusals)


class VoucherCodeTaken(DomainError):
    code = "voucher_code_taken"
    message = "Another voucher has this code: choose one that is harder to guess."


class PlatformPays(DomainError):
    """A shop changed what a voucher costs of which the platform pays a part."""

    code = "platform_pays"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"The platform pays a part of this voucher: ask it to change {', '.join(names)}. "
            "Its name, and whether it is public or active, are yours."
        )


class TooManyVouchers(DomainError):
    code = "too_many_vouchers"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A shop has at most {limit} vouchers that are not over.")
