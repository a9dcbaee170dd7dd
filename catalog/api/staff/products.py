"""What staff see of products, and decide about them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import StaffViewMixin, StatusView, Steps
from catalog.api.seller.serializers import SellerProductCardSerializer
from catalog.api.staff.serializers import ChangeProductStatusInput, StaffProductListInput
from catalog.models import Product
from catalog.services.products import (
    approve_product,
    lift_suspension,
    reject_product,
    suspend_product,
)
from marketplace.common.api.requests import query_of


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
@extend_schema_view(
    patch=extend_schema(
        operation_id="admin_products_status",
        summary="Approve, reject or suspend a product, or lift that",
        description="`active` lets a product that waits go on sale, and lifts a suspension. 409 "
        "`invalid_transition` for a step that its state does not have; 403 `conflict_of_interest` "
        "for one of a shop that the caller works for.",
        request=ChangeProductStatusInput,
    )
)
class ProductStatusView(StatusView[Product]):
    """Deciding about a product."""

    serializer_class = SellerProductCardSerializer
    body_class = ChangeProductStatusInput
    queryset = Product.objects.none()
    rights = {"PATCH": "catalog.moderate_product"}
    steps = Steps(
        approve=approve_product,
        lift=lift_suspension,
        reject=reject_product,
        suspend=suspend_product,
    )
