"""The caller's one cart: a user's, or by `X-Cart-Token` a guest's."""

from collections.abc import Collection
from functools import cache
from typing import Any
from uuid import UUID

from django.utils.cache import patch_cache_control
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Address
from cart.api.serializers import (
    AddItemInput,
    CartSerializer,
    ChangeItemInput,
    DestinationInput,
    SyncCartInput,
    SyncedCartSerializer,
    VersionInput,
)
from cart.models import Cart
from cart.querysets import Owner
from cart.selectors import read_cart, with_shipping
from cart.services import add_item, change_item, clear_cart, remove_item, sync_cart
from marketplace.common.errors import NotFound

TOKEN_HEADER = "X-Cart-Token"

CART_TOKEN = OpenApiParameter(
    TOKEN_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A guest's cart: the token that the first `POST /cart` answered with.",
)
GIVEN_TOKEN = OpenApiParameter(
    TOKEN_HEADER,
    str,
    OpenApiParameter.HEADER,
    response=True,
    description="A guest's token: new where none, or an expired one, was sent.",
)
EXPECTED_VERSION = OpenApiParameter(
    "expected_version", int, description="Refuse with 409 when the cart is at another version."
)
NOT_SOLD = OpenApiResponse(
    {"$ref": "#/components/schemas/Refusal"}, description="`not_found`: it is not sold here."
)


@cache
def _changed_cart() -> CartSerializer:
    """One for all answers to changes: to copy its fields takes longer than to render them."""
    return CartSerializer()


class _CartAPIView(APIView):
    """Finds out whose cart it is; a signed-in caller's guest token counts only for merging."""

    permission_classes = (AllowAny,)

    @property
    def owner(self) -> Owner:
        if self.request.user.is_authenticated:
            return Owner(user_id=self.request.user.pk)
        return Owner(token=self.cart_token)

    @property
    def cart_token(self) -> str:
        return self.request.headers.get(TOKEN_HEADER, "")

    def answer(self, owner: Owner, cart: Cart | None = None) -> Response:
        """Render the cart as it is after the change."""
        return Response(_changed_cart().to_representation(read_cart(owner, cart)))

    def answer_sync(
        self, owner: Owner, reduced: Collection[UUID], dropped: Collection[UUID]
    ) -> Response:
        cart = _changed_cart().to_representation(read_cart(owner, reduced=reduced))
        return Response({**cart, "dropped": [str(pk) for pk in dropped]})

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """The token of a guest stands in the header too; no cache may keep a cart."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code == 200 and response.data.get("token"):
            response[TOKEN_HEADER] = response.data["token"]
        patch_cache_control(response, private=True, no_store=True)
        return response


@extend_schema(tags=["cart"])
@extend_schema_view(
    get=extend_schema(
        summary="Read the cart",
        description=(
            "With a destination each group says how it can be sent there, what that costs, and in "
            "how many days it is promised."
        ),
        parameters=[CART_TOKEN, GIVEN_TOKEN, DestinationInput],
        responses=CartSerializer,
    ),
    post=extend_schema(
        summary="Add units of a variant",
        description="The same variant adds up. A guest's first call makes a cart and its token.",
        parameters=[CART_TOKEN, GIVEN_TOKEN],
        request=AddItemInput,
        responses={200: CartSerializer, 404: NOT_SOLD},
    ),
    delete=extend_schema(
        summary="Empty the cart",
        parameters=[CART_TOKEN, GIVEN_TOKEN, EXPECTED_VERSION],
        responses={200: CartSerializer},
    ),
)
class CartView(_CartAPIView):
    """The whole cart, grouped by shop."""

    def get(self, request: Request) -> Response:
        cart = read_cart(self.owner)
        if (address := self._destination()) is not None:
            cart = with_shipping(cart, address)
        return Response(CartSerializer(cart, context={"request": request}).data)

    def post(self, request: Request) -> Response:
        cart, owner = add_item(self.owner, **AddItemInput.read(request.data))
        return self.answer(owner, cart)

    def _destination(self) -> dict[str, Any] | None:
        query = DestinationInput(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        data: dict[str, Any] = query.validated_data
        if "address_id" not in data:
            return data if data.get("province") else None
        user = self.request.user
        mine = Address.objects.of(user) if user.is_authenticated else Address.objects.none()
        address = mine.filter(pk=data["address_id"]).values().first()
        if address is None:
            raise NotFound("There is no such address of yours.")
        return dict(address)

    def delete(self, request: Request) -> Response:
        query = VersionInput(data=request.query_params)
        query.is_valid(raise_exception=True)
        clear_cart(self.owner, **query.validated_data)
        return self.answer(self.owner)


@extend_schema(tags=["cart"], parameters=[CART_TOKEN, GIVEN_TOKEN])
class CartItemView(_CartAPIView):
    """One line of the caller's cart; any other is 404."""

    @extend_schema(
        summary="Set the quantity of a line", request=ChangeItemInput, responses=CartSerializer
    )
    def patch(self, request: Request, item_id: UUID) -> Response:
        body = ChangeItemInput(data=request.data)
        body.is_valid(raise_exception=True)
        change_item(self.owner, item_id, **body.validated_data)
        return self.answer(self.owner)

    @extend_schema(
        summary="Take a line out",
        parameters=[CART_TOKEN, GIVEN_TOKEN, EXPECTED_VERSION],
        responses={200: CartSerializer},
    )
    def delete(self, request: Request, item_id: UUID) -> Response:
        query = VersionInput(data=request.query_params)
        query.is_valid(raise_exception=True)
        remove_item(self.owner, item_id, **query.validated_data)
        return self.answer(self.owner)


@extend_schema(tags=["cart"], parameters=[CART_TOKEN, GIVEN_TOKEN])
class CartSyncView(_CartAPIView):
    """A cart that was kept on the client."""

    @extend_schema(
        summary="Merge a list that the client kept",
        description=(
            "Of two quantities the higher wins, cut to the stock; what cannot be taken is in "
            "`dropped`. A signed-in caller's `X-Cart-Token` merges that guest's cart first."
        ),
        request=SyncCartInput,
        responses=SyncedCartSerializer,
    )
    def post(self, request: Request) -> Response:
        body = SyncCartInput(data=request.data)
        body.is_valid(raise_exception=True)
        quantities: dict[UUID, int] = {}
        for line in body.validated_data["items"]:
            previous = quantities.get(line["variant_id"], 0)
            quantities[line["variant_id"]] = max(previous, line["quantity"])
        result = sync_cart(
            self.owner,
            quantities,
            guest_token=self.cart_token,
            expected_version=body.validated_data["expected_version"],
        )
        return self.answer_sync(result.owner, result.reduced, result.dropped)
