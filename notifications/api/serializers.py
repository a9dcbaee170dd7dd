from rest_framework import serializers

from marketplace.common.api.fields import SparseFieldsMixin
from notifications.constants import NotificationType
from notifications.models import Notification


class NotificationSerializer(SparseFieldsMixin, serializers.ModelSerializer[Notification]):
    """A message; `data` holds the ids that its link needs."""

    type = serializers.ChoiceField(choices=NotificationType.choices)
    # The class attribute is gone once the class is made: `serializer.data` stays what it was.
    data = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]

    class Meta:
        model = Notification
        fields = ("id", "type", "title", "body", "data", "read_at", "created_at")
        read_only_fields = fields


class UnreadCountSerializer(serializers.Serializer[dict[str, int]]):
    count = serializers.IntegerField()


class MarkedReadSerializer(serializers.Serializer[dict[str, int]]):
    """How many notifications were not read before."""

    marked = serializers.IntegerField()
