"""Documents as JSON."""

from rest_framework import serializers

from orders.documents.constants import DocumentStatus


class PreparingSerializer(serializers.Serializer[dict[str, str | None]]):
    """A document whose file is being made; `number` is null while it is being issued."""

    number = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=DocumentStatus.choices)
