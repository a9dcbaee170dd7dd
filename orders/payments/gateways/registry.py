"""Which payment methods this deployment has."""

from marketplace.common.errors import InvalidInput
from orders.payments.gateways.base import Gateway
from orders.payments.gateways.cod import CashOnDelivery

_GATEWAYS: dict[str, Gateway] = {"COD": CashOnDelivery()}


def available_methods() -> list[str]:
    """Return the codes of the methods that buyers can choose."""
    return list(_GATEWAYS)


def gateway_for(method: str) -> Gateway:
    """Return a method's gateway. Raises: InvalidInput when it is not set up here."""
    gateway = _GATEWAYS.get(method)
    if gateway is None:
        possible = ", ".join(available_methods())
        raise InvalidInput(
            "payment_method", f"Not available here. Choose: {possible}.", code="not_available"
        )
    return gateway
