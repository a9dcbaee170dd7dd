"""What comes back to the caller's shop, and money that it sends back by itself."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.response import Response

from marketplace.common.api.lookups import get_by_id_or_number
from marketplace.common.api.requests import AuthenticatedRequest
from marketplace.common.idempotency.api import IDEMPOTENCY_KEY, respond_once
from orders.constants import ActorKind
from orders.models import Order
from orders.payments.api.serializers import RefundSerializer
from orders.payments.models import Refund
from orders.returns.api.filters import ReturnFilter
from orders.returns.api.querysets import for_api, refunds_for_api
from orders.returns.api.serializers import (
    ChangeReturnInput,
    CreateRefundInput,
    SellerReturnSerializer,
)
from orders.returns.constants import ReturnStatus
from orders.returns.models import Return
from orders.returns.services.answering import approve_return, reject_return
from orders.returns.services.receiving import receive_return
from orders.returns.services.refunds import refund_order
from shops.api.permissions import FINANCE, ORDERS, SellerOrdersMixin


@extend_schema(tags=["seller: returns"])
@extend_schema_view(
    list=extend_schema(summary="Returns to the shop, the newest first"),
    retrieve=extend_schema(summary="One return to the shop"),
)
class SellerReturnViewSet(
    SellerOrdersMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Return],
):
    """Returns to the caller's shop; a suspended shop still answers for what it sold."""

    serializer_class = SellerReturnSerializer
    filterset_class = ReturnFilter
    lookup_value_converter = "uuid"
    queryset = Return.objects.none()

    def get_queryset(self) -> QuerySet[Return]:
        return for_api(Return.objects.of_shop(self.shop)).order_by("-created_at")

    @extend_schema(request=ChangeReturnInput)
    def partial_update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Approve, reject (with a reason), or receive: then the money of what came is sent."""
        return_id = self.get_object().pk
        body = ChangeReturnInput(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        said: dict[str, Any] = {
            "actor": request.user,
            "actor_kind": ActorKind.SELLER,
            "reason": data["reason"],
        }
        match data["status"]:
            case ReturnStatus.APPROVED:
                approve_return(return_id, **said)
            case ReturnStatus.REJECTED:
                reject_return(return_id, **said)
            case _:
                receive_return(
                    return_id,
                    received=body.received(),
                    with_shipping=data["refund_shipping"],
                    **said,
                )
        return Response(self.get_serializer(self.get_object()).data)


@extend_schema(tags=["seller: returns"])
@extend_schema_view(list=extend_schema(summary="Refunds of an order, the newest first"))
class SellerRefundViewSet(
    SellerOrdersMixin, mixins.ListModelMixin, viewsets.GenericViewSet[Refund]
):
    """Refunds of one of the shop's orders; who keeps its books sends money without goods."""

    read_roles = ORDERS | FINANCE
    write_roles = FINANCE
    serializer_class = RefundSerializer
    filter_backends = ()
    queryset = Refund.objects.none()

    def get_queryset(self) -> QuerySet[Refund]:
        return refunds_for_api(Refund.objects.filter(order=self._order())).order_by("-created_at")

    @extend_schema(
        request=CreateRefundInput,
        responses={201: RefundSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: AuthenticatedRequest, key: str) -> HttpResponse:
        """Send money back without goods: units by item, or an amount.

        409 `refund_exceeds_payment`, `refund_not_possible`, `units_being_returned`. Large amounts
        wait for staff (`awaiting_approval`).
        """
        order_id = self._order().pk
        body = CreateRefundInput(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.to_request()
        return respond_once(
            request,
            route=f"seller/orders/{order_id}/refunds",
            work=lambda: refund_order(order_id, actor=request.user, **wanted).pk,
            render=self._render,
        )

    def _order(self) -> Order:
        return get_by_id_or_number(Order.objects.sold_by(self.shop), self.kwargs["key"])

    @staticmethod
    def _render(refund_id: UUID) -> Any:
        return RefundSerializer(refunds_for_api(Refund.objects.all()).get(pk=refund_id)).data
