"""Reading a cart: the cart's row, and one joined query for its lines, however many."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper
from django.utils import timezone

from accounts.models import User
from cart.constants import CartWarning
from cart.models import Cart, CartItem
from cart.querysets import Owner
from cart.tokens import hash_token
from catalog.querysets import sellable
from marketplace.common.money import display_amount
from marketplace.common.prepared import Given, PreparedQuery
from shops.holidays import Holiday, holiday_of
from shops.shipping.constants import COUNTRY
from shops.shipping.services import (
    NOT_ASKED,
    Parcel,
    ShippingOption,
    ask_carriers,
    place_of,
    possible_options,
)


@dataclass(frozen=True)
class ShopRef:
    """What a group shows of its shop."""

    id: UUID
    name: str
    slug: str


@dataclass(frozen=True)
class Line:
    """One line at today's price; amounts in smallest units."""

    id: UUID
    product_id: UUID
    variant_id: UUID
    title: str
    variant_name: str
    sku: str
    thumbnail: str
    unit_price_amount: int
    added_price_amount: int
    weight_grams: int
    quantity: int
    available: int
    is_sellable: bool
    shop: ShopRef
    holiday: Holiday | None = None

    @property
    def line_total_amount(self) -> int:
        return self.unit_price_amount * self.quantity

    @property
    def price_changed(self) -> bool:
        return self.unit_price_amount != self.added_price_amount


@dataclass(frozen=True)
class LineWarning:
    """One remark on one line."""

    code: CartWarning
    line: Line
    message: str


@dataclass(frozen=True)
class Group:
    """The lines of one shop: they become one order."""

    shop: ShopRef
    items: list[Line]
    shipping_options: Sequence[ShippingOption] = ()

    @property
    def subtotal_amount(self) -> int:
        return sum(line.line_total_amount for line in self.items)

    @property
    def parcel(self) -> Parcel:
        """What its shipping is priced by."""
        weight = sum(line.weight_grams * line.quantity for line in self.items)
        return Parcel(self.shop.id, weight, self.subtotal_amount)


@dataclass(frozen=True)
class CartView:
    """A cart as its owner sees it. Lines that cannot be bought are in the warnings only."""

    id: UUID | None
    token: str | None
    version: int
    groups: list[Group]
    warnings: list[LineWarning]

    @property
    def item_count(self) -> int:
        return sum(line.quantity for group in self.groups for line in group.items)

    @property
    def subtotal_amount(self) -> int:
        return sum(group.subtotal_amount for group in self.groups)


def read_cart(
    owner: Owner, cart: Cart | None = None, *, reduced: Collection[UUID] = ()
) -> CartView:
    """Return the owner's cart, or an empty one where there is none; nothing is written.

    `cart` is its row where the caller has it; `reduced` are the variants whose quantity the change
    just made had to cut.
    """
    cart = cart or find_cart(owner)
    if cart is None:
        return CartView(id=None, token=None, version=0, groups=[], warnings=[])
    lines = [_line(row) for row in _lines.values(cart_id=cart.pk)]
    return CartView(
        id=cart.pk,
        token=owner.token or None,
        version=cart.version,
        groups=_groups(line for line in lines if line.is_sellable),
        warnings=[warning for line in lines for warning in _warnings(line, reduced)],
    )


def find_cart(owner: Owner, *, lock: bool = False) -> Cart | None:
    """Return the owner's cart, if there is one; a guest's only until it expires.

    Locks: the cart, with `lock`.
    """
    if owner.user_id is not None:
        carts = _locked_cart_of_user if lock else _cart_of_user
        found = carts.instances(user_id=owner.user_id)
    elif owner.token:
        carts = _locked_cart_of_guest if lock else _cart_of_guest
        found = carts.instances(token_hash=hash_token(owner.token), now=timezone.now())
    else:
        found = []
    return found[0] if found else None


@PreparedQuery
def _cart_of_user() -> Any:
    return Cart.objects.filter(user_id=Given("user_id"))


@PreparedQuery
def _locked_cart_of_user() -> Any:
    return Cart.objects.filter(user_id=Given("user_id")).select_for_update(no_key=True)


@PreparedQuery
def _cart_of_guest() -> Any:
    return Cart.objects.filter(token_hash=Given("token_hash"), expires_at__gt=Given("now"))


@PreparedQuery
def _locked_cart_of_guest() -> Any:
    carts = Cart.objects.filter(token_hash=Given("token_hash"), expires_at__gt=Given("now"))
    return carts.select_for_update(no_key=True)


def with_shipping(cart: CartView, address: Mapping[str, Any]) -> CartView:
    """Return the cart with the ways in which each shop's part can be sent to an address.

    Asks the carriers that are set up, for two seconds at most: call it outside any transaction.
    """
    place, country = place_of(address), str(address.get("country") or COUNTRY)
    parcels = [group.parcel for group in cart.groups]
    options = possible_options(parcels, place.province, country=country)
    live = ask_carriers({parcel: options[parcel.shop_id] for parcel in parcels}, place)
    if live is not NOT_ASKED:
        options = possible_options(parcels, place.province, country=country, live=live)
    groups = [
        replace(group, shipping_options=options.get(group.shop.id, ())) for group in cart.groups
    ]
    return replace(cart, groups=groups)


def cart_lines(user: User) -> list[tuple[UUID, int]]:
    """Return (variant id, quantity) of everything in the user's cart, in the order of adding.

    Lines that cannot be bought are among them: the checkout refuses them. Call it under
    `services.lock_cart` where the answer must hold until the commit.
    """
    rows = _quantities_of_user.values(user_id=user.pk)
    return [(row["variant_id"], row["quantity"]) for row in rows]


@PreparedQuery
def _quantities_of_user() -> Any:
    lines = CartItem.objects.filter(cart__user_id=Given("user_id"))
    return lines.order_by("pk").values("variant_id", "quantity")


def quantities_in(cart: Cart) -> dict[UUID, int]:
    """Return the units of each variant in a cart. Call it under the cart's lock."""
    return {row["variant_id"]: row["quantity"] for row in _quantities_in.values(cart_id=cart.pk)}


@PreparedQuery
def _quantities_in() -> Any:
    return CartItem.objects.filter(cart_id=Given("cart_id")).values("variant_id", "quantity")


def held_lines(user: User) -> list[dict[str, Any]]:
    """Return the user's cart for the export of all that is held about them."""
    lines = CartItem.objects.filter(cart__user=user).order_by("pk")
    rows = lines.values("id", "variant_id", "quantity", "added_price_amount", "created_at")
    return [dict(row) for row in rows]


_COLUMNS = {
    "title": "variant__product__title",
    "product_id": "variant__product_id",
    "variant_name": "variant__name",
    "sku": "variant__sku",
    "thumbnail": "variant__product__thumbnail",
    "price": "variant__price_amount",
    "weight_grams": "variant__weight_grams",
    "on_hand": "variant__stock__on_hand",
    "reserved": "variant__stock__reserved",
    "shop_id": "variant__product__shop_id",
    "shop_name": "variant__product__shop__name",
    "shop_slug": "variant__product__shop__slug",
    "holiday_starts_at": "variant__product__shop__holiday_starts_at",
    "holiday_ends_at": "variant__product__shop__holiday_ends_at",
}


@PreparedQuery
def _lines() -> Any:
    return (
        CartItem.objects.filter(cart_id=Given("cart_id"))
        .order_by("pk")
        .annotate(is_sellable=ExpressionWrapper(sellable("variant__"), BooleanField()))
        .values(
            "id", "variant_id", "quantity", "added_price_amount", "is_sellable", *_COLUMNS.values()
        )
    )


def _line(row: dict[str, Any]) -> Line:
    value = {name: row[column] for name, column in _COLUMNS.items()}
    free = (value["on_hand"] or 0) - (value["reserved"] or 0)
    return Line(
        id=row["id"],
        product_id=value["product_id"],
        variant_id=row["variant_id"],
        title=value["title"],
        variant_name=value["variant_name"],
        sku=value["sku"],
        thumbnail=value["thumbnail"],
        unit_price_amount=value["price"],
        added_price_amount=row["added_price_amount"],
        weight_grams=value["weight_grams"],
        quantity=row["quantity"],
        available=free if row["is_sellable"] else 0,
        is_sellable=row["is_sellable"],
        shop=ShopRef(value["shop_id"], value["shop_name"], value["shop_slug"]),
        holiday=holiday_of(value["holiday_starts_at"], value["holiday_ends_at"]),
    )


def _groups(lines: Iterable[Line]) -> list[Group]:
    """One group per shop, in the order in which the shops came into the cart."""
    groups: dict[UUID, Group] = {}
    for line in lines:
        groups.setdefault(line.shop.id, Group(line.shop, [])).items.append(line)
    return list(groups.values())


def _warnings(line: Line, reduced: Collection[UUID]) -> list[LineWarning]:
    if not line.is_sellable:
        return [LineWarning(CartWarning.UNAVAILABLE, line, f"{line.title} is not sold any more.")]
    found = []
    if line.holiday is not None and line.holiday.is_now:
        message = (
            f"{line.shop.name} takes no orders until {line.holiday.ends_at:%Y-%m-%d %H:%M} UTC."
        )
        found.append(LineWarning(CartWarning.SHOP_ON_HOLIDAY, line, message))
    if line.price_changed:
        was, now = display_amount(line.added_price_amount), display_amount(line.unit_price_amount)
        message = f"The price of {line.title} has changed from {was} to {now}."
        found.append(LineWarning(CartWarning.PRICE_CHANGED, line, message))
    if line.quantity > line.available:
        left = f"has only {line.available} left" if line.available else "is sold out"
        found.append(LineWarning(CartWarning.OUT_OF_STOCK, line, f"{line.title} {left}."))
    elif line.variant_id in reduced:
        message = f"The quantity of {line.title} was reduced to {line.quantity}."
        found.append(LineWarning(CartWarning.QUANTITY_REDUCED, line, message))
    return found
