"""Refusals of shipping."""

from marketplace.common.errors import DomainError, Kind


class NoShippingOption(DomainError):
    """A shop sends nothing to this destination."""

    code = "no_shipping_option"
    message = "This shop has no shipping method for this destination."


class CarrierUnavailable(DomainError):
    """The carrier did not answer, or not in the way it documents: it may be asked again."""

    kind = Kind.UNAVAILABLE
    code = "carrier_unavailable"
    message = "The carrier does not answer. Try again in a moment."


class CarrierRefused(Exception):
    """The carrier understood and said no; asking again will not help. `code` is its own."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class NotServed(CarrierRefused):
    """The carrier does not go there."""

    def __init__(self) -> None:
        super().__init__("not_served", "The carrier does not deliver there.")
