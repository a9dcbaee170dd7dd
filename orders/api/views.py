"""Orders of buyers: quoting, placing, reading, cancelling, confirming."""

from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from marketplace.common.api.lookups import get_by_id_or_number
from marketplace.common.api.requests import AuthenticatedRequest
from marketplace.common.idempotency.api import IDEMPOTENCY_KEY, respond_once
from orders.api.checkout_serializers import (
    CheckoutSerializer,
    PayCheckoutInput,
    PaymentSerializer,
    PlacedOrderSerializer,
    PlaceOrderInput,
    QuoteSerializer,
)
from orders.api.filters import OrderFilter
from orders.api.querysets import as_whole, for_detail, for_list, whole_checkout
from orders.api.serializers import CancelOrderInput, OrderDetailSerializer, OrderSerializer
from orders.checkout.pay import pay_checkout
from orders.checkout.place import admit_order, place_order, quote_order, with_live_fees
from orders.constants import ActorKind
from orders.models import Checkout, Order
from orders.payments.models import Payment
from orders.payments.services.start import start_payment
from orders.services.cancel import cancel_order
from orders.services.progress import confirm_receipt


@cache
def _placed_order() -> PlacedOrderSerializer:
    """One for all answers: to copy its hundred fields takes longer than to render them."""
    return PlacedOrderSerializer()


class OrderViewSet(viewsets.GenericViewSet[Order], mixins.ListModelMixin):
    """The caller's own orders; anyone else's answer 404."""

    request: AuthenticatedRequest
    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)
    filterset_class = OrderFilter
    lookup_url_kwarg = "key"
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        return for_list(Order.objects.placed_by(self.request.user)).order_by("-created_at")

    @extend_schema(
        request=PlaceOrderInput,
        responses={201: PlacedOrderSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: AuthenticatedRequest) -> HttpResponse:
        """Order the named items, or the whole cart: one order per shop."""
        order_request = PlaceOrderInput.read(request.data)
        admit_order(order_request, buyer=request.user)
        order_request = with_live_fees(order_request, buyer=request.user)
        placed: list[Checkout] = []

        def work() -> UUID:
            placed.append(as_whole(place_order(order_request, buyer=request.user)))
            return placed[0].pk

        return respond_once(
            request,
            route="orders",
            work=work,
            # Where a crash came between the two, what an earlier request has placed is read.
            render=lambda pk: self._render_placed(placed[0] if placed else whole_checkout(pk)),
        )

    @extend_schema(request=PlaceOrderInput, responses=QuoteSerializer)
    @action(detail=False, methods=["post"])
    def quote(self, request: AuthenticatedRequest) -> Response:
        """Tell what an order would cost, per shop and in all; writes nothing."""
        quote = quote_order(PlaceOrderInput.read(request.data), buyer=request.user)
        return Response(QuoteSerializer(quote).data)

    @extend_schema(responses=OrderDetailSerializer)
    def retrieve(self, request: AuthenticatedRequest, key: str) -> Response:
        """Return an order by its id or number."""
        return self._detail(self._find(key))

    @extend_schema(
        request=CancelOrderInput,
        responses=OrderDetailSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: AuthenticatedRequest, key: str) -> HttpResponse:
        """Cancel an order that the shop has not confirmed yet; one that is paid is refunded."""
        order_id = self._find(key).pk
        body = CancelOrderInput(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return respond_once(
            request,
            route=f"orders/{order_id}/cancel",
            work=lambda: (
                cancel_order(
                    order_id, actor=request.user, actor_kind=ActorKind.BUYER, reason=reason
                ).pk
            ),
            render=lambda pk: self._detail(self._find(str(pk))).data,
            status=200,
        )

    @extend_schema(request=None, responses=OrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: AuthenticatedRequest, key: str) -> Response:
        """Confirm that a delivered order has arrived: it is completed."""
        order_id = self._find(key).pk
        confirm_receipt(order_id, actor=request.user)
        return self._detail(self._find(str(order_id)))

    def _find(self, key: str) -> Order:
        return get_by_id_or_number(for_detail(Order.objects.placed_by(self.request.user)), key)

    def _detail(self, order: Order) -> Response:
        serializer = OrderDetailSerializer(order, context=self.get_serializer_context())
        return Response(serializer.data)

    @staticmethod
    def _render_placed(checkout: Checkout) -> Any:
        # The first one: a repeated request may be answered after another try to pay.
        payment = start_payment(checkout.payments.all()[0])
        placed = {"checkout": checkout, "orders": checkout.orders.all(), "payment": payment}
        return _placed_order().to_representation(placed)


class CheckoutViewSet(viewsets.GenericViewSet[Checkout], mixins.RetrieveModelMixin):
    """The caller's own checkouts; anyone else's answer 404."""

    request: AuthenticatedRequest
    serializer_class = CheckoutSerializer
    permission_classes = (IsAuthenticated,)
    lookup_value_converter = "uuid"
    queryset = Checkout.objects.none()

    def get_queryset(self) -> QuerySet[Checkout]:
        return Checkout.objects.placed_by(self.request.user).prefetch_related("orders")

    @extend_schema(
        request=PayCheckoutInput, responses={201: PaymentSerializer}, parameters=[IDEMPOTENCY_KEY]
    )
    @action(detail=True, methods=["post"])
    def pay(self, request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
        """Try once more to pay a checkout online, while its goods are held."""
        checkout_id = self.get_object().pk
        body = PayCheckoutInput(data=request.data)
        body.is_valid(raise_exception=True)
        method = body.validated_data["payment_method"]
        return respond_once(
            request,
            route=f"checkouts/{checkout_id}/pay",
            work=lambda: pay_checkout(checkout_id, method=method).pk,
            render=self._render_payment,
        )

    @staticmethod
    def _render_payment(payment_id: UUID) -> Any:
        return PaymentSerializer(start_payment(Payment.objects.get(pk=payment_id))).data


class PaymentViewSet(viewsets.GenericViewSet[Payment], mixins.RetrieveModelMixin):
    """The caller's own payments; anyone else's answer 404."""

    request: AuthenticatedRequest
    serializer_class = PaymentSerializer
    permission_classes = (IsAuthenticated,)
    lookup_value_converter = "uuid"
    queryset = Payment.objects.none()

    def get_queryset(self) -> QuerySet[Payment]:
        return Payment.objects.filter(checkout__buyer=self.request.user)
