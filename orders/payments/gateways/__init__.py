"""Payment providers behind one protocol. No ORM in here: gateways take and return plain values."""

from orders.payments.gateways.base import Gateway, StartedPayment
from orders.payments.gateways.registry import available_methods, gateway_for

__all__ = ["Gateway", "StartedPayment", "available_methods", "gateway_for"]
