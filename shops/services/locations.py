"""Store locations of shops and of the platform.

The locator's answers are not kept in the read cache, as hardly two of them are for the same point:
a change shows as soon as it is committed.
"""

from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from marketplace.common.errors import NotFound
from shops.constants import EDITABLE, MAX_LOCATIONS_PER_SHOP
from shops.errors import ShopNotActive, TooManyLocations
from shops.models import Shop, StoreLocation


class LocationData(TypedDict, total=False):
    name: str
    address: str
    phone_number: str
    email: str
    opening_hours: dict[str, object]
    latitude: Decimal
    longitude: Decimal
    is_active: bool


@transaction.atomic
def add_location(shop_id: UUID, **data: Unpack[LocationData]) -> StoreLocation:
    """Add a place where the shop can be visited.

    Locks: the shop, so that the limit holds. Raises: ShopNotActive; TooManyLocations.
    """
    shop = _lock_editable(shop_id)
    if shop.locations.filter(archived_at=None).count() >= MAX_LOCATIONS_PER_SHOP:
        raise TooManyLocations
    return StoreLocation.objects.create(shop=shop, **data)


@transaction.atomic
def update_location(
    location_id: UUID, *, shop_id: UUID, **changes: Unpack[LocationData]
) -> StoreLocation:
    """Change one of the shop's locations. Locks: the shop. Raises: ShopNotActive; NotFound."""
    location = _location(location_id, _lock_editable(shop_id))
    for name, value in changes.items():
        setattr(location, name, value)
    location.save(update_fields=[*changes, "updated_at"])
    return location


@transaction.atomic
def archive_location(location_id: UUID, *, shop_id: UUID) -> None:
    """Take one of the shop's locations away. Locks: the shop. Raises: ShopNotActive; NotFound."""
    location = _location(location_id, _lock_editable(shop_id))
    location.archived_at = timezone.now()
    location.save(update_fields=["archived_at", "updated_at"])


@transaction.atomic
def add_platform_location(*, actor: User, **data: Unpack[LocationData]) -> StoreLocation:
    """Add a place of the platform's own, as staff."""
    return StoreLocation.objects.create(shop=None, **data)


@transaction.atomic
def correct_location(
    location_id: UUID, *, actor: User, **changes: Unpack[LocationData]
) -> StoreLocation:
    """Change a location of any shop, or of the platform, as staff.

    Whatever the state of its shop: a wrong door is put right.
    Locks: the location. Raises: NotFound.
    """
    location = _lock(location_id)
    for name, value in changes.items():
        setattr(location, name, value)
    location.save(update_fields=[*changes, "updated_at"])
    return location


@transaction.atomic
def withdraw_location(location_id: UUID, *, actor: User) -> None:
    """Take any location away, as staff. Locks: the location. Raises: NotFound."""
    location = _lock(location_id)
    location.archived_at = timezone.now()
    location.save(update_fields=["archived_at", "updated_at"])


def _lock(location_id: UUID) -> StoreLocation:
    rows = StoreLocation.objects.select_for_update(of=("self",)).filter(archived_at=None)
    location = rows.filter(pk=location_id).first()
    if location is None:
        raise NotFound
    return location


def _lock_editable(shop_id: UUID) -> Shop:
    shop = Shop.objects.lock(shop_id)
    if shop.status not in EDITABLE:
        raise ShopNotActive
    return shop


def _location(location_id: UUID, shop: Shop) -> StoreLocation:
    try:
        return StoreLocation.objects.of(shop).get(pk=location_id)
    except StoreLocation.DoesNotExist as error:
        raise NotFound from error
