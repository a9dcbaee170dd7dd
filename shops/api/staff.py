"""Shops as staff see them, and what they decide about them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import MaskedMixin, ReasonField, StaffViewMixin, StatusView, Steps
from marketplace.common.api.requests import query_of
from shops.api.serializers import OwnShopSerializer
from shops.constants import STAFF_STEPS, ShopStatus
from shops.models import Shop
from shops.services.states import approve_shop, reject_shop, reopen_shop, suspend_shop


class StaffShopSerializer(MaskedMixin, OwnShopSerializer):
    """A shop with its owner; of its bank account only the last digits."""

    owner_id = serializers.UUIDField(read_only=True)
    owner_name = serializers.CharField(source="owner.full_name", read_only=True)

    class Meta(OwnShopSerializer.Meta):
        fields = [*OwnShopSerializer.Meta.fields, "owner_id", "owner_name"]
        read_only_fields = fields


class ShopListInput(serializers.Serializer[Any]):
    """The query of the staff's list of shops."""

    status = serializers.ChoiceField(choices=ShopStatus.choices, required=False)


class ChangeShopStatusInput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=STAFF_STEPS)
    reason = ReasonField()


@extend_schema(tags=["staff"])
class StaffShopListView(StaffViewMixin, ListAPIView[Shop]):
    """Shops in whatever state, the newest first."""

    serializer_class = StaffShopSerializer
    queryset = Shop.objects.none()
    filter_backends = ()
    rights = {"GET": "shops.view_shop"}

    def get_queryset(self) -> QuerySet[Shop]:
        shops = Shop.objects.filter(**query_of(self.request, ShopListInput))
        return shops.select_related("owner").order_by("-id")

    @extend_schema(
        operation_id="admin_shops_list",
        summary="Shops in whatever state",
        description="The newest first. Asks for the right to see shops.",
        parameters=[ShopListInput],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@extend_schema(tags=["staff"])
@extend_schema_view(
    patch=extend_schema(
        operation_id="admin_shops_status",
        summary="Approve, reject, suspend or reopen a shop",
        description="`approved` opens a shop that waits, and lifts a suspension. 409 "
        "`invalid_transition` for a step that its state does not have; 403 `conflict_of_interest` "
        "for a shop that the caller works for.",
        request=ChangeShopStatusInput,
    )
)
class ShopStatusView(StatusView[Shop]):
    """Opening, rejecting and suspending a shop."""

    serializer_class = StaffShopSerializer
    body_class = ChangeShopStatusInput
    queryset = Shop.objects.none()
    rights = {"PATCH": "shops.moderate_shop"}
    steps = Steps(approve=approve_shop, lift=reopen_shop, reject=reject_shop, suspend=suspend_shop)
