"""The caller's wishlists, and shared ones for whoever has the link; others answer 404."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.saved import RELATED
from catalog.api.wishlists.serializers import (
    AddItemInput,
    CreateWishlistInput,
    SharedItemSerializer,
    SharedWishlistSerializer,
    ShareWishlistInput,
    UpdateItemInput,
    UpdateWishlistInput,
    WishlistItemSerializer,
    WishlistSerializer,
)
from catalog.wishlists.models import Wishlist, WishlistItem
from catalog.wishlists.selectors import first_name
from catalog.wishlists.services import (
    add_item,
    create_wishlist,
    delete_wishlist,
    remove_item,
    share_wishlist,
    unshare_wishlist,
    update_item,
    update_wishlist,
)
from marketplace.common.api.requests import AuthenticatedRequest, parsed
from marketplace.common.api.schema import FIELDS, PAGE


class WishlistsView(ListAPIView[Wishlist]):
    """The caller's lists, newest first; at most 50."""

    request: AuthenticatedRequest
    queryset = Wishlist.objects.none()  # for the schema alone
    serializer_class = WishlistSerializer
    permission_classes = (IsAuthenticated,)
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Wishlist]:
        return Wishlist.objects.of(self.request.user).order_by("-id")

    @extend_schema(request=CreateWishlistInput, responses={201: WishlistSerializer})
    def post(self, request: Request) -> Response:
        """Make a list; the first one is the default."""
        values = parsed(CreateWishlistInput(data=request.data))
        wishlist = create_wishlist(self.request.user, **values)
        return Response(self.get_serializer(wishlist).data, status=201)


class WishlistView(GenericAPIView[Wishlist]):
    """One list of the caller's."""

    request: AuthenticatedRequest
    queryset = Wishlist.objects.none()  # for the schema alone
    serializer_class = WishlistSerializer
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request, pk: UUID) -> Response:
        wishlist = get_object_or_404(Wishlist.objects.of(self.request.user), pk=pk)
        return Response(self.get_serializer(wishlist).data)

    @extend_schema(request=UpdateWishlistInput(partial=True))
    def patch(self, request: Request, pk: UUID) -> Response:
        """Rename the list, or make it the default; another one stops being it by that alone."""
        values = parsed(UpdateWishlistInput(data=request.data))
        wishlist = update_wishlist(pk, user=self.request.user, **values)
        return Response(self.get_serializer(wishlist).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Delete the list with its items; the oldest of the others follows a default one."""
        delete_wishlist(pk, user=self.request.user)
        return Response(status=204)


class WishlistShareView(GenericAPIView[Wishlist]):
    """The link of one list."""

    request: AuthenticatedRequest
    queryset = Wishlist.objects.none()  # for the schema alone
    serializer_class = WishlistSerializer
    permission_classes = (IsAuthenticated,)

    @extend_schema(request=ShareWishlistInput)
    def post(self, request: Request, pk: UUID) -> Response:
        """Share the list by a link that nobody can guess; `rotate` replaces it by another one."""
        values = parsed(ShareWishlistInput(data=request.data))
        wishlist = share_wishlist(pk, user=self.request.user, is_rotated=values["rotate"])
        return Response(self.get_serializer(wishlist).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """End the link at once."""
        unshare_wishlist(pk, user=self.request.user)
        return Response(status=204)


class WishlistItemsView(ListAPIView[WishlistItem]):
    """The items of one list, newest first; what can no longer be bought is still there."""

    request: AuthenticatedRequest
    queryset = WishlistItem.objects.none()  # for the schema alone
    serializer_class = WishlistItemSerializer
    permission_classes = (IsAuthenticated,)
    filter_backends = ()

    def get_queryset(self) -> QuerySet[WishlistItem]:
        return self._own(self.kwargs["pk"]).items.select_related(*RELATED).order_by("-id")

    @extend_schema(
        request=AddItemInput,
        responses={200: WishlistItemSerializer, 201: WishlistItemSerializer},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Add a product, or one variant of it; what is there already stays (200)."""
        return _added(self, self._own(pk).pk)

    def _own(self, pk: UUID) -> Wishlist:
        return get_object_or_404(Wishlist.objects.of(self.request.user).only("id"), pk=pk)


class DefaultWishlistItemsView(GenericAPIView[WishlistItem]):
    """The default list, for a heart beside a product."""

    request: AuthenticatedRequest
    queryset = WishlistItem.objects.none()  # for the schema alone
    serializer_class = WishlistItemSerializer
    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="wishlists_default_items_create",
        request=AddItemInput,
        responses={200: WishlistItemSerializer, 201: WishlistItemSerializer},
    )
    def post(self, request: Request) -> Response:
        """Add to the default list, which is made when there is none."""
        return _added(self, None)


class WishlistItemView(GenericAPIView[WishlistItem]):
    """One item of a list of the caller's."""

    request: AuthenticatedRequest
    queryset = WishlistItem.objects.none()  # for the schema alone
    serializer_class = WishlistItemSerializer
    permission_classes = (IsAuthenticated,)

    @extend_schema(request=UpdateItemInput(partial=True))
    def patch(self, request: Request, pk: UUID, item_pk: UUID) -> Response:
        """Change the note, or move the item to another list, where it is once at most."""
        values = parsed(UpdateItemInput(data=request.data))
        item = update_item(pk, item_pk, user=self.request.user, **values)
        return Response(_item(self, item.pk))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID, item_pk: UUID) -> Response:
        """Take the item off the list."""
        remove_item(pk, item_pk, user=self.request.user)
        return Response(status=204)


class SharedWishlistView(GenericAPIView[WishlistItem]):
    """A list that its owner has shared; never stored on the way, as the link can end at once."""

    queryset = WishlistItem.objects.none()  # for the schema alone
    serializer_class = SharedItemSerializer
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="wishlists_shared_retrieve",
        parameters=[*PAGE, FIELDS],
        responses=SharedWishlistSerializer,
        filters=False,
    )
    def get(self, request: Request, token: str) -> Response:
        """Read a shared list by its link: its items, and the first name of who wishes for them."""
        found = Wishlist.objects.shared_by(token).select_related("user").first()
        if found is None:
            raise Http404
        items = WishlistItem.objects.filter(wishlist=found).public()
        items = items.select_related(*RELATED).order_by("-id")
        page = self.paginate_queryset(items)
        answer = self.get_paginated_response(self.get_serializer(page, many=True).data)
        answer.data = {"name": found.name, "owner_name": first_name(found.user), **answer.data}
        answer["X-Robots-Tag"] = "noindex"
        return answer


def _added(view: Any, list_id: UUID | None) -> Response:
    values = parsed(AddItemInput(data=view.request.data))
    item, is_new = add_item(list_id, user=view.request.user, **values)
    return Response(_item(view, item.pk), status=201 if is_new else 200)


def _item(view: Any, item_id: UUID) -> Any:
    row = WishlistItem.objects.select_related(*RELATED).get(pk=item_id)
    return view.get_serializer(row).data
