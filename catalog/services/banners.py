"""Banners of the shop front's start page."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from accounts.models import User
from catalog.links import check_link
from catalog.models import Banner
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.files.renditions import announce_image
from marketplace.common.locks import transaction_lock
from marketplace.common.ordering import number_rows
from marketplace.common.read_cache import catalogue_changed

_BANNERS = "catalog.banners"


class BannerValues(TypedDict, total=False):
    title: str
    alt_text: str
    image: str
    link: str
    starts_at: datetime | None
    ends_at: datetime | None
    is_active: bool


@transaction.atomic
def save_banner(
    banner_id: UUID | None, *, actor: User | None, **values: Unpack[BannerValues]
) -> Banner:
    """Change a banner, or add one behind the others. `image` is a name in the storage.

    Locks: the banners. Raises: NotFound; InvalidInput for a period that ends before it begins, and
    for a link that is neither a path nor a https address.
    """
    transaction_lock(_BANNERS)
    banner = Banner() if banner_id is None else Banner.objects.filter(pk=banner_id).first()
    if banner is None:
        raise NotFound
    for name, value in values.items():
        setattr(banner, name, value)
    _check(banner)
    if banner_id is None:
        last = Banner.objects.aggregate(last=Max("position"))["last"]
        banner.position = (last or 0) + 1
        banner.save(force_insert=True)
    else:
        banner.save(update_fields=[*values, "updated_at"])
    if "image" in values:
        announce_image(banner, "image")
    catalogue_changed()
    return banner


@transaction.atomic
def order_banners(banner_ids: Sequence[UUID], *, actor: User | None) -> None:
    """Put the banners into this order; all of them are named, once.

    Locks: the banners. Raises: InvalidInput when they are not all of them, or not any more.
    """
    transaction_lock(_BANNERS)
    number_rows(Banner.objects.all(), banner_ids, field="banner_ids")
    catalogue_changed()


@transaction.atomic
def delete_banner(banner_id: UUID, *, actor: User | None) -> None:
    """Take a banner away. Idempotent."""
    Banner.objects.filter(pk=banner_id).delete()
    catalogue_changed()


def _check(banner: Banner) -> None:
    try:
        check_link(banner.link)
    except ValidationError as error:
        raise InvalidInput("link", error.messages[0], code="invalid_link") from error
    if banner.starts_at and banner.ends_at and banner.ends_at <= banner.starts_at:
        raise InvalidInput("ends_at", "Must be later than the beginning.", code="invalid_period")
