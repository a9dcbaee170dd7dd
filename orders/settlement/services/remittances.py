"""Cash that carriers hand over: matched with what they owe, line by line."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import IO, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now

from accounts.models import User
from catalog.bulk.errors import BrokenFile
from catalog.bulk.files import detect_format, open_rows
from marketplace.common import money
from marketplace.common.errors import InvalidTransition
from marketplace.common.locks import transaction_lock
from orders.models import Order
from orders.settlement.constants import (
    DIFFERENCES,
    Account,
    EntryKind,
    LineStatus,
    SourceType,
)
from orders.settlement.errors import UnusableFile
from orders.settlement.models import LedgerEntry, Remittance, RemittanceLine
from orders.settlement.services.ledger import Leg, Posting, post
from shops.shipping.constants import ParcelStatus

# The columns, by the names that carriers give them.
COLUMNS: Final = {
    "reference": ("reference", "order_number", "tracking_number", "mã đơn hàng", "mã vận đơn"),
    "amount": ("amount", "cod_amount", "tiền thu hộ"),
    "fee": ("fee", "cod_fee", "phí thu hộ"),
}


def import_remittance(file: IO[bytes], *, name: str, carrier: str) -> Counter[str]:
    """Take in a carrier's file; returns how many lines came to which status.

    What fits is posted: the carrier's debt becomes money in the bank and its fee. What does not fit
    is kept for staff and moves nothing.
    Idempotent: a line that was read is not read again, also when a run before broke off.
    Raises: UnusableFile.
    """
    file.seek(0)
    fingerprint = hashlib.sha256(carrier.encode() + file.read()).hexdigest()
    counts: Counter[str] = Counter()
    try:
        with open_rows(file, detect_format(file)) as rows:
            columns = _columns(next(rows, (1, []))[1])
            remittance, _ = Remittance.objects.get_or_create(
                fingerprint=fingerprint, defaults={"carrier": carrier, "file_name": name[:255]}
            )
            for number, cells in rows:
                row = {key: cells[at].strip() for key, at in columns.items() if at < len(cells)}
                counts[_take(remittance, number, row)] += 1
    except BrokenFile as error:
        raise UnusableFile(str(error)) from error
    return counts


@transaction.atomic
def accept_difference(line_id: UUID, *, actor: User, note: str) -> RemittanceLine:
    """Post what a carrier handed over although it is another amount than it owes.

    What is missing stays its debt. Locks: the order, the line.
    Raises: InvalidTransition unless the line is about a parcel of ours with another amount, for
    which something is still owed: another line may have settled it.
    """
    order_ids = RemittanceLine.objects.filter(pk=line_id).values_list("order_id", flat=True)
    order_id = order_ids.first()
    order = Order.objects.lock(order_id) if order_id else None
    line = _lock(line_id)
    if line.status != LineStatus.AMOUNT_DIFFERS or order is None:
        raise InvalidTransition("Only another amount for one of our parcels can be accepted.")
    if _owed(line, order) <= 0:
        raise InvalidTransition("Nothing is owed for this parcel any more.")
    _resolve(line, LineStatus.ACCEPTED, actor, note)
    _post(line)
    return line


@transaction.atomic
def close_difference(line_id: UUID, *, actor: User, note: str) -> RemittanceLine:
    """Close a line of which nothing is to be posted. Raises: InvalidTransition."""
    line = _lock(line_id)
    _resolve(line, LineStatus.CLOSED, actor, note)
    return line


def settle_early_lines(order: Order) -> None:
    """Judge once more what was handed over before anything was owed; the order is locked.

    The first of an order's parcels may be paid for before the last one is delivered.
    Locks: the lines.
    """
    early = RemittanceLine.objects.filter(order=order, status=LineStatus.NOTHING_OWED)
    for line in early.select_related("remittance").select_for_update(of=("self",)).order_by("pk"):
        _compare(line, order)
        line.is_open = line.status in DIFFERENCES
        line.save(update_fields=["status", "is_open", "expected_amount", "updated_at"])
        if line.status == LineStatus.MATCHED:
            _post(line)


@transaction.atomic
def _take(remittance: Remittance, number: int, row: Mapping[str, str]) -> str:
    transaction_lock(f"remittance {remittance.pk}")
    if RemittanceLine.objects.filter(remittance=remittance, line_number=number).exists():
        return "known"
    line = RemittanceLine(
        remittance=remittance, line_number=number, reference=row.get("reference", "")[:100]
    )
    _judge(line, row)
    line.is_open = line.status in DIFFERENCES
    line.save(force_insert=True)
    if line.status == LineStatus.MATCHED:
        _post(line)
    return line.status


def _judge(line: RemittanceLine, row: Mapping[str, str]) -> None:
    """Set what a line is about and how it fits. Locks: the order."""
    try:
        amount = money.parse_amount(row.get("amount", ""))
        fee = money.parse_amount(row.get("fee", "") or "0")
    except money.InvalidAmount as error:
        line.status, line.note = LineStatus.UNREADABLE, str(error)[:500]
        return
    if not 0 <= fee <= amount or not line.reference:
        line.status, line.note = LineStatus.UNREADABLE, "A reference and amounts are needed."
        return
    line.amount, line.fee_amount = amount, fee
    line.order = _find(line)
    if line.order is None:
        line.status = LineStatus.UNKNOWN_ORDER
        return
    _compare(line, line.order)


def _compare(line: RemittanceLine, order: Order) -> None:
    """Set what is owed for what a line is about, and how the line fits; the order is locked."""
    line.expected_amount = _owed(line, order)
    if line.expected_amount <= 0:
        line.status = LineStatus.NOTHING_OWED
    elif line.expected_amount != line.amount:
        line.status = LineStatus.AMOUNT_DIFFERS
    else:
        line.status = LineStatus.MATCHED


def _owed(line: RemittanceLine, order: Order) -> int:
    entries = LedgerEntry.objects.filter(
        order=order, account=Account.CARRIER_CASH, party=line.remittance.carrier
    )
    owed = int(entries.aggregate(total=Sum("amount"))["total"] or 0)
    part = _part_of_parcel(line, order)
    return owed if part is None else min(owed, part)


def _part_of_parcel(line: RemittanceLine, order: Order) -> int | None:
    """Return what is still to come of the parcel that a line names; the order is locked.

    None where the line is about the order as a whole: by its number, or its only parcel.
    """
    parcels = order.shipments.filter(carrier=line.remittance.carrier)
    live = dict(
        parcels.exclude(status=ParcelStatus.CANCELLED).values_list("tracking_number", "cod_amount")
    )
    if len(live) < 2 or line.reference not in live:
        return None
    settled = RemittanceLine.objects.filter(
        order=order,
        reference=line.reference,
        status__in=[LineStatus.MATCHED, LineStatus.ACCEPTED],
    )
    came = settled.aggregate(total=Sum("amount"))["total"] or 0
    return max(live[line.reference] - came, 0)


def _find(line: RemittanceLine) -> Order | None:
    orders = Order.objects.filter(number=line.reference)
    order_id = orders.values_list("pk", flat=True).first()
    if order_id is None:
        parcels = Order.objects.filter(
            shipments__tracking_number=line.reference, shipments__carrier=line.remittance.carrier
        )
        order_id = parcels.values_list("pk", flat=True).first()
    return None if order_id is None else Order.objects.lock(order_id)


def _post(line: RemittanceLine) -> None:
    legs = [
        Leg(Account.BANK, line.amount - line.fee_amount),
        Leg(Account.CARRIER_FEES, line.fee_amount, party=line.remittance.carrier),
        Leg(Account.CARRIER_CASH, -line.amount, party=line.remittance.carrier),
    ]
    post(
        Posting(
            EntryKind.REMITTANCE,
            SourceType.REMITTANCE_LINE,
            line.pk,
            legs,
            order_id=line.order_id,
        )
    )


def _columns(header: list[str]) -> dict[str, int]:
    names = [cell.strip().lower() for cell in header]
    found = {
        key: names.index(alias)
        for key, aliases in COLUMNS.items()
        for alias in aliases
        if alias in names
    }
    if missing := [key for key in ("reference", "amount") if key not in found]:
        raise UnusableFile(f"The file has no column for: {', '.join(missing)}.")
    return found


def _lock(line_id: UUID) -> RemittanceLine:
    return RemittanceLine.objects.select_for_update(of=("self",)).get(pk=line_id)


def _resolve(line: RemittanceLine, status: LineStatus, actor: User, note: str) -> None:
    if line.status not in DIFFERENCES:
        raise InvalidTransition("This line is settled already.")
    line.status, line.resolved_by, line.note = status, actor, note[:500]
    line.is_open = False
    line.save(update_fields=["status", "is_open", "resolved_by", "note", "updated_at"])
    RemittanceLine.objects.filter(pk=line.pk).update(resolved_at=Now())
