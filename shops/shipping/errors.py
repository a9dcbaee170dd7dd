"""Refusals of shipping."""

from marketplace.common.errors import DomainError


class NoShippingOption(DomainError):
    """A shop sends nothing to this destination."""

    code = "no_shipping_option"
    message = "This shop has no shipping method for this destination."
