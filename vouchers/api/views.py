"""A shop's own vouchers; another shop's answer 404."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.response import Response

from catalog.models import Category, Product
from marketplace.common.api.requests import AuthenticatedRequest
from shops.api.permissions import SellerCatalogueMixin
from vouchers.api.serializers import (
    CreateVoucherInput,
    SellerVoucherSerializer,
    UpdateVoucherInput,
)
from vouchers.models import Voucher
from vouchers.services.vouchers import archive_voucher, create_shop_voucher, update_voucher


@extend_schema(tags=["seller: vouchers"])
@extend_schema_view(
    list=extend_schema(summary="My vouchers", description="Newest first."),
    retrieve=extend_schema(summary="One of my vouchers"),
)
class SellerVoucherViewSet(
    SellerCatalogueMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Voucher],
):
    """Vouchers of the caller's shop, which pays for them unless staff have shared the cost."""

    queryset = Voucher.objects.none()
    serializer_class = SellerVoucherSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Voucher]:
        if getattr(self, "swagger_fake_view", False):
            return Voucher.objects.none()
        return (
            Voucher.objects.of_shop(self.shop)
            .select_related("shop")
            .prefetch_related(
                Prefetch("categories", Category.objects.only("id").order_by("pk")),
                Prefetch("products", Product.objects.only("id").order_by("pk")),
            )
            .order_by("-created_at")
        )

    @extend_schema(
        summary="Make a voucher",
        description="A code that is in use, whosever, is 409 `voucher_code_taken`.",
        request=CreateVoucherInput,
        responses={201: SellerVoucherSerializer},
    )
    def create(self, request: AuthenticatedRequest) -> Response:
        body = CreateVoucherInput(data=request.data)
        body.is_valid(raise_exception=True)
        voucher = create_shop_voucher(self.shop.pk, actor=request.user, **body.validated_data)
        return Response(self._rendered(voucher.pk), status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a voucher",
        description="Its code stays. Fields left out go back to their defaults.",
        request=UpdateVoucherInput,
    )
    def update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        return self._update(request, pk, partial=False)

    @extend_schema(
        summary="Change parts of a voucher",
        description="Orders placed with it keep what they were promised.",
        request=UpdateVoucherInput(partial=True),
    )
    def partial_update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        return self._update(request, pk, partial=True)

    @extend_schema(
        summary="Take a voucher away",
        description="Nobody can use it any more; its code is free again.",
        responses={204: None},
    )
    def destroy(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        archive_voucher(pk, actor=request.user, shop_id=self.shop.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _update(self, request: AuthenticatedRequest, pk: UUID, *, partial: bool) -> Response:
        voucher = self.get_object()  # one of another shop is not there, whatever the body says
        body = UpdateVoucherInput(data=request.data, partial=partial, context={"voucher": voucher})
        body.is_valid(raise_exception=True)
        update_voucher(pk, actor=request.user, shop_id=self.shop.pk, **body.validated_data)
        return Response(self._rendered(pk))

    def _rendered(self, pk: UUID) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=pk)).data
