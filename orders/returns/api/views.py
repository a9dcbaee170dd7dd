"""Returns of buyers: asking for them, reading, cancelling and disputing them."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from marketplace.common.api.lookups import get_by_id_or_number
from marketplace.common.api.parsers import StrictJSONParser
from marketplace.common.api.requests import AuthenticatedRequest
from orders.models import Order
from orders.returns.api.filters import ReturnFilter
from orders.returns.api.querysets import for_api
from orders.returns.api.serializers import (
    CreateReturnInput,
    CreateReturnWithPhotosInput,
    DisputeInput,
    ReturnPhotosInput,
    ReturnSerializer,
)
from orders.returns.models import Return
from orders.returns.services.disputes import open_dispute
from orders.returns.services.requesting import cancel_return, request_return, require_returnable


@extend_schema(tags=["returns"])
@extend_schema_view(list=extend_schema(summary="Returns of an order, the newest first"))
class OrderReturnViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Return]):
    """Returns of one of the caller's orders; anyone else's answer 404."""

    request: AuthenticatedRequest
    serializer_class = ReturnSerializer
    permission_classes = (IsAuthenticated,)
    filter_backends = ()
    queryset = Return.objects.none()

    def get_queryset(self) -> QuerySet[Return]:
        return for_api(Return.objects.filter(order=self._order())).order_by("-created_at")

    def get_parsers(self) -> list[Any]:
        return [MultiPartParser(), StrictJSONParser()]

    @extend_schema(
        request={
            "application/json": CreateReturnInput,
            "multipart/form-data": CreateReturnWithPhotosInput,
        },
        responses={201: ReturnSerializer},
    )
    def create(self, request: AuthenticatedRequest, key: str) -> Response:
        """Ask to send goods back, by item and quantity; with photos as multipart.

        409 `not_returnable`, `return_window_closed`, `units_not_returnable`, `too_many_returns`.
        """
        order = self._order()
        body = CreateReturnInput(data=_plain(request.data))
        body.is_valid(raise_exception=True)
        # Before photos are decoded, which takes a while.
        require_returnable(order)
        photos = ReturnPhotosInput(data=request.data)
        photos.is_valid(raise_exception=True)
        row = request_return(
            order.pk,
            buyer=request.user,
            photos=photos.validated_data["images"],
            **body.to_request(),
        )
        made = for_api(Return.objects.filter(pk=row.pk)).get()
        return Response(self.get_serializer(made).data, status=201)

    def _order(self) -> Order:
        return get_by_id_or_number(Order.objects.placed_by(self.request.user), self.kwargs["key"])


@extend_schema_view(
    list=extend_schema(summary="My returns, the newest first"),
    retrieve=extend_schema(summary="One of my returns"),
)
class ReturnViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Return]
):
    """The caller's own returns; anyone else's answer 404."""

    request: AuthenticatedRequest
    serializer_class = ReturnSerializer
    permission_classes = (IsAuthenticated,)
    filterset_class = ReturnFilter
    lookup_value_converter = "uuid"
    queryset = Return.objects.none()

    def get_queryset(self) -> QuerySet[Return]:
        return for_api(Return.objects.requested_by(self.request.user)).order_by("-created_at")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Keep the goods after all, as long as the shop does not have them."""
        cancel_return(self.get_object().pk, actor=request.user)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=DisputeInput)
    @action(detail=True, methods=["post"])
    def dispute(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Ask staff to decide: what was rejected, not confirmed, or received otherwise than sent.

        Once, and within seven days (409 `already_disputed`, `dispute_window_closed`).
        """
        return_id = self.get_object().pk
        body = DisputeInput(data=request.data)
        body.is_valid(raise_exception=True)
        open_dispute(return_id, actor=request.user, **body.validated_data)
        return Response(self.get_serializer(self.get_object()).data)


def _plain(data: Any) -> Any:
    """Return a multipart body as the JSON one it stands for."""
    if not isinstance(data, QueryDict):
        return data
    fields: dict[str, Any] = {name: data[name] for name in data if name != "images"}
    if isinstance(text := fields.get("items"), str):
        with suppress(orjson.JSONDecodeError):  # the serializer says what it should be
            fields["items"] = orjson.loads(text)
    return fields
