"""Refunds as staff see them, and what they do about those that failed."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import StaffViewMixin
from marketplace.common.api.fields import TextField
from marketplace.common.api.requests import parsed, query_of
from orders.payments.api.serializers import RefundSerializer
from orders.payments.constants import RefundStatus
from orders.payments.models import Refund
from orders.payments.services.unsent_refunds import close_refund


class StaffRefundSerializer(RefundSerializer):
    """A refund with its order; `last_error` is what its provider, or who closed it, said."""

    order_id = serializers.UUIDField(read_only=True)
    order_number = serializers.CharField(source="order.number", read_only=True)
    replaced_by_id = serializers.UUIDField(read_only=True, allow_null=True)

    class Meta(RefundSerializer.Meta):
        fields = (
            *RefundSerializer.Meta.fields,
            *("order_id", "order_number", "last_error", "replaced_by_id"),
        )
        read_only_fields = fields


class RefundListInput(serializers.Serializer[Any]):
    """The query of the staff's list of refunds."""

    status = serializers.ChoiceField(choices=RefundStatus.choices, required=False)


class CloseRefundInput(serializers.Serializer[Any]):
    reason = TextField(max_length=500, help_text="How the buyer got the money.")
    replaced_by = serializers.UUIDField(
        required=False,
        help_text="The refund of an amount that was sent instead of this one, which was for an "
        "amount too. It stands for failed ones up to its own amount.",
    )


@extend_schema(tags=["staff"])
class StaffRefundListView(StaffViewMixin, ListAPIView[Refund]):
    """Refunds in whatever state, the newest first."""

    serializer_class = StaffRefundSerializer
    queryset = Refund.objects.none()
    filter_backends = ()
    rights = {"GET": "payments.view_refund"}

    def get_queryset(self) -> QuerySet[Refund]:
        refunds = Refund.objects.filter(**query_of(self.request, RefundListInput))
        return refunds.select_related("order").prefetch_related("lines").order_by("-id")

    @extend_schema(
        operation_id="admin_refunds_list",
        summary="Refunds in whatever state",
        description="The newest first. Asks for the right to see refunds.",
        parameters=[RefundListInput],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@extend_schema(tags=["staff"])
class CloseRefundView(StaffViewMixin, GenericAPIView[Refund]):
    """Closing a refund that failed."""

    serializer_class = StaffRefundSerializer
    queryset = Refund.objects.none()
    rights = {"POST": "payments.change_refund"}

    @extend_schema(
        operation_id="admin_refunds_close",
        summary="Close a failed refund that the buyer has got otherwise",
        description="It becomes `rejected`, and a return that waited for it is closed. 409 "
        "`refund_still_owed` while the buyer has not got all of it, 400 for a `replaced_by` that "
        "cannot stand for it, `invalid_transition` for one that did not fail.",
        request=CloseRefundInput,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        body = parsed(CloseRefundInput(data=request.data))
        refund = close_refund(pk, actor=self.request.user, **body)
        self.write_down(refund, f"Closed. {body['reason']}")
        return Response(self.get_serializer(refund).data)
