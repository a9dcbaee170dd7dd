"""Who may use the sellers' API. Every app's seller views build on `SellerViewMixin`.

A seller's view filters its rows by `self.shop`, so that another shop's rows answer 404; the three
permissions grade what a shop's state allows:

- `HasShop`: any shop, also a suspended or closed one. Reading, and serving orders already placed.
- `HasEditableShop`: also writes, unless the shop is suspended or closed. Preparing to sell.
- `HasOpenShop`: only an approved shop. What buyers get to see at once.

What a member of its team may do besides depends on the roles that a view names; the owner may do
everything. `docs/selling.md` has the table.
"""

from typing import Any, Final, cast
from uuid import UUID

from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.permissions import HasScope
from accounts.constants import ApiScope
from accounts.errors import NoShop, RoleRequired
from accounts.models import ApiKey, User
from marketplace.common.api.requests import AuthenticatedRequest
from marketplace.common.errors import NotFound
from shops.constants import EDITABLE, ShopStatus, TeamRole
from shops.errors import ShopNotActive
from shops.models import Shop
from shops.selectors import Seat, find_seat

SHOP_HEADER: Final = "X-Shop-ID"
OWNER_ALONE: Final[frozenset[TeamRole]] = frozenset()
CATALOGUE: Final = frozenset({TeamRole.CATALOGUE})
ORDERS: Final = frozenset({TeamRole.ORDERS})
FINANCE: Final = frozenset({TeamRole.FINANCE})
EVERYBODY: Final = frozenset(TeamRole)


def seat_of(request: Request) -> Seat | None:
    """Return the caller's place in the shop that the request is about, or None.

    That is the one `X-Shop-ID` names, else the caller's own, else the one joined first; for an API
    key it is the key's, as long as its maker owns it. It is looked up once per request however
    often it is asked for.
    Raises: NotFound for a named shop that the caller does not work for, or the key is not for.
    """
    if not hasattr(request, "_seat"):
        request._seat = _find_seat(request)  # type: ignore[attr-defined]
    seat: Seat | None = request._seat  # type: ignore[attr-defined]
    return seat


def _find_seat(request: Request) -> Seat | None:
    user = cast("User", request.user)  # who is nobody was refused before
    key = request.auth if isinstance(request.auth, ApiKey) else None
    named = request.headers.get(SHOP_HEADER)
    if named is None:
        return find_seat(user) if key is None else _seat_of_key(key, user)
    try:
        shop_id = UUID(named)
    except ValueError as error:
        raise NotFound from error
    if key is not None and key.shop_id != shop_id:
        raise NotFound
    seat = find_seat(user, shop_id) if key is None else _seat_of_key(key, user)
    if seat is None:
        raise NotFound
    return seat


def _seat_of_key(key: ApiKey, user: User) -> Seat | None:
    """Return its maker's place, unless that is a member's: a key made while the shop was handed
    over would be one that the new owner neither knows of nor can end.
    """
    seat = find_seat(user, key.shop_id) if key.shop_id else None
    return seat if seat and seat.is_owner else None


class HasShop(BasePermission):
    """The caller works for a shop, in whatever state, and may do this there.

    The one place that looks at roles. Raises: NoShop; RoleRequired; NotFound for another's shop.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        seat = seat_of(request)
        if seat is None:
            raise NoShop
        name = "read_roles" if request.method in SAFE_METHODS else "write_roles"
        roles: frozenset[TeamRole] = getattr(view, name, OWNER_ALONE)
        if not seat.reaches(roles):
            raise RoleRequired(roles)
        return self.allows(request, seat.shop)

    def allows(self, request: Request, shop: Shop) -> bool:
        return True


class HasEditableShop(HasShop):
    """As HasShop to read; to write, neither suspended nor closed. Raises: also ShopNotActive."""

    def allows(self, request: Request, shop: Shop) -> bool:
        if request.method not in SAFE_METHODS and shop.status not in EDITABLE:
            raise ShopNotActive
        return True


class HasOpenShop(HasShop):
    """The caller's shop is approved. Raises: also ShopNotActive."""

    def allows(self, request: Request, shop: Shop) -> bool:
        if shop.status != ShopStatus.APPROVED:
            raise ShopNotActive
        return True


class SellerViewMixin(APIView):
    """Views of the caller's own shop: `self.shop` is there once permissions have been checked.

    `read_roles` and `write_roles` are the members it is for, besides the owner: none unless a view
    says so. API keys open none of them; see `SellerProductsMixin` and `SellerOrdersMixin`.
    """

    request: AuthenticatedRequest
    permission_classes: Any = (IsAuthenticated, HasEditableShop)
    read_roles: frozenset[TeamRole] = OWNER_ALONE
    write_roles: frozenset[TeamRole] = OWNER_ALONE

    @property
    def seat(self) -> Seat:
        seat = seat_of(self.request)
        if seat is None:
            raise NoShop
        return seat

    @property
    def shop(self) -> Shop:
        return self.seat.shop


class SellerCatalogueMixin(SellerViewMixin):
    """Views of what the shop offers and says to buyers, for those who keep its catalogue."""

    read_roles = write_roles = CATALOGUE


class SellerProductsMixin(SellerCatalogueMixin):
    """Views of the shop's products, which keys with a scope for products may use too."""

    permission_classes = (IsAuthenticated, HasScope, HasEditableShop)
    read_scope, write_scope = ApiScope.READ_PRODUCTS, ApiScope.WRITE_PRODUCTS


class SellerOrdersMixin(SellerViewMixin):
    """Views of the shop's orders, which keys with a scope for orders may use too."""

    permission_classes = (IsAuthenticated, HasScope, HasShop)
    read_scope, write_scope = ApiScope.READ_ORDERS, ApiScope.WRITE_ORDERS
    read_roles = write_roles = ORDERS


class SellerMoneyMixin(SellerViewMixin):
    """Views of the shop's money, which those who keep its books read, whatever its state."""

    permission_classes = (IsAuthenticated, HasShop)
    read_roles = write_roles = FINANCE
