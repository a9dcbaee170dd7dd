"""Shapes of the health answers; for the API documentation."""

from rest_framework import serializers

STATES = [("up", "up"), ("down", "down")]


class HealthSerializer(serializers.Serializer[None]):
    """`status` is `ok` when everything is up and `unavailable` (503) otherwise."""

    status = serializers.ChoiceField(choices=[("ok", "ok"), ("unavailable", "unavailable")])
    version = serializers.CharField()
    database = serializers.ChoiceField(choices=STATES)
    redis = serializers.ChoiceField(choices=STATES)
    timestamp = serializers.DateTimeField()


class LiveSerializer(serializers.Serializer[None]):
    """The process runs and answers."""

    status = serializers.ChoiceField(choices=[("ok", "ok")])
    version = serializers.CharField()
    timestamp = serializers.DateTimeField()


class ApiRootSerializer(serializers.Serializer[None]):
    """Where to begin."""

    version = serializers.CharField()
    documentation = serializers.URLField()
    schema = serializers.URLField()
    resources = serializers.DictField(child=serializers.URLField())
