"""Giao Hàng Tiết Kiệm: fees in grams, orders in kilos, and webhooks that nobody signs.

Whoever knows our secret address can report; so what money hangs on is confirmed by asking.
Source: GHTK's API documentation.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, quote

from django.conf import settings

from marketplace.common.outgoing import CallFailed, call_bytes, call_json
from marketplace.common.providers import missing_settings
from marketplace.common.signing import secrets_of
from marketplace.common.webhooks import MalformedMessage, Message, SignatureInvalid
from shops.shipping.carriers import reading
from shops.shipping.carriers.base import Booked, Fee, FeeRequest, ParcelOrder, Report
from shops.shipping.carriers.reading import Unreadable
from shops.shipping.constants import ParcelStatus
from shops.shipping.errors import CarrierRefused, CarrierUnavailable, NotServed

TIMEOUT_SECONDS: Final = 10.0
# Refusals whose body says why; a wrong token (401, 403) is ours to mend, and then to try again.
_READABLE: Final = frozenset({400, 404, 409, 422})
_EXISTS: Final = "ORDER_ID_EXIST"
_S = ParcelStatus
# What the driver alone says (123, 127, 128, 45, 49, 410) is not final: it moves nothing.
STATUSES: Final[dict[int, ParcelStatus | None]] = {
    -1: _S.CANCELLED,
    1: _S.CREATED,
    2: _S.CREATED,
    3: _S.PICKED_UP,
    4: _S.IN_TRANSIT,
    5: _S.DELIVERED,
    6: _S.DELIVERED,
    7: _S.CREATED,
    8: _S.CREATED,
    9: _S.FAILED,
    10: _S.IN_TRANSIT,
    11: _S.RETURNED,
    12: _S.CREATED,
    13: None,
    20: _S.FAILED,
    21: _S.RETURNED,
    123: None,
    127: None,
    128: None,
    45: None,
    49: None,
    410: None,
}
_CONCERNS: Final = {
    7: "GHTK could not pick the parcel up.",
    13: "GHTK pays compensation for the parcel.",
}
# Money or goods move by these.
_TO_CONFIRM: Final = frozenset({-1, 5, 6, 11, 13, 21})


class GHTK:
    @property
    def missing_settings(self) -> list[str]:
        return missing_settings(
            *("GHTK_TOKEN", "GHTK_API_URL"),
            webhook_secrets="GHTK_WEBHOOK_SECRET",
            currency="VND",
        )

    def fee(self, request: FeeRequest, *, timeout_seconds: float) -> Fee:
        params = {
            "pick_province": request.origin.province,
            "pick_district": request.origin.district,
            "pick_ward": request.origin.ward,
            "province": request.destination.province,
            "district": request.destination.district,
            "ward": request.destination.ward,
            "address": request.destination.line,
            "weight": request.weight_grams,
            "value": request.value_amount,
            "transport": request.service or "road",
            "deliver_option": "none",
        }
        reply = _call("GET", "fee", params=params, timeout_seconds=timeout_seconds)
        if reply.get("success") is not True:
            raise _refusal(reply)
        try:
            fee = reading.part(reply, "fee")
            if fee.get("delivery") is False:
                raise NotServed
            return Fee(reading.amount(fee, "fee"))
        except Unreadable as error:
            raise _unreadable(error) from error

    def create(self, order: ParcelOrder) -> Booked:
        reply = _call("POST", "order/?ver=1.5", body=_order(order))
        if reply.get("success") is not True:
            if _code_of(reply) == _EXISTS:
                return self._existing(order)
            raise _refusal(reply)
        try:
            made = reading.part(reply, "order")
            if str(made.get("partner_id")) != order.reference:
                raise Unreadable("partner_id")
            return Booked(reading.number(made, "label"), reading.amount(made, "fee"))
        except Unreadable as error:
            raise _unreadable(error) from error

    def label(self, tracking_number: str) -> bytes | None:
        url = f"{_base()}/services/label/{quote(tracking_number, safe='')}"
        try:
            return call_bytes(url, headers=_headers(), timeout_seconds=TIMEOUT_SECONDS)
        except CallFailed as error:
            raise CarrierUnavailable(f"GHTK: {error}") from error

    def cancel(self, reference: str, tracking_number: str) -> None:
        reply = _call("POST", f"cancel/{_name_of(reference, tracking_number)}")
        if reply.get("success") is True:
            return
        found = self.track(reference, tracking_number)
        if found is not None and found.status != ParcelStatus.CANCELLED:
            raise _refusal(reply)

    def track(self, reference: str, tracking_number: str) -> Report | None:
        reply = _call("GET", f"v2/{_name_of(reference, tracking_number)}")
        if reply.get("success") is not True:
            return None
        try:
            found = reading.part(reply, "order")
            if str(found.get("partner_id")) != reference:
                raise Unreadable("partner_id")
            return _report({**found, "status_id": found.get("status")}, is_asked=True)
        except Unreadable as error:
            raise _unreadable(error) from error

    def parse_webhook(self, message: Message) -> Report:
        given = parse_qs(message.query).get("hash", [""])
        _check_secret(given[0] if len(given) == 1 else "")
        try:
            return _report(_fields(message))
        except Unreadable as error:
            raise MalformedMessage(str(error)) from error

    def _existing(self, order: ParcelOrder) -> Booked:
        """Look up a parcel that was booked before its answer was lost."""
        found = self.track(order.reference, "")
        if found is None:
            raise CarrierUnavailable("GHTK knows the reference but not the parcel.")
        if found.cod_amount is not None and found.cod_amount != order.cod_amount:
            raise CarrierRefused(
                "cod_differs", "GHTK has the parcel with another amount to collect."
            )
        return Booked(found.tracking_number, found.fee_amount or 0)


def _base() -> str:
    return str(settings.GHTK_API_URL).rstrip("/")


def _headers() -> dict[str, str]:
    headers = {"Token": settings.GHTK_TOKEN}
    if settings.GHTK_CLIENT_SOURCE:
        headers["X-Client-Source"] = settings.GHTK_CLIENT_SOURCE
    return headers


def _call(
    method: str,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> dict[str, Any]:
    try:
        return call_json(
            method,
            f"{_base()}/services/shipment/{path}",
            body=body,
            params=params,
            headers=_headers(),
            timeout_seconds=timeout_seconds,
            readable=_READABLE,
        )
    except CallFailed as error:
        raise CarrierUnavailable(f"GHTK: {error}") from error


def _name_of(reference: str, tracking_number: str) -> str:
    return quote(tracking_number, safe="") or f"partner_id:{quote(reference, safe='')}"


def _code_of(reply: Mapping[str, Any]) -> str:
    error = reply.get("error")
    return reading.text(error, "code") if isinstance(error, dict) else reading.text(reply, "code")


def _refusal(reply: Mapping[str, Any]) -> CarrierRefused:
    return CarrierRefused(_code_of(reply) or "refused", reading.text(reply, "message"))


def _unreadable(error: Unreadable) -> CarrierUnavailable:
    return CarrierUnavailable(f"GHTK answers without a valid {error}.")


def _order(order: ParcelOrder) -> dict[str, Any]:
    origin, destination = order.origin, order.destination
    return {
        "products": _products(order),
        "order": {
            "id": order.reference,
            "pick_name": origin.name,
            "pick_money": order.cod_amount,
            "pick_address": origin.line,
            "pick_province": origin.province,
            "pick_district": origin.district,
            "pick_ward": origin.ward,
            "pick_tel": origin.phone,
            "name": destination.name,
            "tel": destination.phone,
            "address": destination.line,
            "province": destination.province,
            "district": destination.district,
            "ward": destination.ward,
            "hamlet": "Khác",
            # The buyer's share of shipping is in `pick_money` already.
            "is_freeship": 1,
            "note": order.note,
            "value": order.value_amount,
            "transport": order.service or "road",
            "pick_option": "cod",
            "deliver_option": "none",
        },
    }


def _products(order: ParcelOrder) -> list[dict[str, Any]]:
    """Return what is inside, in kilos; as one thing where it was weighed as a whole."""
    if order.weight_grams != sum(each.weight_grams * each.quantity for each in order.contents):
        name = ", ".join(f"{each.quantity} × {each.name}" for each in order.contents)
        return [{"name": name[:250], "weight": order.weight_grams / 1000, "quantity": 1}]
    return [
        {
            "name": each.name,
            "weight": each.weight_grams / 1000,
            "quantity": each.quantity,
            "product_code": each.sku,
        }
        for each in order.contents
    ]


def _check_secret(given: str) -> None:
    secrets = secrets_of(settings.GHTK_WEBHOOK_SECRET)
    matches = [hmac.compare_digest(secret.encode(), given.encode()) for secret in secrets]
    if not any(matches):
        raise SignatureInvalid


def _fields(message: Message) -> dict[str, Any]:
    """Return a webhook's fields, from a form as documented or from JSON."""
    try:
        body = message.body.decode()
        if body.lstrip().startswith("{"):
            fields = json.loads(body)
        else:
            fields = dict(parse_qsl(body, keep_blank_values=True, max_num_fields=100))
    except (ValueError, RecursionError) as error:
        raise Unreadable("body") from error
    if "\x00" in body or not isinstance(fields, dict):
        raise Unreadable("body")
    return fields


def _report(fields: Mapping[str, Any], *, is_asked: bool = False) -> Report:
    code = reading.integer(fields, "status_id")
    happened_at = reading.instant(fields, "action_time", "modified")
    label = reading.number(fields, "label_id")
    concern = _CONCERNS.get(code, "")
    if str(fields.get("return_part_package")) == "1":
        concern = "Part of the parcel goes back."
    return Report(
        key=f"{label}|{code}|{happened_at.isoformat()}",
        code=str(code),
        status=STATUSES.get(code),
        happened_at=happened_at,
        reference=reading.text(fields, "partner_id")[:100],
        tracking_number=label,
        note=reading.text(fields, "reason", "status_text", "message"),
        cod_amount=reading.amount_or_none(fields, "pick_money"),
        fee_amount=reading.amount_or_none(fields, "ship_money"),
        is_unknown=code not in STATUSES,
        needs_confirmation=code in _TO_CONFIRM and not is_asked,
        concern=concern,
        payload=json.dumps(fields),
    )
