"""Reads that join several tables of shops."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import User
from shops.constants import OWNER, TeamRole
from shops.models import Shop, ShopMember, ShopStatusChange, StoreLocation


@dataclass(frozen=True)
class Seat:
    """A user's place in one shop."""

    shop: Shop
    is_owner: bool
    member_roles: frozenset[str] = frozenset()

    @property
    def roles(self) -> list[str]:
        """The roles by name, `owner` alone for the owner."""
        return [OWNER] if self.is_owner else [r.value for r in TeamRole if r in self.member_roles]

    def reaches(self, roles: frozenset[TeamRole]) -> bool:
        """Whether the user may do what is for members with one of these roles."""
        return self.is_owner or not self.member_roles.isdisjoint(roles)


def find_seat(user: User, shop_id: UUID | None = None) -> Seat | None:
    """Return the user's place in a shop, or None.

    Without a shop: in the one that is the user's own, else in the one joined first. An owner costs
    one statement.
    """
    shops = Shop.objects.filter(owner=user)
    own = (shops if shop_id is None else shops.filter(pk=shop_id)).first()
    if own is not None:
        return Seat(own, is_owner=True)
    members = ShopMember.objects.filter(user=user).select_related("shop").order_by("pk")
    member = (members if shop_id is None else members.filter(shop=shop_id)).first()
    return _seat(member) if member else None


def seats_of(user: User) -> list[Seat]:
    """Return every shop that the user works for, the own one first."""
    own = [Seat(shop, is_owner=True) for shop in Shop.objects.filter(owner=user)]
    members = ShopMember.objects.filter(user=user).select_related("shop").order_by("pk")
    return [*own, *map(_seat, members)]


def works_for(user: User, shop_id: UUID) -> bool:
    """Tell whether the user is the owner or a member of a shop."""
    return find_seat(user, shop_id) is not None


def people_of(shop: Shop, role: TeamRole) -> list[UUID]:
    """Return whom a shop's affairs of one kind concern: the owner, and members with the role."""
    members = ShopMember.objects.of(shop).with_role(role)
    return [shop.owner_id, *members.values_list("user_id", flat=True)]


def held_memberships(user: User) -> list[dict[str, Any]]:
    """Return the teams that the user belongs to, for the export of all that is held."""
    members = ShopMember.objects.filter(user=user).order_by("pk")
    rows = members.values("shop_id", "shop__name", "roles", "created_at")
    return [dict(row) for row in rows]


def _seat(member: ShopMember) -> Seat:
    return Seat(member.shop, is_owner=False, member_roles=frozenset(member.roles))


def held_shop(owner: User) -> dict[str, Any] | None:
    """Return the user's shop for the export of all that is held about them."""
    shop = Shop.objects.filter(owner=owner).values().first()
    if shop is None:
        return None
    changes = ShopStatusChange.objects.filter(shop_id=shop["id"]).order_by("pk")
    history = changes.values("from_status", "to_status", "reason", "created_at")
    locations = StoreLocation.objects.filter(shop_id=shop["id"]).order_by("pk")
    return {**shop, "history": list(history), "locations": list(locations.values())}
