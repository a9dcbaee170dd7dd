"""Which payment an order keeps the money of."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from orders.payments.models import Payment
from orders.settlement.constants import EntryKind, SourceType
from orders.settlement.models import LedgerEntry


def payments_of(order_id: UUID) -> QuerySet[Payment]:
    """Return the payments that brought money for an order, the one that it keeps first."""
    return sold_first(Payment.objects.filter(shares__order=order_id, shares__captured_amount__gt=0))


def sold_first(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Put payments of one order, joined by their shares, into order: the one that sold it first.

    Where nothing was sold, it is the first one captured.
    """
    sale = LedgerEntry.objects.filter(
        source_type=SourceType.PAYMENT_SHARE, source_id=OuterRef("shares__pk"), kind=EntryKind.SALE
    )
    return payments.annotate(has_sold=Exists(sale)).order_by("-has_sold", "captured_at", "pk")
