"""Banners of the start page, as staff keep them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import StaffViewMixin
from catalog.api.staff.rows import AddMixin, ChangeMixin, PictureMixin, RowMixin
from catalog.api.staff.serializers import (
    BannerInput,
    OrderBannersInput,
    PictureInput,
    StaffBannerSerializer,
)
from catalog.models import Banner
from catalog.services.banners import delete_banner, order_banners, save_banner
from marketplace.common.api.requests import parsed
from marketplace.common.errors import NotFound


class _BannerMixin(RowMixin):
    serializer_class = StaffBannerSerializer
    queryset = Banner.objects.none()
    input_class = BannerInput

    def add(self, **values: Any) -> Banner:
        return save_banner(None, actor=self.request.user, **values)

    def change(self, pk: UUID, **changes: Any) -> Banner:
        return save_banner(pk, actor=self.request.user, **changes)

    def remove(self, pk: UUID) -> tuple[Banner, str]:
        banner = Banner.objects.filter(pk=pk).first()
        if banner is None:
            raise NotFound
        delete_banner(pk, actor=self.request.user)
        return banner, "Deleted over the API."


@extend_schema(tags=["staff"])
@extend_schema_view(
    post=extend_schema(
        operation_id="admin_banners_create",
        summary="Add a banner",
        description="Behind the others. It is shown once it has an image.",
        request=BannerInput,
        responses={201: StaffBannerSerializer},
    )
)
class StaffBannersView(_BannerMixin, AddMixin, ListAPIView[Banner]):
    """All banners, in their order, and adding one."""

    filter_backends = ()
    rights = {"GET": "catalog.view_banner", "POST": "catalog.add_banner"}

    def get_queryset(self) -> QuerySet[Banner]:
        return Banner.objects.order_by("position", "id")

    @extend_schema(
        operation_id="admin_banners_list",
        summary="Banners in their order, hidden ones too",
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@extend_schema(tags=["staff"])
@extend_schema_view(
    patch=extend_schema(
        operation_id="admin_banners_update",
        summary="Change a banner",
        description="Fields left out stay as they are.",
        request=BannerInput(partial=True),
    ),
    delete=extend_schema(
        operation_id="admin_banners_destroy", summary="Take a banner away", responses={204: None}
    ),
)
class StaffBannerView(_BannerMixin, ChangeMixin):
    """One banner."""

    rights = {"PATCH": "catalog.change_banner", "DELETE": "catalog.delete_banner"}


@extend_schema(tags=["staff"])
@extend_schema_view(
    put=extend_schema(
        operation_id="admin_banners_image",
        summary="Give a banner another image",
        description="The worker puts a smaller copy in its place moments later.",
        request=PictureInput,
        responses=StaffBannerSerializer,
    ),
    delete=extend_schema(
        operation_id="admin_banners_image_destroy",
        summary="Take the image of a banner away",
        description="Without one it is not shown.",
        responses={204: None},
    ),
)
class BannerImageView(_BannerMixin, PictureMixin):
    """The image of a banner."""

    folder = "banners"
    rights = {"PUT": "catalog.change_banner", "DELETE": "catalog.change_banner"}


@extend_schema(tags=["staff"])
class BannerOrderView(StaffViewMixin):
    """The order of all banners."""

    rights = {"PUT": "catalog.change_banner"}

    @extend_schema(
        operation_id="admin_banners_order",
        summary="Put the banners into order",
        description="Names all of them, once; 400 `stale` where they are others by now.",
        request=OrderBannersInput,
        responses=StaffBannerSerializer(many=True),
    )
    def put(self, request: Request) -> Response:
        body = parsed(OrderBannersInput(data=request.data))
        order_banners(body["banner_ids"], actor=self.request.user)
        banners = list(Banner.objects.order_by("position", "id"))
        if banners:
            self.write_down(banners[0], "Put the banners into order over the API.")
        return Response(StaffBannerSerializer(banners, many=True).data)
