"""The shop's parcels, their labels, and where carriers report."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.common.api.lookups import get_by_id_or_number
from marketplace.common.api.webhooks import PostedWebhookView
from marketplace.common.errors import NotFound
from marketplace.common.webhooks import Answer, Message
from orders.constants import ActorKind
from orders.fulfilment.api.serializers import (
    BookShipmentInput,
    BulkLabelsQuery,
    BulkOrdersInput,
    LabelOutcomesSerializer,
    LabelQuery,
    OutcomesSerializer,
    SellerShipmentSerializer,
)
from orders.fulfilment.booking import add_shipment, cancel_shipment
from orders.fulfilment.bulk import confirm_orders
from orders.fulfilment.labels import label_outcomes, labels_of, labels_of_orders
from orders.fulfilment.models import Shipment
from orders.fulfilment.reports import receive
from orders.models import Order
from shops.api.permissions import SellerOrdersMixin
from shops.shipping.constants import Carrier


class _ShipmentAPIView(SellerOrdersMixin, APIView):
    def find_order(self, key: str) -> Order:
        """Return the shop's order. Raises: NotFound."""
        return get_by_id_or_number(Order.objects.sold_by(self.shop), key)

    def answer(self, shipment_id: UUID, status: int = 200) -> Response:
        shipment = Shipment.objects.get(pk=shipment_id)
        return Response(SellerShipmentSerializer(shipment).data, status=status)


@extend_schema(tags=["seller"])
class ShipmentsView(_ShipmentAPIView):
    """Parcels of one of the shop's orders."""

    @extend_schema(
        summary="Make a parcel and book it with its carrier",
        description=(
            "The order must be confirmed; it is packed once everything is in parcels. A carrier is "
            "told by the worker: watch `booking_status`. What is collected on delivery is split "
            "over the parcels and adds up to what is due."
        ),
        request=BookShipmentInput,
        responses={201: SellerShipmentSerializer},
    )
    def post(self, request: Request, key: str) -> Response:
        order_id = self.find_order(key).pk
        body = BookShipmentInput(data=request.data)
        body.is_valid(raise_exception=True)
        shipment = add_shipment(
            order_id,
            body.to_parcel(),
            actor=self.request.user,
            actor_kind=ActorKind.SELLER,
        )
        return self.answer(shipment.pk, status=201)


@extend_schema(tags=["seller"])
class CancelShipmentView(_ShipmentAPIView):
    """A parcel that is not to be fetched after all."""

    @extend_schema(
        summary="Call off a parcel that has not been fetched",
        request=None,
        responses=SellerShipmentSerializer,
    )
    def post(self, request: Request, key: str, shipment_id: UUID) -> Response:
        order = self.find_order(key)
        if not order.shipments.filter(pk=shipment_id).exists():
            raise NotFound
        return self.answer(cancel_shipment(shipment_id).pk)


@extend_schema(tags=["seller"])
class LabelView(_ShipmentAPIView):
    """What is stuck on the parcels."""

    @extend_schema(
        summary="Fetch the labels of an order's parcels",
        description="One PDF with a page for each parcel that is booked; or for the named one.",
        parameters=[LabelQuery],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 409: None},
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        order = self.find_order(key)
        query = LabelQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        content = labels_of(order, query.validated_data.get("shipment_id"))
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{order.number}.pdf"'
        return response


class _BulkView(SellerOrdersMixin, APIView):
    def order_ids(self, request: Request) -> list[UUID]:
        body = BulkOrdersInput(data=request.data)
        body.is_valid(raise_exception=True)
        ids: list[UUID] = body.validated_data["order_ids"]
        return ids


@extend_schema(tags=["seller"])
class BulkConfirmView(_BulkView):
    """Many orders confirmed by one call."""

    @extend_schema(
        summary="Confirm up to 100 orders",
        description="Each on its own: those that cannot be confirmed say why, such as "
        "`invalid_transition` or `not_found`, and leave the others alone.",
        request=BulkOrdersInput,
        responses=OutcomesSerializer,
    )
    def post(self, request: Request) -> Response:
        results = confirm_orders(self.shop, self.order_ids(request), actor=self.request.user)
        return Response(OutcomesSerializer({"results": results}).data)


@extend_schema(tags=["seller"])
class BulkLabelsView(_BulkView):
    """The labels of many orders."""

    @extend_schema(
        summary="Tell which of up to 100 orders have labels, and where they are",
        request=BulkOrdersInput,
        responses=LabelOutcomesSerializer,
    )
    def post(self, request: Request) -> Response:
        results = label_outcomes(self.shop, self.order_ids(request))
        ready = ",".join(str(each.order_id) for each in results if each.is_ok)
        url = f"{request.path}?order_ids={ready}" if ready else None
        return Response(LabelOutcomesSerializer({"results": results, "labels_url": url}).data)

    @extend_schema(
        operation_id="seller_orders_bulk_labels_pdf",
        summary="Fetch the labels of up to 100 orders as one PDF",
        description="In the order asked for; orders without labels are left out. A carrier that "
        "does not send its own in time is stood in for by one with its number.",
        parameters=[BulkLabelsQuery],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 409: None},
    )
    def get(self, request: Request) -> HttpResponse:
        query = BulkLabelsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        content = labels_of_orders(self.shop, query.validated_data["order_ids"])
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = 'inline; filename="labels.pdf"'
        return response


class CarrierWebhookView(PostedWebhookView):
    """A carrier's report: where it comes from is checked before anything else is read."""

    carrier = Carrier.GHTK

    def take(self, message: Message) -> Answer:
        return receive(self.carrier, message)
