"""Filters of a shop's ledger and payouts."""

from django.db.models import QuerySet
from django_filters import ChoiceFilter, UUIDFilter
from django_filters.rest_framework.filterset import FilterSet

from orders.settlement.constants import EntryKind, PayoutStatus, Place
from orders.settlement.models import LedgerEntry, Payout


class LedgerFilter(FilterSet):
    """By balance, kind and order."""

    balance = ChoiceFilter(choices=Place.choices, method="of_balance")
    kind = ChoiceFilter(choices=EntryKind.choices)
    order = UUIDFilter(field_name="order_id")

    class Meta:
        model = LedgerEntry
        fields = ("balance", "kind", "order")

    def of_balance(
        self, queryset: QuerySet[LedgerEntry], name: str, value: str
    ) -> QuerySet[LedgerEntry]:
        return queryset.filter(account=f"shop_{value}")


class PayoutFilter(FilterSet):
    status = ChoiceFilter(choices=PayoutStatus.choices)

    class Meta:
        model = Payout
        fields = ("status",)
