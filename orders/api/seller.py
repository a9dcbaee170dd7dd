"""Orders of the caller's shop: reading them, and taking each step of fulfilment."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from marketplace.common.api.lookups import get_by_id_or_number
from marketplace.common.api.requests import AuthenticatedRequest
from orders.api.filters import OrderFilter
from orders.api.querysets import for_detail, for_list
from orders.api.serializers import (
    ChangeOrderStatusInput,
    SellerOrderDetailSerializer,
    SellerOrderSerializer,
)
from orders.constants import ActorKind
from orders.fulfilment.services import change_status
from orders.models import Order
from shops.api.permissions import SellerOrdersMixin


class SellerOrderViewSet(SellerOrdersMixin, viewsets.GenericViewSet[Order], mixins.ListModelMixin):
    """Orders of the caller's shop; a suspended shop still serves what was ordered before."""

    serializer_class = SellerOrderSerializer
    filterset_class = OrderFilter
    lookup_url_kwarg = "key"
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        return for_list(Order.objects.sold_by(self.shop)).order_by("-created_at")

    @extend_schema(responses=SellerOrderDetailSerializer)
    def retrieve(self, request: AuthenticatedRequest, key: str) -> Response:
        """Return an order of the shop by its id or number."""
        return self._detail(self._find(key))

    @extend_schema(request=ChangeOrderStatusInput, responses=SellerOrderDetailSerializer)
    @action(detail=True, methods=["patch"], url_path="status")
    def change_status(self, request: AuthenticatedRequest, key: str) -> Response:
        """Confirm, pack, ship (carrier and tracking number), deliver or cancel an order."""
        order_id: UUID = self._find(key).pk
        body = ChangeOrderStatusInput(data=request.data)
        body.is_valid(raise_exception=True)
        change_status(order_id, actor=request.user, actor_kind=ActorKind.SELLER, **body.to_change())
        return self._detail(self._find(str(order_id)))

    def _find(self, key: str) -> Order:
        return get_by_id_or_number(for_detail(Order.objects.sold_by(self.shop)), key)

    def _detail(self, order: Order) -> Response:
        context = self.get_serializer_context()
        return Response(SellerOrderDetailSerializer(order, context=context).data)
