"""Viettel Post: addresses as text, failures that come with HTTP 200, times without a zone.

Source: Viettel Post's partner API, and what its clients have seen of it.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from django.conf import settings

from marketplace.common.outgoing import CallFailed, call_bytes, call_json
from marketplace.common.providers import missing_settings
from marketplace.common.signing import secrets_of
from marketplace.common.texts import fold
from marketplace.common.webhooks import MalformedMessage, Message, SignatureInvalid
from shops.shipping.carriers import reading
from shops.shipping.carriers.base import Booked, Fee, FeeRequest, ParcelOrder, Report
from shops.shipping.carriers.reading import Unreadable
from shops.shipping.constants import ParcelStatus
from shops.shipping.errors import CarrierRefused, CarrierUnavailable

TIMEOUT_SECONDS: Final = 10.0
DEFAULT_SERVICE: Final = "VCN"
MAX_DAYS: Final = 60
_READABLE: Final = frozenset({400, 404, 409, 422})
_LABEL_LIFE: Final = timedelta(hours=1)
_COLLECT_NOTHING, _COLLECT_GOODS = 1, 3
_CANCEL = 4
_S = ParcelStatus
STATUSES: Final[dict[int, ParcelStatus | None]] = {
    **dict.fromkeys((-108, 100, 101, 102, 103, 104), _S.CREATED),
    105: _S.PICKED_UP,
    # Our own wish, or an edit: nothing has happened to the parcel.
    **dict.fromkeys((106, 202), None),
    **dict.fromkeys((107, 201, 503), _S.CANCELLED),
    **dict.fromkeys((200, 300, 301, 302, 303, 400, 401, 402, 403, 500), _S.IN_TRANSIT),
    501: _S.DELIVERED,
    **dict.fromkeys((502, 505, 506, 515), _S.FAILED),
    504: _S.RETURNED,
    **dict.fromkeys((507, 508, 509, 510, 550), _S.IN_TRANSIT),
}
_CONCERNS: Final = {
    101: "Viettel Post asks to cancel the parcel.",
    503: "The buyer refused the parcel for good.",
}


class ViettelPost:
    @property
    def missing_settings(self) -> list[str]:
        return missing_settings(
            *("VIETTEL_POST_TOKEN", "VIETTEL_POST_API_URL"),
            webhook_secrets="VIETTEL_POST_WEBHOOK_SECRET",
            currency="VND",
        )

    def fee(self, request: FeeRequest, *, timeout_seconds: float) -> Fee:
        body = {
            "PRODUCT_WEIGHT": request.weight_grams,
            "PRODUCT_PRICE": request.value_amount,
            "MONEY_COLLECTION": 0,
            "ORDER_SERVICE": request.service or DEFAULT_SERVICE,
            "ORDER_SERVICE_ADD": "",
            "SENDER_ADDRESS": request.origin.text,
            "RECEIVER_ADDRESS": request.destination.text,
            "PRODUCT_TYPE": "HH",
            "NATIONAL_TYPE": 1,
            "TYPE": 1,
        }
        try:
            data = _data(_call("getPriceNlp", body, timeout_seconds=timeout_seconds))
            return Fee(reading.amount(data, "MONEY_TOTAL"), _days(data.get("KPI_HT")))
        except Unreadable as error:
            raise _unreadable(error) from error

    def create(self, order: ParcelOrder) -> Booked:
        reply = _call("createOrderNlp", _order(order), can_fail=True)
        if reply.get("error") is not False:
            if _says_exists(reply):
                return self._existing(order)
            raise _refusal(reply)
        try:
            made = _data(reply)
            collected = reading.amount_or_none(made, "MONEY_COLLECTION")
            if collected not in (None, order.cod_amount):
                raise Unreadable("MONEY_COLLECTION")
            tracking_number = reading.number(made, "ORDER_NUMBER")
            return Booked(tracking_number, reading.amount(made, "MONEY_TOTAL"))
        except Unreadable as error:
            raise _unreadable(error) from error

    def label(self, tracking_number: str) -> bytes | None:
        expires_at = int((datetime.now(reading.VIETNAM) + _LABEL_LIFE).timestamp() * 1000)
        body = {"EXPIRY_TIME": expires_at, "ORDER_ARRAY": [tracking_number]}
        reply = _call("printing-code", body)
        code = reading.text(reply, "message")
        if not code or not settings.VIETTEL_POST_PRINT_URL:
            return None
        try:
            return call_bytes(
                settings.VIETTEL_POST_PRINT_URL,
                params={"type": 2, "bill": code, "showPostage": 1},
                timeout_seconds=TIMEOUT_SECONDS,
            )
        except CallFailed as error:
            raise CarrierUnavailable(f"Viettel Post: {error}") from error

    def cancel(self, reference: str, tracking_number: str) -> None:
        number = tracking_number or reference
        body = {"TYPE": _CANCEL, "ORDER_NUMBER": number, "NOTE": "Cancelled by the sender"}
        reply = _call("UpdateOrder", body, can_fail=True)
        if reply.get("error") is False:
            return
        found = self.track(reference, tracking_number)
        if found is not None and found.status != ParcelStatus.CANCELLED:
            raise _refusal(reply)

    def track(self, reference: str, tracking_number: str) -> Report | None:
        body = {"ORDER_NUMBER": tracking_number or reference}
        reply = _call("trackingOrder", body, can_fail=True)
        if reply.get("error") is not False or not reply.get("data"):
            return None
        try:
            found = _data(reply)
            if str(found.get("ORDER_REFERENCE")) != reference:
                raise Unreadable("ORDER_REFERENCE")
            return _report(found)
        except Unreadable as error:
            raise _unreadable(error) from error

    def parse_webhook(self, message: Message) -> Report:
        try:
            fields = json.loads(message.body)
        except (ValueError, RecursionError) as error:
            raise SignatureInvalid("No JSON.") from error
        _check_secret(message, fields)
        try:
            return _report(reading.part(fields, "DATA"))
        except Unreadable as error:
            raise MalformedMessage(str(error)) from error

    def _existing(self, order: ParcelOrder) -> Booked:
        """Look up a parcel that was booked before its answer was lost."""
        found = self.track(order.reference, "")
        if found is None:
            raise CarrierUnavailable("Viettel Post knows the reference but not the parcel.")
        if found.cod_amount is not None and found.cod_amount != order.cod_amount:
            raise CarrierRefused("cod_differs", "Viettel Post is to collect another amount for it.")
        return Booked(found.tracking_number, found.fee_amount or 0)


def _call(
    action: str,
    body: Mapping[str, Any],
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    can_fail: bool = False,
) -> dict[str, Any]:
    """Call an action; with `can_fail` the caller reads the error flag. Raises: CarrierRefused."""
    try:
        reply = call_json(
            "POST",
            f"{str(settings.VIETTEL_POST_API_URL).rstrip('/')}/v2/order/{action}",
            body=body,
            headers={"Token": settings.VIETTEL_POST_TOKEN},
            timeout_seconds=timeout_seconds,
            readable=_READABLE,
        )
    except CallFailed as error:
        raise CarrierUnavailable(f"Viettel Post: {error}") from error
    if not can_fail and reply.get("error") is not False:
        raise _refusal(reply)
    return reply


def _data(reply: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an answer is about; some answers hold it in a list of one."""
    data = reply.get("data")
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not isinstance(data, dict):
        raise Unreadable("data")
    return data


def _days(hours: Any) -> int | None:
    """Return promised hours as days; a promise that makes no sense is none."""
    if isinstance(hours, bool) or not isinstance(hours, int | float):
        return None
    return ceil(hours / 24) if 0 < hours <= MAX_DAYS * 24 else None


def _refusal(reply: Mapping[str, Any]) -> CarrierRefused:
    code = reply.get("status")
    return CarrierRefused(f"status {code}"[:50], reading.text(reply, "message"))


def _says_exists(reply: Mapping[str, Any]) -> bool:
    message = fold(reading.text(reply, "message"))
    return "exist" in message or "ton tai" in message


def _unreadable(error: Unreadable) -> CarrierUnavailable:
    return CarrierUnavailable(f"Viettel Post answers without a valid {error}.")


def _order(order: ParcelOrder) -> dict[str, Any]:
    origin, destination = order.origin, order.destination
    return {
        "ORDER_NUMBER": order.reference,
        "DELIVERY_DATE": datetime.now(reading.VIETNAM).strftime("%d/%m/%Y %H:%M:%S"),
        "SENDER_FULLNAME": origin.name,
        "SENDER_ADDRESS": origin.text,
        "SENDER_PHONE": origin.phone,
        "RECEIVER_FULLNAME": destination.name,
        "RECEIVER_ADDRESS": destination.text,
        "RECEIVER_PHONE": destination.phone,
        "PRODUCT_NAME": ", ".join(each.name for each in order.contents)[:250],
        "PRODUCT_QUANTITY": sum(each.quantity for each in order.contents),
        "PRODUCT_PRICE": order.value_amount,
        "PRODUCT_WEIGHT": order.weight_grams,
        "PRODUCT_TYPE": "HH",
        # The buyer's share of shipping is in MONEY_COLLECTION already: never "goods and fee".
        "ORDER_PAYMENT": _COLLECT_GOODS if order.cod_amount else _COLLECT_NOTHING,
        "ORDER_SERVICE": order.service or DEFAULT_SERVICE,
        "ORDER_NOTE": order.note,
        "MONEY_COLLECTION": order.cod_amount,
        "LIST_ITEM": [
            {
                "PRODUCT_NAME": each.name,
                "PRODUCT_QUANTITY": each.quantity,
                "PRODUCT_WEIGHT": each.weight_grams,
            }
            for each in order.contents
        ],
    }


def _check_secret(message: Message, fields: Any) -> None:
    """Take the secret from the body or, as newer accounts have it, from `Authorization`."""
    in_body = fields.get("TOKEN") if isinstance(fields, dict) else None
    headers = {name.lower(): value for name, value in message.headers.items()}
    given = [str(in_body or ""), headers.get("authorization", "").removeprefix("Bearer ")]
    secrets = secrets_of(settings.VIETTEL_POST_WEBHOOK_SECRET)
    matches = [
        hmac.compare_digest(secret.encode(), each.encode("utf-8", "replace"))
        for secret in secrets
        for each in given
    ]
    if not any(matches):
        raise SignatureInvalid


def _report(fields: Mapping[str, Any]) -> Report:
    code = reading.integer(fields, "ORDER_STATUS")
    happened_at = reading.instant(fields, "ORDER_STATUSDATE")
    number = reading.number(fields, "ORDER_NUMBER")
    return Report(
        key=f"{number}|{code}|{happened_at.isoformat()}",
        code=str(code),
        status=STATUSES.get(code),
        happened_at=happened_at,
        reference=reading.text(fields, "ORDER_REFERENCE")[:100],
        tracking_number=number,
        note=reading.text(
            fields, "NOTE", "STATUS_NAME", "LOCALION_CURRENTLY", "LOCATION_CURRENTLY"
        ),
        cod_amount=reading.amount_or_none(fields, "MONEY_COLLECTION"),
        fee_amount=reading.amount_or_none(fields, "MONEY_TOTAL"),
        is_unknown=code not in STATUSES,
        concern=_CONCERNS.get(code, ""),
        payload=json.dumps(fields),
    )
