"""When a shop takes no orders."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from marketplace.common.errors import InvalidInput
from marketplace.common.outbox.services import publish
from marketplace.common.read_cache import catalogue_changed
from shops.constants import MAX_HOLIDAY_AHEAD_DAYS, MAX_HOLIDAY_DAYS
from shops.events import ShopUpdated
from shops.models import Shop, ShopHoliday
from shops.services._rows import lock_editable_shop


@transaction.atomic
def set_holiday(
    shop_id: UUID, *, ends_at: datetime, starts_at: datetime | None = None, message: str = ""
) -> Shop:
    """Plan a holiday, at once without a start; of one that has begun, change the end.

    It takes the place of one that was planned. Checkouts that hold the shop are waited for.
    Locks: the shop. Raises: ShopNotActive; InvalidInput. Publishes: shops.updated.
    """
    shop = lock_editable_shop(shop_id)
    now = timezone.now()
    present = shop.holiday
    starts_at = present.starts_at if present and present.is_now else max(starts_at or now, now)
    if ends_at <= max(starts_at, now):
        raise InvalidInput("ends_at", "It has to end after it begins, and after now.")
    if ends_at - starts_at > timedelta(days=MAX_HOLIDAY_DAYS):
        raise InvalidInput("ends_at", f"A holiday lasts at most {MAX_HOLIDAY_DAYS} days.")
    if starts_at - now > timedelta(days=MAX_HOLIDAY_AHEAD_DAYS):
        raise InvalidInput("starts_at", f"At most {MAX_HOLIDAY_AHEAD_DAYS} days from now.")
    shop.holidays.filter(ends_at__gt=now).delete()
    ShopHoliday.objects.create(shop=shop, starts_at=starts_at, ends_at=ends_at)
    return _show(shop, starts_at, ends_at, message)


@transaction.atomic
def end_holiday(shop_id: UUID) -> Shop:
    """End the present holiday now, or call off the planned one; without either, do nothing.

    Locks: the shop. Raises: ShopNotActive. Publishes: shops.updated.
    """
    shop = lock_editable_shop(shop_id)
    present, now = shop.holiday, timezone.now()
    if present is None:
        return shop
    if present.is_now and present.starts_at < now:
        shop.holidays.filter(ends_at__gt=now).update(ends_at=now, updated_at=now)
    else:
        shop.holidays.filter(ends_at__gt=now).delete()
    return _show(shop, None, None, "")


def _show(shop: Shop, starts_at: datetime | None, ends_at: datetime | None, message: str) -> Shop:
    shop.holiday_starts_at, shop.holiday_ends_at = starts_at, ends_at
    shop.holiday_message = message
    shop.save(
        update_fields=["holiday_starts_at", "holiday_ends_at", "holiday_message", "updated_at"]
    )
    catalogue_changed()
    publish(ShopUpdated(shop_id=shop.pk, owner_id=shop.owner_id))
    return shop
