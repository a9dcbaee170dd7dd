"""Query parameters of the public shop list."""

from typing import Final

from django.db.models import QuerySet
from django_filters import CharFilter, ChoiceFilter
from django_filters.rest_framework.filterset import FilterSet

from shops.constants import ShopOrdering
from shops.models import Shop
from shops.querysets import ShopQuerySet

ORDERINGS: Final = {
    ShopOrdering.NEWEST: ("-id",),
    ShopOrdering.RATING: ("-average_rating", "-id"),
    ShopOrdering.POPULAR: ("-sold_count", "-id"),
}


class ShopFilter(FilterSet):
    q = CharFilter(method="by_name", max_length=100, help_text="Part of the name.")
    ordering = ChoiceFilter(
        method="by_ordering", choices=ShopOrdering.choices, help_text="Default `newest`."
    )

    class Meta:
        model = Shop
        fields: list[str] = []

    def by_name(self, queryset: ShopQuerySet, name: str, value: str) -> ShopQuerySet:
        return queryset.named_like(value)

    def by_ordering(self, queryset: QuerySet[Shop], name: str, value: str) -> QuerySet[Shop]:
        return queryset.order_by(*ORDERINGS[ShopOrdering(value)])
