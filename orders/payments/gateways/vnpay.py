"""VNPay 2.1.0: a signed address for the browser, IPN by GET, query and refund by JSON.

Amounts are hundredths of a đồng. Times are Vietnam's. Source: VNPay's integration guide.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import parse_qsl, quote_plus

from django.conf import settings

from marketplace.common.ids import uuid7
from marketplace.common.outgoing import CallFailed, call_json
from marketplace.common.providers import missing_settings
from marketplace.common.signing import is_signed, secrets_of, sign
from marketplace.common.webhooks import Answer, MalformedMessage, Message, SignatureInvalid
from orders.payments.constants import EventOutcome, OutcomeKind, PaymentState
from orders.payments.errors import ProviderBusy, ProviderRefused, ProviderUnavailable
from orders.payments.gateways.base import (
    Charge,
    Outcome,
    ProviderEvent,
    RefundOrder,
    RefundResult,
    StartedPayment,
)

VERSION: Final = "2.1.0"
UNITS: Final = 100
TIMEOUT_SECONDS: Final = 30.0
VIETNAM: Final = timezone(timedelta(hours=7))
# A payment page that outlives the hold on the goods takes money for nothing.
PAGE_CLOSES_EARLY: Final = timedelta(seconds=60)
_SUCCESS, _SUSPICIOUS = "00", "07"
_STATUS_PENDING = "01"
_FULL_REFUND, _PARTIAL_REFUND = "02", "03"
# The same request once more, or any of a payment whose refund is not done yet.
_NOT_FOUND, _DUPLICATE = "91", "94"
# A request is known again on the same day alone: on another one it would be a second refund.
_OF_ANOTHER_DAY: Final = (
    "VNPay was asked on {day} and did not answer: whether it has taken the refund on, its merchant "
    "portal tells."
)
_THIS_OR_ANOTHER: Final = (
    "VNPay is at a refund of this payment: whether it is this one, its merchant portal tells."
)
_ANSWERS: Final[dict[EventOutcome | None, tuple[str, str]]] = {
    None: ("97", "Invalid signature"),
    EventOutcome.UNKNOWN_PAYMENT: ("01", "Order not found"),
    EventOutcome.AMOUNT_MISMATCH: ("04", "Invalid amount"),
    EventOutcome.DUPLICATE: ("02", "Order already confirmed"),
    EventOutcome.APPLIED: ("00", "Confirm Success"),
    EventOutcome.IGNORED: ("00", "Confirm Success"),
    EventOutcome.RECEIVED: ("99", "Unknown error"),
}
# What a reply's signature is over, in this order.
_REFUND_REPLY: Final = (
    "ResponseId",
    "Command",
    "ResponseCode",
    "Message",
    "TmnCode",
    "TxnRef",
    "Amount",
    "BankCode",
    "PayDate",
    "TransactionNo",
    "TransactionType",
    "TransactionStatus",
    "OrderInfo",
)
_QUERY_REPLY: Final = (*_REFUND_REPLY, "PromotionCode", "PromotionAmount")


class VNPay:
    is_online = True
    is_remote = False

    @property
    def missing_settings(self) -> list[str]:
        return missing_settings(
            *("VNPAY_TMN_CODE", "VNPAY_HASH_SECRET", "VNPAY_URL", "VNPAY_API_URL"), currency="VND"
        )

    def start(self, charge: Charge) -> StartedPayment:
        now = datetime.now(UTC)
        expires_at = (charge.expires_at or now + timedelta(minutes=15)) - PAGE_CLOSES_EARLY
        params = {
            "vnp_Version": VERSION,
            "vnp_Command": "pay",
            "vnp_TmnCode": settings.VNPAY_TMN_CODE,
            "vnp_Amount": str(charge.amount * UNITS),
            "vnp_CurrCode": charge.currency,
            "vnp_Locale": "vn",
            "vnp_OrderType": "other",
            "vnp_OrderInfo": charge.description,
            "vnp_IpAddr": charge.ip_address,
            "vnp_ReturnUrl": f"{settings.SITE_URL}/api/v1/payments/return/vnpay",
            "vnp_TxnRef": charge.reference,
            "vnp_CreateDate": _stamp(charge.created_at or now),
            "vnp_ExpireDate": _stamp(expires_at),
        }
        text = signing_text(params)
        signature = sign(text, _secrets()[0], "sha512")
        return StartedPayment(
            status=PaymentState.REQUIRES_ACTION,
            redirect_url=f"{settings.VNPAY_URL}?{text}&vnp_SecureHash={signature}",
        )

    def query(self, charge: Charge) -> Outcome:
        request = {
            "vnp_RequestId": uuid7().hex,
            "vnp_Version": VERSION,
            "vnp_Command": "querydr",
            "vnp_TmnCode": settings.VNPAY_TMN_CODE,
            "vnp_TxnRef": charge.reference,
            "vnp_TransactionDate": _stamp(charge.created_at),
            "vnp_CreateDate": _stamp(datetime.now(UTC)),
            "vnp_IpAddr": charge.ip_address,
            "vnp_OrderInfo": f"Query {charge.reference}",
        }
        reply = _call(request, _QUERY_REPLY)
        if reply["vnp_ResponseCode"] == _NOT_FOUND:
            return Outcome(OutcomeKind.UNKNOWN)
        if reply["vnp_ResponseCode"] != _SUCCESS:
            raise ProviderUnavailable(f"VNPay answers {reply['vnp_ResponseCode']} to a query.")
        status = reply.get("vnp_TransactionStatus", "")
        return _outcome(reply, _SUCCESS if status == _SUCCESS else status, status)

    def refund(self, order: RefundOrder) -> RefundResult:
        doubt, now = order.in_doubt_since, datetime.now(UTC)
        if doubt is not None and _day(doubt) != _day(now):
            raise ProviderUnavailable(_OF_ANOTHER_DAY.format(day=_day(doubt)))
        request = {
            "vnp_RequestId": order.reference,
            "vnp_Version": VERSION,
            "vnp_Command": "refund",
            "vnp_TmnCode": settings.VNPAY_TMN_CODE,
            "vnp_TransactionType": _FULL_REFUND if order.is_whole else _PARTIAL_REFUND,
            "vnp_TxnRef": order.charge.reference,
            "vnp_Amount": str(order.amount * UNITS),
            "vnp_TransactionNo": order.charge.provider_reference or "0",
            "vnp_TransactionDate": _stamp(order.charge.created_at),
            "vnp_CreateBy": "marketplace",
            "vnp_CreateDate": _stamp(now),
            "vnp_IpAddr": order.charge.ip_address,
            "vnp_OrderInfo": f"Refund {order.reference}",
        }
        reply = _call(request, _REFUND_REPLY)
        code = reply["vnp_ResponseCode"]
        if code == _DUPLICATE:
            if doubt is None:
                raise ProviderBusy("VNPay is still at another refund of this payment.")
            if not order.is_alone:
                raise ProviderUnavailable(_THIS_OR_ANOTHER)
        # A repeated request that arrived the first time has been taken on.
        if code in {_SUCCESS, _DUPLICATE}:
            return RefundResult(
                is_final=True, provider_reference=reply.get("vnp_TransactionNo", "")
            )
        raise ProviderRefused(code, reply.get("vnp_Message", ""))

    def read_event(self, message: Message) -> ProviderEvent:
        params = _verified(message)
        reference = params.get("vnp_TxnRef", "")
        code, status = params.get("vnp_ResponseCode", ""), params.get("vnp_TransactionStatus", "")
        number = params.get("vnp_TransactionNo", "")
        return ProviderEvent(
            key="|".join((reference, number, code, status)),
            kind=f"ipn {code}/{status}",
            reference=reference,
            outcome=_outcome(params, code, status),
            payload=message.query,
        )

    def answer(self, outcome: EventOutcome | None) -> Answer:
        code, text = _ANSWERS[outcome]
        return Answer(200, json.dumps({"RspCode": code, "Message": text}))

    def read_return(self, message: Message) -> str:
        return _verified(message).get("vnp_TxnRef", "")


def signing_text(params: Mapping[str, str]) -> str:
    """Return what a signature is over: sorted, percent-encoded, without empty values."""
    return "&".join(
        f"{quote_plus(key)}={quote_plus(value)}" for key, value in sorted(params.items()) if value
    )


def _secrets() -> list[str]:
    return secrets_of(settings.VNPAY_HASH_SECRET)


def _verified(message: Message) -> dict[str, str]:
    """Return the signed parameters of an IPN or a return. Raises: SignatureInvalid."""
    pairs = parse_qsl(message.query, keep_blank_values=True)
    params = dict(pairs)
    if len(params) != len(pairs):
        raise SignatureInvalid("A parameter stands there twice.")
    signature = params.pop("vnp_SecureHash", "")
    params.pop("vnp_SecureHashType", None)
    signed = {key: value for key, value in params.items() if key.startswith("vnp_")}
    if not is_signed(signing_text(signed), signature, _secrets(), "sha512"):
        raise SignatureInvalid
    if signed.get("vnp_TmnCode") != settings.VNPAY_TMN_CODE:
        raise SignatureInvalid("Another merchant's message.")
    return signed


def _outcome(params: Mapping[str, Any], code: str, status: str) -> Outcome:
    raw_amount = str(params.get("vnp_Amount", ""))
    if not raw_amount.isascii() or not raw_amount.isdigit():
        raise MalformedMessage("vnp_Amount")
    amount, rest = divmod(int(raw_amount), UNITS)
    said = Outcome(
        OutcomeKind.PROCESSING,
        # An amount with a fraction of a đồng is none that was asked for.
        amount=amount if rest == 0 else -1,
        currency=str(params.get("vnp_CurrCode") or "VND"),
        provider_reference=str(params.get("vnp_TransactionNo") or ""),
    )
    if code == _SUCCESS and status == _SUCCESS:
        return replace(said, kind=OutcomeKind.CAPTURED)
    if status == _STATUS_PENDING:
        return said
    if _SUSPICIOUS in {code, status}:
        return replace(said, is_suspicious=True)
    return replace(said, kind=OutcomeKind.FAILED, failure_code=code or status)


def _call(request: Mapping[str, str], reply_fields: Sequence[str]) -> dict[str, Any]:
    """Send a signed request to VNPay's API and return the signed reply's fields."""
    text = "|".join(request.values())  # signed in the order in which they are written above
    body = {**request, "vnp_SecureHash": sign(text, _secrets()[0], "sha512")}
    try:
        reply = call_json(
            "POST", settings.VNPAY_API_URL, body=body, timeout_seconds=TIMEOUT_SECONDS
        )
    except CallFailed as error:
        raise ProviderUnavailable(f"VNPay: {error}") from error
    replied = "|".join(str(reply.get(f"vnp_{name}") or "") for name in reply_fields)
    if not is_signed(replied, str(reply.get("vnp_SecureHash") or ""), _secrets(), "sha512"):
        raise ProviderUnavailable("VNPay's answer is not signed by it.")
    return {key: str(value) for key, value in reply.items() if value is not None}


def _day(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()


def _stamp(moment: datetime | None) -> str:
    return (moment or datetime.now(UTC)).astimezone(VIETNAM).strftime("%Y%m%d%H%M%S")
