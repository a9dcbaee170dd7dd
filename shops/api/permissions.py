"""Who may use the sellers' API. Every app's seller views build on `SellerViewMixin`.

A seller's view filters its rows by `self.shop`, so that another shop's rows answer 404; the three
permissions grade what a shop's state allows:

- `HasShop`: any shop, also a suspended or closed one. Reading, and serving orders already placed.
- `HasEditableShop`: also writes, unless the shop is suspended or closed. Preparing to sell.
- `HasOpenShop`: only an approved shop. What buyers get to see at once.
"""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.permissions import HasScope
from accounts.constants import ApiScope
from accounts.errors import NoShop
from marketplace.common.api.requests import AuthenticatedRequest
from shops.constants import EDITABLE, ShopStatus
from shops.errors import ShopNotActive
from shops.models import Shop


def shop_of(request: Request) -> Shop | None:
    """Return the caller's shop, or None; one query per request however often it is asked."""
    if not hasattr(request, "_own_shop"):
        request._own_shop = Shop.objects.filter(owner_id=request.user.pk).first()  # type: ignore[attr-defined]
    shop: Shop | None = request._own_shop  # type: ignore[attr-defined]
    return shop


class HasShop(BasePermission):
    """The caller has a shop, in whatever state. Raises: NoShop."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        shop = shop_of(request)
        if shop is None:
            raise NoShop
        return self.allows(request, shop)

    def allows(self, request: Request, shop: Shop) -> bool:
        return True


class HasEditableShop(HasShop):
    """As HasShop to read; to write, neither suspended nor closed. Raises: also ShopNotActive."""

    def allows(self, request: Request, shop: Shop) -> bool:
        if request.method not in SAFE_METHODS and shop.status not in EDITABLE:
            raise ShopNotActive
        return True


class HasOpenShop(HasShop):
    """The caller's shop is approved. Raises: NoShop, ShopNotActive."""

    def allows(self, request: Request, shop: Shop) -> bool:
        if shop.status != ShopStatus.APPROVED:
            raise ShopNotActive
        return True


class SellerViewMixin(APIView):
    """Views of the caller's own shop: `self.shop` is there once permissions have been checked.

    API keys open none of them; see `SellerProductsMixin` and `SellerOrdersMixin`.
    """

    request: AuthenticatedRequest
    permission_classes: Any = (IsAuthenticated, HasEditableShop)

    @property
    def shop(self) -> Shop:
        shop = shop_of(self.request)
        if shop is None:
            raise NoShop
        return shop


class SellerProductsMixin(SellerViewMixin):
    """Views of the shop's products, which keys with a scope for products may use too."""

    permission_classes = (IsAuthenticated, HasScope, HasEditableShop)
    read_scope, write_scope = ApiScope.READ_PRODUCTS, ApiScope.WRITE_PRODUCTS


class SellerOrdersMixin(SellerViewMixin):
    """Views of the shop's orders, which keys with a scope for orders may use too."""

    permission_classes = (IsAuthenticated, HasScope, HasShop)
    read_scope, write_scope = ApiScope.READ_ORDERS, ApiScope.WRITE_ORDERS
