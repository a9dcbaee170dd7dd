"""Which payment methods this deployment has."""

from typing import Final

from marketplace.common.errors import InvalidInput
from orders.constants import PaymentMethod
from orders.payments.gateways.base import Gateway
from orders.payments.gateways.cod import CashOnDelivery
from orders.payments.gateways.fake import Fake
from orders.payments.gateways.momo import MoMo
from orders.payments.gateways.stripe import Stripe
from orders.payments.gateways.vnpay import VNPay

_GATEWAYS: Final[dict[PaymentMethod, Gateway]] = {
    PaymentMethod.COD: CashOnDelivery(),
    PaymentMethod.STRIPE: Stripe(),
    PaymentMethod.VNPAY: VNPay(),
    PaymentMethod.MOMO: MoMo(),
    PaymentMethod.FAKE: Fake(),
}


def available_methods() -> list[str]:
    """Return the codes of the methods that buyers can choose."""
    return [method.value for method, gateway in _GATEWAYS.items() if not gateway.missing_settings]


def missing_settings(method: str) -> list[str]:
    """Return the names of the settings without which a method is off."""
    return _GATEWAYS[PaymentMethod(method)].missing_settings


def gateway_for(method: str) -> Gateway:
    """Return a method's gateway. Raises: InvalidInput when it is not set up here."""
    gateway = _GATEWAYS[PaymentMethod(method)] if method in _GATEWAYS else None
    if gateway is None or gateway.missing_settings:
        possible = ", ".join(available_methods())
        raise InvalidInput(
            "payment_method", f"Not available here. Choose: {possible}.", code="not_available"
        )
    return gateway
