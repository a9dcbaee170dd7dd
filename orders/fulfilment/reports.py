"""What carriers report: verified, stored once, applied by the carrier's own time."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from marketplace.common.errors import InvalidInput
from marketplace.common.outbox.services import publish
from marketplace.common.webhooks import Answer, MalformedMessage, Message, SignatureInvalid
from orders.fulfilment.constants import (
    CONFIRM_WITHIN,
    ENDED,
    MAX_AHEAD,
    POLL_EVERY,
    POLL_SOON,
    SILENT_AFTER,
    BookingStatus,
    MessageOutcome,
    ShipmentStatus,
)
from orders.fulfilment.events import ParcelReported
from orders.fulfilment.models import CarrierMessage, Shipment
from orders.fulfilment.parcels import follow_parcels, report
from orders.models import Order
from shops.shipping.carriers.base import Report
from shops.shipping.carriers.registry import client_for
from shops.shipping.errors import CarrierRefused, CarrierUnavailable

logger = logging.getLogger(__name__)

_TAKEN = Answer(200, '{"success": true}')
_NOT_OURS = Answer(403, '{"success": false}')
_NOT_READ = Answer(400, '{"success": false}')
_AGAIN = Answer(500, '{"success": false}')
# A message that got this far needs no second look; an unconfirmed one is looked at by asking.
_WAITING = frozenset({MessageOutcome.RECEIVED, MessageOutcome.UNKNOWN_PARCEL})


def receive(carrier: str, message: Message) -> Answer:
    """Take a carrier's message and return the answer that it expects.

    Idempotent: the same message again has no further effect. Raises: InvalidInput for a carrier
    that is not set up here.
    """
    try:
        heard = client_for(carrier).parse_webhook(message)
    except SignatureInvalid:
        logger.warning("A message for %s was not from it", carrier)
        return _NOT_OURS
    except MalformedMessage as error:
        logger.warning("A message of %s could not be read: %s", carrier, error)
        return _NOT_READ
    try:
        take_report(carrier, heard)
    except Exception:
        # Whatever it was: it is stored, the carrier may send it again, and polling finds out.
        logger.exception("A message of %s could not be applied", carrier)
        return _AGAIN
    return _TAKEN


def take_report(carrier: str, heard: Report) -> MessageOutcome:
    """Store a report and let it take effect, once whatever is repeated."""
    CarrierMessage.objects.bulk_create(
        [
            CarrierMessage(
                carrier=carrier,
                event_key=heard.key[:255],
                tracking_number=heard.tracking_number,
                code=heard.code[:20],
                status=heard.status or "",
                happened_at=heard.happened_at,
                note=heard.note,
                cod_amount=heard.cod_amount,
                concern=heard.concern,
                payload=heard.payload,
            )
        ],
        ignore_conflicts=True,
    )
    return _apply_once(carrier, heard)


def overdue_parcels(limit: int) -> list[UUID]:
    """Return the ids of parcels to ask their carriers about, the longest unasked first."""
    due = Shipment.objects.poll_due().order_by("next_poll_at")
    return list(due.values_list("pk", flat=True)[:limit])


def poll_shipment(shipment_id: UUID) -> bool:
    """Ask a parcel's carrier where it is, and confirm what waits for that; False: nothing new.

    Call it outside any transaction.
    """
    shipment = Shipment.objects.get(pk=shipment_id)
    waiting = shipment.messages.filter(outcome=MessageOutcome.UNCONFIRMED)
    pause = POLL_SOON if waiting.exists() else POLL_EVERY
    Shipment.objects.filter(pk=shipment_id).update(
        next_poll_at=None if shipment.status in ENDED else timezone.now() + pause
    )
    try:
        client = client_for(shipment.carrier)
        heard = client.track(shipment.reference or "", shipment.tracking_number)
    except (CarrierUnavailable, CarrierRefused, InvalidInput) as error:
        logger.warning("Parcel %s could not be asked about: %s", shipment_id, error)
        heard = None
    if heard is None:
        return _flag_silence(shipment_id)
    changed = _confirm(shipment, heard)
    shipment.refresh_from_db(fields=["status"])
    if heard.status is None or heard.status == shipment.status:
        return changed
    return take_report(shipment.carrier, heard) == MessageOutcome.APPLIED or changed


@transaction.atomic
def _apply_once(carrier: str, heard: Report) -> MessageOutcome:
    """Locks: the message, the order, its parcels, and what its steps lock."""
    message = CarrierMessage.objects.select_for_update(of=("self",)).get(
        carrier=carrier, event_key=heard.key[:255]
    )
    is_asked = not heard.needs_confirmation
    is_open = message.outcome in _WAITING or (
        message.outcome == MessageOutcome.UNCONFIRMED and is_asked
    )
    if not is_open:
        return MessageOutcome(message.outcome)
    found = _parcel_of(carrier, heard)
    if found is None:
        return _settle(message, MessageOutcome.UNKNOWN_PARCEL)
    order = Order.objects.lock(found.order_id)
    shipment = Shipment.objects.lock(found.pk)
    message.shipment = shipment
    outcome = _judge(shipment, heard)
    if outcome == MessageOutcome.APPLIED:
        _apply(order, shipment, message)
    elif outcome == MessageOutcome.UNCONFIRMED:
        Shipment.objects.filter(pk=shipment.pk).update(next_poll_at=Now())
        publish(ParcelReported(shipment.pk))
    _raise_concerns(shipment, message, outcome)
    return _settle(message, outcome)


def _judge(shipment: Shipment, heard: Report) -> MessageOutcome:
    """Return what is to become of a report about a locked parcel."""
    if shipment.tracking_number and shipment.tracking_number != heard.tracking_number:
        return MessageOutcome.OTHER_PARCEL
    if heard.is_unknown:
        return MessageOutcome.UNKNOWN_STATUS
    if heard.status is None:
        return MessageOutcome.NO_STEP
    if heard.happened_at > timezone.now() + MAX_AHEAD:
        return MessageOutcome.IMPOSSIBLE_TIME
    if heard.needs_confirmation and heard.status != shipment.status:
        return MessageOutcome.UNCONFIRMED
    return MessageOutcome.APPLIED


def _apply(order: Order, shipment: Shipment, message: CarrierMessage) -> None:
    """Take a carrier's step; order and parcel are locked."""
    report(
        shipment,
        ShipmentStatus(message.status),
        happened_at=message.happened_at,
        code=message.code,
        note=message.note,
    )
    shipment.last_report_at = timezone.now()
    shipment.save(update_fields=["last_report_at", "updated_at"])
    if not follow_parcels(order, note=message.note):
        say = f"The parcel is {shipment.status}, but its order is {order.status}."
        _look_at(shipment, say)


def _raise_concerns(shipment: Shipment, message: CarrierMessage, outcome: MessageOutcome) -> None:
    """Put before staff what no rule can decide."""
    if outcome == MessageOutcome.OTHER_PARCEL:
        _look_at(shipment, f"The carrier made another parcel of it: {message.tracking_number}.")
    elif outcome == MessageOutcome.UNKNOWN_STATUS:
        _look_at(shipment, f"The carrier reports a status that is not known: {message.code}.")
    elif message.cod_amount not in {None, shipment.cod_amount} and shipment.reference:
        _look_at(
            shipment,
            f"The carrier is to collect {message.cod_amount}, not {shipment.cod_amount}.",
        )
    elif message.concern:
        _look_at(shipment, message.concern)


def _look_at(shipment: Shipment, why: str) -> None:
    if why not in shipment.attention:
        shipment.attention = f"{shipment.attention} {why}".strip()[:500]
        shipment.save(update_fields=["attention", "updated_at"])


def _settle(message: CarrierMessage, outcome: MessageOutcome) -> MessageOutcome:
    message.outcome = outcome
    message.save(update_fields=["shipment", "outcome", "updated_at"])
    return outcome


def _parcel_of(carrier: str, heard: Report) -> Shipment | None:
    """Return the parcel that is reported on, by the carrier's number or else by our reference."""
    parcels = Shipment.objects.filter(carrier=carrier)
    found = parcels.filter(tracking_number=heard.tracking_number).first()
    if found is None and heard.reference:
        found = parcels.filter(reference=heard.reference).first()
    return found


def _confirm(shipment: Shipment, heard: Report) -> bool:
    """Apply the waiting messages that the carrier's own word agrees with; tells whether any."""
    changed = False
    waiting = shipment.messages.filter(outcome=MessageOutcome.UNCONFIRMED).order_by("happened_at")
    for message_id in list(waiting.values_list("pk", flat=True)):
        changed = _confirm_one(message_id, shipment, heard) or changed
    return changed


@transaction.atomic
def _confirm_one(message_id: UUID, parcel: Shipment, heard: Report) -> bool:
    message = CarrierMessage.objects.select_for_update(of=("self",)).get(pk=message_id)
    if message.outcome != MessageOutcome.UNCONFIRMED:
        return False
    order = Order.objects.lock(parcel.order_id)
    shipment = Shipment.objects.lock(parcel.pk)
    if message.status in {heard.status, shipment.status}:
        _apply(order, shipment, message)
        _settle(message, MessageOutcome.APPLIED)
        return True
    if message.created_at < timezone.now() - CONFIRM_WITHIN:
        _look_at(shipment, f"The carrier reported {message.status}, but says {heard.status}.")
        _settle(message, MessageOutcome.CONTRADICTED)
    return False


@transaction.atomic
def _flag_silence(shipment_id: UUID) -> bool:
    """Put a parcel before staff that nobody has said anything of for too long."""
    shipment = Shipment.objects.lock(shipment_id)
    last = shipment.last_report_at or shipment.created_at
    is_waited_for = shipment.status not in ENDED and shipment.booking_status == BookingStatus.BOOKED
    if is_waited_for and last < timezone.now() - SILENT_AFTER:
        hours = SILENT_AFTER // timedelta(hours=1)
        _look_at(shipment, f"The carrier has said nothing for {hours} hours.")
    return False


def look_after(shipment_id: UUID) -> bool:
    """Take a parcel off the list of those to look at; False when it was not on it."""
    noted = Shipment.objects.filter(pk=shipment_id).exclude(attention="")
    return bool(noted.update(attention="", updated_at=Now()))
