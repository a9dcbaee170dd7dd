from django.db.models import QuerySet
from django_filters.filters import ChoiceFilter
from django_filters.rest_framework.filterset import FilterSet

from notifications.models import Notification


class NotificationFilter(FilterSet):
    unread = ChoiceFilter(
        choices=[("true", "true"), ("false", "false")],
        method="by_unread",
        label="`true`: only what has not been read; `false`: only what has.",
    )

    class Meta:
        model = Notification
        fields: list[str] = []

    def by_unread(
        self, queryset: QuerySet[Notification], name: str, value: str
    ) -> QuerySet[Notification]:
        return queryset.filter(read_at__isnull=value == "true")
