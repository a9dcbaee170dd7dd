"""What staff see of products, and decide about them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import StaffViewMixin
from catalog.api.seller.serializers import SellerProductCardSerializer
from catalog.api.staff.serializers import ChangeProductStatusInput, StaffProductListInput
from catalog.constants import ProductStatus
from catalog.models import Product
from catalog.services.products import (
    approve_product,
    lift_suspension,
    reject_product,
    suspend_product,
)
from marketplace.common.api.requests import query_of
from marketplace.common.errors import NotFound


@extend_schema(tags=["staff"])
class StaffProductListView(StaffViewMixin, ListAPIView[Product]):
    """Products in whatever state, the newest first; archived ones are gone."""

    serializer_class = SellerProductCardSerializer
    queryset = Product.objects.none()
    filter_backends = ()
    rights = {"GET": "catalog.view_product"}

    def get_queryset(self) -> QuerySet[Product]:
        wanted = query_of(self.request, StaffProductListInput)
        found = Product.objects.filter(archived_at=None, **wanted)
        return found.select_related("shop", "category", "brand").order_by("-id")

    @extend_schema(
        operation_id="admin_products_list",
        summary="Products in whatever state",
        description="The newest first. Asks for the right to see products.",
        parameters=[StaffProductListInput],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@extend_schema(tags=["staff"])
class ProductStatusView(StaffViewMixin, GenericAPIView[Product]):
    """Deciding about a product."""

    serializer_class = SellerProductCardSerializer
    queryset = Product.objects.none()
    rights = {"PATCH": "catalog.moderate_product"}

    @extend_schema(
        operation_id="admin_products_status",
        summary="Approve, reject or suspend a product, or lift that",
        description="`active` lets a product that waits go on sale, and lifts a suspension. 409 "
        "`invalid_transition` for a step that its state does not have; 403 `conflict_of_interest` "
        "for one of a shop that the caller works for.",
        request=ChangeProductStatusInput,
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        body = ChangeProductStatusInput(data=request.data)
        body.is_valid(raise_exception=True)
        wanted, reason = body.validated_data["status"], body.validated_data["reason"]
        actor = self.request.user
        if wanted == ProductStatus.REJECTED:
            product = reject_product(pk, actor=actor, reason=reason)
        elif wanted == ProductStatus.SUSPENDED:
            product = suspend_product(pk, actor=actor, reason=reason)
        else:
            product = _activating(pk)(pk, actor=actor)
        self.write_down(product, f"{wanted}. {reason}".strip())
        return Response(self.get_serializer(product).data)


def _activating(product_id: UUID) -> Callable[..., Product]:
    """Return the step that puts a product on sale; whether there is one is judged under its lock.

    Raises: NotFound.
    """
    status = Product.objects.filter(pk=product_id).values_list("status", flat=True).first()
    if status is None:
        raise NotFound
    return lift_suspension if status == ProductStatus.SUSPENDED else approve_product
