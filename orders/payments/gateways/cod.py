"""Cash on delivery: nothing to start, the carrier collects, staff send money back by hand."""

from marketplace.common.webhooks import Answer, Message, SignatureInvalid
from orders.payments.constants import EventOutcome, OutcomeKind, PaymentState
from orders.payments.errors import ProviderRefused
from orders.payments.gateways.base import (
    Charge,
    Outcome,
    ProviderEvent,
    RefundOrder,
    RefundResult,
    StartedPayment,
)


class CashOnDelivery:
    is_online = False
    is_remote = False
    missing_settings: list[str] = []

    def start(self, charge: Charge) -> StartedPayment:
        return StartedPayment(status=PaymentState.PENDING)

    def query(self, charge: Charge) -> Outcome:
        return Outcome(OutcomeKind.UNKNOWN)

    def refund(self, order: RefundOrder) -> RefundResult:
        raise ProviderRefused("by_hand", "Cash is sent back by hand.")

    def read_event(self, message: Message) -> ProviderEvent:
        raise SignatureInvalid

    def answer(self, outcome: EventOutcome | None) -> Answer:
        return Answer(404)

    def read_return(self, message: Message) -> str:
        raise SignatureInvalid
