"""When a shop's money for an order becomes due, and what keeps it from that."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from orders.constants import OrderStatus
from orders.models import Order
from orders.settlement.constants import (
    ACCOUNT_OF_PLACE,
    Account,
    EntryKind,
    Place,
    SourceType,
)
from orders.settlement.models import LedgerEntry, OrderSettlement
from orders.settlement.services.ledger import Leg, Posting, post


def due_releases(limit: int) -> list[UUID]:
    """Return the ids of orders whose money is due to their shops, the longest waiting first.

    Completed long enough ago; cash on delivery also handed over by the carrier.
    """
    return list(_due().order_by("created_at").values_list("order_id", flat=True)[:limit])


@transaction.atomic
def release_order(order_id: UUID) -> bool:
    """Make a shop's money for an order due; False when it is not its time.

    Locks: the order.
    """
    order = Order.objects.lock(order_id)
    if not _due().filter(order=order).exists():
        return False
    _move(order, Place.PENDING, Place.AVAILABLE, EntryKind.RELEASE)
    return True


def hold_order(order: Order) -> bool:
    """Keep a shop's money for a disputed order from being paid out; the order is locked.

    What was due is held too, also where it has been paid out: the shop owes it meanwhile.
    False when there is none, or it is held already.
    """
    settlement = OrderSettlement.objects.filter(order=order).first()
    if settlement is None or settlement.place == Place.ON_HOLD:
        return False
    _move(order, Place(settlement.place), Place.ON_HOLD, EntryKind.HOLD)
    return True


def unhold_order(order: Order) -> bool:
    """Put a shop's money for an order back where it was before the dispute; the order is locked."""
    settlement = OrderSettlement.objects.filter(order=order, place=Place.ON_HOLD).first()
    if settlement is None:
        return False
    back = Place.AVAILABLE if settlement.was_released else Place.PENDING
    _move(order, Place.ON_HOLD, back, EntryKind.UNHOLD)
    return True


def _move(order: Order, from_place: Place, to_place: Place, kind: EntryKind) -> None:
    before = LedgerEntry.objects.filter(source_type=SourceType.ORDER, source_id=order.pk, kind=kind)
    amount = _balance(order, ACCOUNT_OF_PLACE[from_place])
    post(
        Posting(
            kind,
            SourceType.ORDER,
            order.pk,
            [
                Leg(ACCOUNT_OF_PLACE[from_place], -amount, shop_id=order.shop_id),
                Leg(ACCOUNT_OF_PLACE[to_place], amount, shop_id=order.shop_id),
            ],
            order_id=order.pk,
            sequence=before.values("transaction_id").distinct().count(),
        )
    )
    changes = {"was_released": True} if to_place == Place.AVAILABLE else {}
    OrderSettlement.objects.filter(order=order).update(place=to_place, updated_at=Now(), **changes)


def _balance(order: Order, account: Account) -> int:
    entries = LedgerEntry.objects.filter(order=order, account=account)
    return int(entries.aggregate(total=Sum("amount"))["total"] or 0)


def _due() -> QuerySet[OrderSettlement]:
    completed = timezone.now() - timedelta(days=settings.SETTLEMENT_HOLD_DAYS)
    cash = (
        LedgerEntry.objects.filter(order=OuterRef("order"), account=Account.CARRIER_CASH)
        .values("order")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    return OrderSettlement.objects.annotate(cash=Coalesce(Subquery(cash), 0)).filter(
        place=Place.PENDING,
        order__status=OrderStatus.COMPLETED,
        order__completed_at__lte=completed,
        cash__lte=0,
    )
