"""What the caller waits for; anybody else's answer 404."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.alerts.models import Alert
from catalog.alerts.services import create_alert, delete_alert
from catalog.api.alerts.serializers import AlertListInput, AlertSerializer, CreateAlertInput
from catalog.api.saved import RELATED
from catalog.models import Product
from marketplace.common.api.lookups import get_by_id_or_slug
from marketplace.common.api.requests import AuthenticatedRequest, query_of


class ProductAlertsView(GenericAPIView[Alert]):
    """Waiting for one product."""

    request: AuthenticatedRequest
    queryset = Alert.objects.none()  # for the schema alone
    serializer_class = AlertSerializer
    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="products_alerts_create",
        request=CreateAlertInput,
        responses={200: AlertSerializer, 201: AlertSerializer},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Ask to be told once when a product is back in stock, or cheaper.

        The same again while it waits is the same alert (200), with the new target. 409
        `already_in_stock` for what can be bought now; 409 `too_many_alerts` beyond 200 that wait.
        """
        product = get_by_id_or_slug(Product.objects.public().only("id"), ref)
        body = CreateAlertInput(data=request.data)
        body.is_valid(raise_exception=True)
        alert, is_new = create_alert(product.pk, user=self.request.user, **body.validated_data)
        row = Alert.objects.select_related(*RELATED).get(pk=alert.pk)
        return Response(self.get_serializer(row).data, status=201 if is_new else 200)


class AlertListView(ListAPIView[Alert]):
    """The caller's alerts, newest first; those that were told stay for 90 days."""

    request: AuthenticatedRequest
    queryset = Alert.objects.none()  # for the schema alone
    serializer_class = AlertSerializer
    permission_classes = (IsAuthenticated,)
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Alert]:
        filters = query_of(self.request, AlertListInput)
        found = Alert.objects.of(self.request.user).select_related(*RELATED)
        if "kind" in filters:
            found = found.filter(kind=filters["kind"])
        if "waiting" in filters:
            found = found.filter(told_at__isnull=filters["waiting"])
        return found.order_by("-id")

    @extend_schema(operation_id="alerts_list", parameters=[AlertListInput])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class AlertView(GenericAPIView[Alert]):
    """One alert of the caller's."""

    request: AuthenticatedRequest
    queryset = Alert.objects.none()  # for the schema alone
    serializer_class = AlertSerializer
    permission_classes = (IsAuthenticated,)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Wait no longer, or forget what was told."""
        delete_alert(pk, user=self.request.user)
        return Response(status=204)
