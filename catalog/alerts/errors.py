"""Refusals of alerts."""

from marketplace.common.errors import DomainError


class TooManyAlerts(DomainError):
    code = "too_many_alerts"

    def __init__(self, limit: int) -> None:
        super().__init__(f"You wait for {limit} alerts already. Delete one to make another.")


class AlreadyInStock(DomainError):
    code = "already_in_stock"
    message = "This can be bought now: there is nothing to wait for."
