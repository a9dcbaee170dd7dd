"""How the caller's shop keeps its word."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.common.api.requests import AuthenticatedRequest
from marketplace.common.errors import NotFound
from orders.models import Order
from orders.standing.api.serializers import CountedOrderSerializer, StandingSerializer
from orders.standing.constants import Measure
from orders.standing.selectors import orders_behind, standing_of
from shops.api.permissions import EVERYBODY, ORDERS, HasShop, SellerViewMixin


@extend_schema(tags=["seller: shop"])
class StandingView(SellerViewMixin):
    """What the shop owes its buyers, and how it did in 30 days."""

    permission_classes = (IsAuthenticated, HasShop)
    read_roles = EVERYBODY

    @extend_schema(
        summary="My shop's standing",
        description="Late, cancel and return rates over 30 days, and the steps that are due now. "
        "An order that stays late is cancelled, with the buyer's money sent back.",
        responses=StandingSerializer,
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        return Response(StandingSerializer(standing_of(self.shop)).data)


@extend_schema(tags=["seller: shop"])
class StandingOrdersView(SellerViewMixin, ListAPIView[Order]):
    """The orders behind one of the numbers."""

    permission_classes = (IsAuthenticated, HasShop)
    read_roles = ORDERS
    serializer_class = CountedOrderSerializer
    queryset = Order.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Order]:
        if getattr(self, "swagger_fake_view", False):
            return Order.objects.none()
        if self.kwargs["measure"] not in Measure:
            raise NotFound
        return orders_behind(self.shop, Measure(self.kwargs["measure"])).order_by("-created_at")

    @extend_schema(summary="The orders behind a measure of my standing, the newest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
