"""Endpoints and their logs: a seller's own, and those of the platform, which staff keep."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api.staff import StaffViewMixin
from marketplace.common.api.requests import AuthenticatedRequest
from notifications.webhooks.api.filters import WebhookDeliveryFilter
from notifications.webhooks.api.serializers import (
    ChangeWebhookInput,
    NewWebhookSerializer,
    WebhookDeliverySerializer,
    WebhookInput,
    WebhookSerializer,
)
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.services.endpoints import (
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    replay_delivery,
    rotate_secret,
)
from shops.api.permissions import SellerViewMixin
from shops.models import Shop


class _WebhookViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[WebhookEndpoint]
):
    request: AuthenticatedRequest
    serializer_class = WebhookSerializer
    lookup_value_converter = "uuid"
    filter_backends = ()
    queryset = WebhookEndpoint.objects.none()

    def owner(self) -> Shop | None:
        """Return whose endpoints these are; None for the platform's."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[WebhookEndpoint]:
        return WebhookEndpoint.objects.of(self.owner()).order_by("-id")

    @extend_schema(
        summary="Register an endpoint",
        description="The secret, which messages are signed with, is shown in this answer alone. "
        "409 `too_many_webhooks`.",
        request=WebhookInput,
        responses={201: NewWebhookSerializer},
    )
    def create(self, request: AuthenticatedRequest) -> Response:
        body = WebhookInput(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint, secret = create_endpoint(self.owner(), **body.validated_data)
        return _with_secret(endpoint, secret, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change an endpoint",
        description="What is left out stays as it is. `is_active: true` begins again with an "
        "endpoint that the site has switched off.",
        request=ChangeWebhookInput,
    )
    def partial_update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        endpoint_id = self.get_object().pk
        body = ChangeWebhookInput(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint = change_endpoint(endpoint_id, **body.validated_data)
        return Response(self.get_serializer(endpoint).data)

    @extend_schema(summary="Delete an endpoint and its log", responses={204: None})
    def destroy(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        delete_endpoint(self.get_object().pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Replace the secret",
        description="The new one is shown in this answer alone. For a day, messages are signed "
        "with both.",
        request=None,
        responses=NewWebhookSerializer,
    )
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        endpoint, secret = rotate_secret(self.get_object().pk)
        return _with_secret(endpoint, secret, status.HTTP_200_OK)


class _WebhookDeliveryViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[WebhookDelivery]):
    request: AuthenticatedRequest
    serializer_class = WebhookDeliverySerializer
    filterset_class = WebhookDeliveryFilter
    lookup_value_converter = "uuid"
    queryset = WebhookDelivery.objects.none()

    def owner(self) -> Shop | None:
        """Return whose endpoints these are; None for the platform's."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        rows = WebhookDelivery.objects.of(self.owner()).order_by("-id")
        if "endpoint_id" not in self.kwargs:
            return rows
        endpoints = WebhookEndpoint.objects.of(self.owner())
        return rows.filter(endpoint=get_object_or_404(endpoints, pk=self.kwargs["endpoint_id"]))

    @extend_schema(
        summary="Send a message again",
        description="With the id and the body that it had. 409 `invalid_transition` while it "
        "waits to be sent, or when its endpoint is switched off.",
        request=None,
        responses={202: WebhookDeliverySerializer},
        filters=False,
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        delivery = replay_delivery(self.get_object().pk)
        return Response(self.get_serializer(delivery).data, status=status.HTTP_202_ACCEPTED)


@extend_schema(tags=["seller: webhooks"])
@extend_schema_view(
    list=extend_schema(summary="The shop's endpoints, the newest first"),
    retrieve=extend_schema(summary="One endpoint of the shop"),
)
class SellerWebhookViewSet(SellerViewMixin, _WebhookViewSet):
    """Endpoints that hear of the caller's shop."""

    def owner(self) -> Shop:
        return self.shop


@extend_schema(tags=["seller: webhooks"])
@extend_schema_view(list=extend_schema(summary="What went to an endpoint, the newest first"))
class SellerWebhookDeliveryViewSet(SellerViewMixin, _WebhookDeliveryViewSet):
    """The log of the shop's endpoints, kept for a month."""

    def owner(self) -> Shop:
        return self.shop


@extend_schema(tags=["staff"])
@extend_schema_view(
    list=extend_schema(summary="The platform's endpoints, the newest first"),
    retrieve=extend_schema(summary="One endpoint of the platform"),
)
class StaffWebhookViewSet(StaffViewMixin, _WebhookViewSet):
    """Endpoints that hear of every shop. Asks for the right to keep endpoints."""

    rights = {
        "GET": "webhooks.view_webhookendpoint",
        "POST": "webhooks.add_webhookendpoint",
        "PATCH": "webhooks.change_webhookendpoint",
        "DELETE": "webhooks.delete_webhookendpoint",
    }

    def owner(self) -> None:
        return None


@extend_schema(tags=["staff"])
@extend_schema_view(
    list=extend_schema(summary="What went to an endpoint of the platform, the newest first")
)
class StaffWebhookDeliveryViewSet(StaffViewMixin, _WebhookDeliveryViewSet):
    """The log of the platform's endpoints, kept for a month."""

    rights = {
        "GET": "webhooks.view_webhookdelivery",
        "POST": "webhooks.change_webhookdelivery",
    }

    def owner(self) -> None:
        return None


def _with_secret(endpoint: WebhookEndpoint, secret: str, code: int) -> Response:
    data = {**WebhookSerializer(endpoint).data, "secret": secret}
    return Response(data, status=code)
