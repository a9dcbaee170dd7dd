"""A user's own notifications."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.common.api.requests import AuthenticatedRequest
from notifications.api.filters import NotificationFilter
from notifications.api.serializers import (
    MarkedReadSerializer,
    NotificationPreferencesSerializer,
    NotificationSerializer,
    SetPreferencesInput,
    UnreadCountSerializer,
)
from notifications.constants import DeliveryChannel, Digest, NotificationType
from notifications.models import Notification
from notifications.selectors import preferences_of
from notifications.services.preferences import Choice, set_preferences
from notifications.services.reading import mark_all_read, mark_read


@extend_schema(tags=["notifications"])
@extend_schema_view(list=extend_schema(summary="List notifications, newest first"))
class NotificationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Notification]):
    """What the caller was told; anybody else's answer 404."""

    request: AuthenticatedRequest
    serializer_class = NotificationSerializer
    permission_classes = (IsAuthenticated,)
    filterset_class = NotificationFilter
    lookup_value_converter = "uuid"
    queryset = Notification.objects.none()

    def get_queryset(self) -> QuerySet[Notification]:
        return Notification.objects.of(self.request.user).order_by("-created_at", "-id")

    @extend_schema(
        summary="Count unread notifications", responses=UnreadCountSerializer, filters=False
    )
    @action(detail=False, url_path="unread-count", pagination_class=None)
    def unread_count(self, request: AuthenticatedRequest) -> Response:
        return Response({"count": Notification.objects.of(request.user).unread().count()})

    @extend_schema(
        summary="Mark one as read", request=None, responses=NotificationSerializer, filters=False
    )
    @action(detail=True, methods=["patch"])
    def read(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        return Response(self.get_serializer(mark_read(pk, user=request.user)).data)

    @extend_schema(
        summary="Mark all as read", request=None, responses=MarkedReadSerializer, filters=False
    )
    @action(detail=False, methods=["post"], url_path="read-all", pagination_class=None)
    def read_all(self, request: AuthenticatedRequest) -> Response:
        return Response({"marked": mark_all_read(request.user)})


@extend_schema(tags=["notifications"])
class PreferencesView(APIView):
    """How the caller wants to be told."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        summary="List how each type reaches the caller", responses=NotificationPreferencesSerializer
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        return Response(NotificationPreferencesSerializer(preferences_of(request.user)).data)

    @extend_schema(
        summary="Choose how types reach the caller",
        description="Security messages cannot be switched off.",
        request=SetPreferencesInput,
        responses=NotificationPreferencesSerializer,
    )
    def put(self, request: AuthenticatedRequest) -> Response:
        body = SetPreferencesInput(data=request.data)
        body.is_valid(raise_exception=True)
        digest = body.validated_data.get("digest")
        set_preferences(
            request.user,
            choices=[
                Choice(
                    NotificationType(row["type"]), frozenset(map(DeliveryChannel, row["channels"]))
                )
                for row in body.validated_data.get("preferences", [])
            ],
            digest=Digest(digest) if digest else None,
        )
        return Response(NotificationPreferencesSerializer(preferences_of(request.user)).data)
