"""MoMo gateway v2: a wallet page, IPN by JSON, query and refund. Amounts are whole đồng.

Signed texts name their keys in alphabetical order and do not encode values. Source: MoMo's API
reference.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl

from django.conf import settings

from marketplace.common.ids import uuid7
from marketplace.common.outgoing import CallFailed, call_json
from marketplace.common.providers import missing_settings
from marketplace.common.signing import is_signed, secrets_of, sign
from marketplace.common.webhooks import Answer, MalformedMessage, Message, SignatureInvalid
from orders.payments.constants import EventOutcome, OutcomeKind, PaymentState
from orders.payments.errors import AlreadyStarted, ProviderRefused, ProviderUnavailable
from orders.payments.gateways.base import (
    Charge,
    Outcome,
    ProviderEvent,
    RefundOrder,
    RefundResult,
    StartedPayment,
)

TIMEOUT_SECONDS: Final = 30.0
# MoMo takes nothing smaller.
MIN_AMOUNT: Final = 1_000
_SUCCESS, _AUTHORISED = 0, 9000
_NOT_FINAL: Final = frozenset({1000, 7000, 7002, 8000})
_DUPLICATE_REQUEST, _DUPLICATE_ORDER, _UNKNOWN_ORDER = 40, 41, 42
# From here on, and 0, codes are of what became of a payment; smaller ones are of the request.
_RESULTS: Final = 1000
# Not known for good: MoMo is being maintained, or there were too many calls.
_TRY_AGAIN: Final = frozenset({10, 99})
_IPN_KEYS: Final = (
    "amount",
    "extraData",
    "message",
    "orderId",
    "orderInfo",
    "orderType",
    "partnerCode",
    "payType",
    "requestId",
    "responseTime",
    "resultCode",
    "transId",
)
# The body says why. What something in between answers has no result code: nothing is known then.
_REFUSALS: Final = range(400, 500)
_EVENT_KEYS: Final = ("orderId", "requestId", "transId", "resultCode")


class MoMo:
    is_online = True
    is_remote = True

    @property
    def missing_settings(self) -> list[str]:
        return missing_settings(
            *("MOMO_PARTNER_CODE", "MOMO_ACCESS_KEY", "MOMO_SECRET_KEY", "MOMO_API_URL"),
            currency="VND",
        )

    def start(self, charge: Charge) -> StartedPayment:
        signed = {
            "amount": charge.amount,
            "extraData": "",
            "ipnUrl": f"{settings.SITE_URL}/api/v1/webhooks/momo",
            "orderId": charge.reference,
            "orderInfo": charge.description,
            "partnerCode": settings.MOMO_PARTNER_CODE,
            "redirectUrl": f"{settings.SITE_URL}/api/v1/payments/return/momo",
            "requestId": charge.reference,
            "requestType": "captureWallet",
        }
        reply = _call("create", signed, unsigned={"lang": "vi"})
        if reply.get("resultCode") in {_DUPLICATE_REQUEST, _DUPLICATE_ORDER}:
            raise AlreadyStarted
        if reply.get("resultCode") != _SUCCESS or not reply.get("payUrl"):
            raise _refusal(reply)
        return StartedPayment(
            status=PaymentState.REQUIRES_ACTION, redirect_url=str(reply["payUrl"])
        )

    def query(self, charge: Charge) -> Outcome:
        signed = {
            "orderId": charge.reference,
            "partnerCode": settings.MOMO_PARTNER_CODE,
            "requestId": uuid7().hex,
        }
        reply = _call("query", signed, unsigned={"lang": "vi"})
        code = reply.get("resultCode")
        if code == _UNKNOWN_ORDER:
            return Outcome(OutcomeKind.UNKNOWN)
        if not isinstance(code, int) or 0 < code < _RESULTS:
            raise ProviderUnavailable(f"MoMo answers {code} to a query.")
        if str(reply.get("orderId")) != charge.reference:
            raise ProviderUnavailable("MoMo answers about another payment.")
        return _outcome({key: str(value) for key, value in reply.items()})

    def refund(self, order: RefundOrder) -> RefundResult:
        signed = {
            "amount": order.amount,
            "description": "",
            "orderId": order.reference,
            "partnerCode": settings.MOMO_PARTNER_CODE,
            "requestId": order.reference,
            "transId": order.charge.provider_reference,
        }
        reply = _call("refund", signed, unsigned={"lang": "vi"})
        # Asked before, and the answer was lost on its way: it has been taken on.
        if reply.get("resultCode") in {_SUCCESS, _DUPLICATE_REQUEST, _DUPLICATE_ORDER}:
            number = reply.get("transId")
            return RefundResult(is_final=True, provider_reference=str(number or ""))
        raise _refusal(reply)

    def read_event(self, message: Message) -> ProviderEvent:
        fields = _verified(_json_fields(message.body))
        return ProviderEvent(
            key="|".join(
                fields[name] for name in ("orderId", "requestId", "transId", "resultCode")
            ),
            kind=f"ipn {fields['resultCode']}",
            reference=fields["orderId"],
            outcome=_outcome(fields),
            payload=message.body.decode(),
        )

    def answer(self, outcome: EventOutcome | None) -> Answer:
        if outcome is None or outcome == EventOutcome.AMOUNT_MISMATCH:
            return Answer(400)
        if outcome == EventOutcome.UNKNOWN_PAYMENT:
            return Answer(404)
        if outcome == EventOutcome.RECEIVED:
            return Answer(500)
        return Answer(204)

    def read_return(self, message: Message) -> str:
        pairs = parse_qsl(message.query, keep_blank_values=True)
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise SignatureInvalid("A parameter stands there twice.")
        return _verified(fields)["orderId"]


def signing_text(values: Mapping[str, Any]) -> str:
    """Return what a signature is over: `accessKey` and the values by key, not encoded."""
    everything = {"accessKey": settings.MOMO_ACCESS_KEY, **values}
    return "&".join(f"{key}={everything[key]}" for key in sorted(everything))


def _secrets() -> list[str]:
    return secrets_of(settings.MOMO_SECRET_KEY)


def _call(action: str, signed: Mapping[str, Any], *, unsigned: Mapping[str, Any]) -> dict[str, Any]:
    signature = sign(signing_text(signed), _secrets()[0], "sha256")
    url = f"{settings.MOMO_API_URL.rstrip('/')}/v2/gateway/api/{action}"
    body = {**signed, **unsigned, "signature": signature}
    try:
        return call_json(
            "POST", url, body=body, timeout_seconds=TIMEOUT_SECONDS, readable=_REFUSALS
        )
    except CallFailed as error:
        raise ProviderUnavailable(f"MoMo: {error}") from error


def _refusal(reply: Mapping[str, Any]) -> Exception:
    code = reply.get("resultCode")
    if code in _TRY_AGAIN or code in _NOT_FINAL or not isinstance(code, int):
        return ProviderUnavailable(f"MoMo answers {code}.")
    return ProviderRefused(str(code), str(reply.get("message", "")))


def _json_fields(body: bytes) -> dict[str, str]:
    """Return an IPN's fields as the texts that were signed: numbers exactly as they stand there."""

    def no_fractions(text: str) -> str:
        raise MalformedMessage(text)

    try:
        fields = json.loads(
            body, parse_int=str, parse_float=no_fractions, parse_constant=no_fractions
        )
    except (ValueError, RecursionError) as error:
        raise SignatureInvalid("No JSON.") from error
    except MalformedMessage as error:
        raise SignatureInvalid("A number with a fraction.") from error
    if not isinstance(fields, dict) or not all(isinstance(each, str) for each in fields.values()):
        raise SignatureInvalid("Not a flat JSON object.")
    return fields


def _verified(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the signed fields of an IPN or a return. Raises: SignatureInvalid."""
    signed = {name: fields.get(name, "") for name in _IPN_KEYS}
    signature = fields.get("signature", "")
    if not is_signed(signing_text(signed), signature, _secrets(), "sha256"):
        raise SignatureInvalid
    if signed["partnerCode"] != settings.MOMO_PARTNER_CODE:
        raise SignatureInvalid("Another merchant's message.")
    return signed


def _outcome(fields: Mapping[str, str]) -> Outcome:
    amount, code = fields.get("amount", ""), fields.get("resultCode", "")
    if not (amount.isascii() and amount.isdigit() and code.isascii() and code.isdigit()):
        raise MalformedMessage("amount, resultCode")
    said = Outcome(
        OutcomeKind.PROCESSING,
        amount=int(amount),
        currency="VND",
        provider_reference=fields.get("transId", ""),
    )
    if int(code) in {_SUCCESS, _AUTHORISED}:
        return replace(said, kind=OutcomeKind.CAPTURED)
    if int(code) in _NOT_FINAL:
        return said
    return replace(said, kind=OutcomeKind.FAILED, failure_code=code)
