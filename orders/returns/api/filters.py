"""Filters of lists of returns."""

from django_filters import ChoiceFilter
from django_filters.rest_framework.filterset import FilterSet

from orders.returns.constants import ReturnStatus
from orders.returns.models import Return


class ReturnFilter(FilterSet):
    status = ChoiceFilter(choices=ReturnStatus.choices)

    class Meta:
        model = Return
        fields = ("status",)
