"""Cash on delivery: nothing to start, the carrier collects."""

from uuid import UUID

from orders.payments.constants import PaymentState
from orders.payments.gateways.base import StartedPayment


class CashOnDelivery:
    is_online = False

    def start(self, *, payment_id: UUID, amount: int, currency: str) -> StartedPayment:
        return StartedPayment(status=PaymentState.PENDING)
