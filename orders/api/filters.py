"""Filters of order lists."""

from django_filters import ChoiceFilter, IsoDateTimeFilter
from django_filters.rest_framework.filterset import FilterSet

from orders.constants import OrderStatus
from orders.models import Order


class OrderFilter(FilterSet):
    """By status and by the time of placing, half-open: after ≤ t < before."""

    status = ChoiceFilter(choices=OrderStatus.choices)
    placed_after = IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    placed_before = IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Order
        fields = ("status", "placed_after", "placed_before")
