"""A make-believe provider for demos and tests, next door in `orders.payments.fake`.

It signs and checks like a real one, keeps books of its own, and is refused in production.
"""

import json
from typing import Any

from django.conf import settings

from marketplace.common.signing import is_signed
from marketplace.common.webhooks import Answer, MalformedMessage, Message, SignatureInvalid
from orders.payments import fake
from orders.payments.constants import EventOutcome, OutcomeKind, PaymentState
from orders.payments.gateways.base import (
    Charge,
    Outcome,
    ProviderEvent,
    RefundOrder,
    RefundResult,
    StartedPayment,
)


class Fake:
    is_online = True
    is_remote = False

    @property
    def missing_settings(self) -> list[str]:
        return [] if settings.FAKE_PAYMENTS else ["FAKE_PAYMENTS"]

    def start(self, charge: Charge) -> StartedPayment:
        fake.open_charge(charge.reference, charge.amount, charge.currency)
        return StartedPayment(
            status=PaymentState.REQUIRES_ACTION,
            redirect_url=fake.page_url(charge.reference),
        )

    def query(self, charge: Charge) -> Outcome:
        row = fake.look_up(charge.reference)
        if row is None:
            return Outcome(OutcomeKind.UNKNOWN)
        return Outcome(fake.KINDS[row.state], amount=row.amount, currency=row.currency)

    def refund(self, order: RefundOrder) -> RefundResult:
        fake.send_back(order.charge.reference, order.reference, order.amount)
        return RefundResult(is_final=True, provider_reference=f"FR-{order.reference}")

    def read_event(self, message: Message) -> ProviderEvent:
        text = message.body.decode(errors="replace")
        signature = message.headers.get(fake.SIGNATURE_HEADER, "")
        if not is_signed(text, signature, [fake.secret()], "sha256"):
            raise SignatureInvalid
        try:
            event: dict[str, Any] = json.loads(text)
            outcome = Outcome(
                OutcomeKind(event["kind"]), amount=event["amount"], currency=event["currency"]
            )
            return ProviderEvent(event["id"], event["kind"], event["reference"], outcome, text)
        except (ValueError, KeyError, TypeError) as error:
            raise MalformedMessage from error

    def answer(self, outcome: EventOutcome | None) -> Answer:
        return Answer(400) if outcome is None else Answer(200)

    def read_return(self, message: Message) -> str:
        raise SignatureInvalid
