"""What the API reads of returns and refunds, in a constant number of queries."""

from django.db.models import Prefetch, QuerySet

from orders.payments.models import Refund, RefundLine
from orders.returns.models import Return, ReturnEvent, ReturnLine, ReturnPhoto
from orders.returns.querysets import ReturnQuerySet


def for_api(returns: ReturnQuerySet) -> QuerySet[Return]:
    """Four queries for any number of returns: they, their lines, photos and timelines."""
    lines = ReturnLine.objects.select_related("order_item").order_by("pk")
    return (
        returns.with_due()
        .select_related("order__buyer", "shop", "refund", "dispute__refund")
        .prefetch_related(
            Prefetch("lines", lines),
            Prefetch("photos", ReturnPhoto.objects.order_by("position", "pk")),
            Prefetch("events", ReturnEvent.objects.order_by("pk")),
        )
    )


def refunds_for_api(refunds: QuerySet[Refund]) -> QuerySet[Refund]:
    """Two queries for any number of refunds: they and their lines."""
    return refunds.prefetch_related(Prefetch("lines", RefundLine.objects.order_by("pk")))
