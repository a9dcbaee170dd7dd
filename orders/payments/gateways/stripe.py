"""Stripe PaymentIntents through the official SDK. Amounts in the currency's smallest unit."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from typing import Any, Final

import stripe
from django.conf import settings

from marketplace.common.providers import missing_settings
from marketplace.common.signing import secrets_of
from marketplace.common.webhooks import Answer, MalformedMessage, Message, SignatureInvalid
from orders.payments.constants import EventOutcome, OutcomeKind, PaymentState
from orders.payments.errors import ProviderRefused, ProviderUnavailable
from orders.payments.gateways.base import (
    Charge,
    Outcome,
    ProviderEvent,
    RefundOrder,
    RefundResult,
    StartedPayment,
)

TIMEOUT_SECONDS: Final = (3.0, 20.0)
# How old, and how far ahead of our clock, a signed message may be.
TOLERANCE_SECONDS: Final = 300
REFERENCE: Final = "payment_reference"
_REFUND_REFERENCE: Final = "refund_reference"
PAGE: Final = 100
_UNAVAILABLE: Final = (
    stripe.APIConnectionError,
    stripe.RateLimitError,
    stripe.APIError,
    stripe.IdempotencyError,
)
# An inquiry that is closed took nothing. What else may be said is left to staff.
_DISPUTE_ENDS: Final = {
    "lost": OutcomeKind.DISPUTE_LOST,
    "won": OutcomeKind.DISPUTE_WON,
    "warning_closed": OutcomeKind.DISPUTE_WON,
}


class Stripe:
    is_online = True
    is_remote = True

    @property
    def missing_settings(self) -> list[str]:
        return missing_settings("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")

    def start(self, charge: Charge) -> StartedPayment:
        intent = _call(
            lambda: _client().v1.payment_intents.create(
                {
                    "amount": charge.amount,
                    "currency": charge.currency.lower(),
                    "metadata": {REFERENCE: charge.reference},
                },
                {"idempotency_key": f"start-{charge.reference}"},
            )
        )
        return StartedPayment(
            status=PaymentState.REQUIRES_ACTION,
            provider_reference=intent["id"],
            client_secret=intent["client_secret"],
        )

    def query(self, charge: Charge) -> Outcome:
        if not charge.provider_reference:
            return Outcome(OutcomeKind.UNKNOWN)
        try:
            intent = _call(lambda: _client().v1.payment_intents.retrieve(charge.provider_reference))
        except ProviderRefused as error:
            if error.code == "resource_missing":
                return Outcome(OutcomeKind.UNKNOWN)
            raise
        return _intent_outcome(intent)

    def refund(self, order: RefundOrder) -> RefundResult:
        made = _call(lambda: self._find_or_make(order))
        status = made.get("status")
        if status in {"failed", "canceled"}:
            raise ProviderRefused(str(made.get("failure_reason") or status))
        return RefundResult(is_final=status == "succeeded", provider_reference=made["id"])

    @staticmethod
    def _find_or_make(order: RefundOrder) -> stripe.Refund:
        refunds = _client().v1.refunds
        of_charge: Any = {"payment_intent": order.charge.provider_reference}
        if order.provider_reference:
            return refunds.retrieve(order.provider_reference)
        if order.in_doubt_since:
            # Idempotency keys are forgotten after a day.
            listed: Any = {**of_charge, "limit": PAGE}
            for made in refunds.list(listed).auto_paging_iter():
                if getattr(made.metadata, _REFUND_REFERENCE, "") == order.reference:
                    return made
        wanted: Any = {
            **of_charge,
            "amount": order.amount,
            "metadata": {_REFUND_REFERENCE: order.reference},
        }
        return refunds.create(wanted, {"idempotency_key": f"refund-{order.reference}"})

    def captures(self, since: datetime, until: datetime) -> Iterator[Outcome]:
        params: Any = {"created": {"gt": int(since.timestamp()) - 1}, "limit": PAGE}
        while True:
            page = _call(partial(_client().v1.charges.list, params))
            for charge in page["data"]:
                is_captured = charge["status"] == "succeeded" and charge["captured"]
                if is_captured and charge["created"] < until.timestamp():
                    yield _charge_outcome(charge)
            if not page["has_more"]:
                return
            params = {**params, "starting_after": page["data"][-1]["id"]}

    def read_event(self, message: Message) -> ProviderEvent:
        event = _verified(message)
        thing = event["data"]["object"]
        kind = str(event["type"])
        try:
            return ProviderEvent(
                key=str(event["id"]),
                kind=kind,
                reference=str((thing.get("metadata") or {}).get(REFERENCE, "")),
                outcome=_event_outcome(kind, thing),
                payload=message.body.decode(),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedMessage(kind) from error

    def answer(self, outcome: EventOutcome | None) -> Answer:
        if outcome is None:
            return Answer(400)
        if outcome == EventOutcome.UNKNOWN_PAYMENT:
            return Answer(404)
        if outcome == EventOutcome.RECEIVED:
            return Answer(500)
        return Answer(200)

    def read_return(self, message: Message) -> str:
        # Stripe's own page runs inside the shop front: no browser comes back here.
        raise SignatureInvalid


@cache
def _client_for(key: str, base: str) -> stripe.StripeClient:
    http = stripe.RequestsClient(timeout=TIMEOUT_SECONDS)
    addresses: Any = {"api": base} if base else None
    return stripe.StripeClient(
        key, base_addresses=addresses, http_client=http, max_network_retries=1
    )


def _client() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


def _call(request: Any) -> dict[str, Any]:
    """Run a call of the SDK and return its object as a dict."""
    try:
        answer: dict[str, Any] = request().to_dict()
    except _UNAVAILABLE as error:
        raise ProviderUnavailable(
            f"Stripe: {error.user_message or type(error).__name__}"
        ) from error
    except stripe.StripeError as error:
        raise ProviderRefused(str(error.code or "error"), str(error.user_message or "")) from error
    return answer


def _verified(message: Message) -> dict[str, Any]:
    """Return a message signed with one of our endpoint's secrets. Raises: SignatureInvalid."""
    header = message.headers.get("Stripe-Signature", "")
    if not header.isascii():  # the SDK cannot compare it
        raise SignatureInvalid
    for secret in secrets_of(settings.STRIPE_WEBHOOK_SECRET):
        try:
            stripe.WebhookSignature.verify_header(
                message.body.decode(), header, secret, TOLERANCE_SECONDS
            )
            break
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
            continue
    else:
        raise SignatureInvalid
    # The SDK bounds the past only.
    if _timestamp(header) > time.time() + TOLERANCE_SECONDS:
        raise SignatureInvalid("Signed in the future.")
    try:
        event = json.loads(message.body)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("No JSON.") from error
    thing = event.get("data", {}).get("object") if isinstance(event, dict) else None
    if not isinstance(thing, dict) or "id" not in event or "type" not in event:
        raise MalformedMessage("Not an event.")
    # Signed, but by the test mode of a live site or the other way round.
    is_live = not settings.STRIPE_SECRET_KEY.startswith("sk_test")
    if bool(event.get("livemode")) != is_live:
        raise SignatureInvalid("Another mode's message.")
    return dict(event)


def _timestamp(header: str) -> int:
    return max((int(part[2:]) for part in header.split(",") if part.startswith("t=")), default=0)


def _event_outcome(kind: str, thing: dict[str, Any]) -> Outcome:
    if kind.startswith("payment_intent."):
        return _intent_outcome(thing)
    if kind == "charge.refunded":
        return replace(_charge_outcome(thing), kind=OutcomeKind.REFUNDED)
    if kind in {"charge.dispute.created", "charge.dispute.closed"}:
        return _dispute_outcome(kind, thing)
    return Outcome(OutcomeKind.UNKNOWN)


def _dispute_outcome(kind: str, dispute: dict[str, Any]) -> Outcome:
    said = OutcomeKind.DISPUTED
    if kind == "charge.dispute.closed":
        said = _DISPUTE_ENDS.get(str(dispute["status"]), OutcomeKind.UNKNOWN)
    return Outcome(
        said,
        amount=int(dispute["amount"]),
        currency=str(dispute["currency"]).upper(),
        provider_reference=str(dispute.get("payment_intent") or dispute["charge"]),
        failure_code=str(dispute.get("reason") or ""),
        dispute_reference=str(dispute["id"]),
    )


def _charge_outcome(charge: dict[str, Any]) -> Outcome:
    """Read a charge; it stands for its intent, unless somebody made it without one."""
    return Outcome(
        OutcomeKind.CAPTURED,
        amount=int(charge["amount"]),
        currency=str(charge["currency"]).upper(),
        provider_reference=str(charge.get("payment_intent") or charge["id"]),
        refunded_amount=int(charge["amount_refunded"]),
    )


def _intent_outcome(intent: dict[str, Any]) -> Outcome:
    status = intent["status"]
    amount = int(intent.get("amount_received") or intent["amount"])
    said = Outcome(
        OutcomeKind.PROCESSING,
        amount=amount,
        currency=str(intent["currency"]).upper(),
        provider_reference=str(intent["id"]),
    )
    if status == "succeeded":
        return replace(said, kind=OutcomeKind.CAPTURED)
    if status == "canceled":
        reason = str(intent.get("cancellation_reason") or "canceled")
        return replace(said, kind=OutcomeKind.CANCELLED, failure_code=reason)
    # A refused card is not the end of an intent: the buyer may try another one.
    return said
