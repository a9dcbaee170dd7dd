from typing import Any

from rest_framework import serializers

from marketplace.common.api.fields import SparseFieldsMixin
from notifications.constants import Audience, DeliveryChannel, Digest, NotificationType
from notifications.models import Notification
from notifications.selectors import Preferences, TypePreference


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


class TypePreferenceSerializer(serializers.Serializer[TypePreference]):
    """One type, as the user wants it. It always stands in the list of the app, too."""

    type = serializers.ChoiceField(choices=NotificationType.choices)
    title = serializers.CharField(
        help_text="What such a message is called, in the user's language."
    )
    audience = serializers.ChoiceField(choices=Audience.choices)
    channels = serializers.ListField(
        child=serializers.ChoiceField(choices=DeliveryChannel.choices),
        help_text="The ways by which it reaches the user.",
    )
    allowed_channels = serializers.ListField(
        child=serializers.ChoiceField(choices=DeliveryChannel.choices),
        help_text="The ways that there are.",
    )
    is_locked = serializers.BooleanField(
        help_text="Security messages always come, by the contact that is sure to be the user's."
    )


class NotificationPreferencesSerializer(serializers.Serializer[Preferences]):
    digest = serializers.ChoiceField(
        choices=Digest.choices, help_text="`daily`: one mail a day instead of one per message."
    )
    preferences = TypePreferenceSerializer(many=True)


class TypePreferenceInput(serializers.Serializer[None]):
    type = serializers.ChoiceField(choices=NotificationType.choices)
    channels = serializers.ListField(
        child=serializers.ChoiceField(choices=DeliveryChannel.choices),
        max_length=10,
        help_text="Those that are left out are switched off.",
    )


class SetPreferencesInput(serializers.Serializer[None]):
    """What is not named stays as it is."""

    digest = serializers.ChoiceField(choices=Digest.choices, required=False)
    preferences = serializers.ListField(child=TypePreferenceInput(), required=False, max_length=100)

    def validate_preferences(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        types = [row["type"] for row in rows]
        if len(set(types)) < len(types):
            raise serializers.ValidationError("Name each type once.")
        return rows
