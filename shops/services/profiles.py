"""What sellers write of their shop: registering it, and how it presents itself."""

import secrets
from functools import partial
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from marketplace.common.errors import NotFound
from marketplace.common.files.renditions import announce_image
from marketplace.common.images import CleanImage
from marketplace.common.media import discard_file, store_file
from marketplace.common.outbox.services import publish
from marketplace.common.read_cache import catalogue_changed
from marketplace.common.texts import slugify
from shops.constants import ShopImage, ShopStatus
from shops.errors import ShopExists
from shops.events import ShopRegistered, ShopUpdated
from shops.models import Shop, ShopStatusChange
from shops.services._rows import lock_editable_shop, lock_shop
from shops.services.impartiality import require_impartial
from shops.services.states import reapply_shop

SLUG_LENGTH = 150
SLUG_TRIES = 5


class ShopProfile(TypedDict, total=False):
    """What the seller may say of the shop; slug, status, rates and counters are not theirs."""

    name: str
    description: str
    contact_email: str
    contact_phone: str
    pickup_address: dict[str, object]
    bank_name: str
    bank_account_name: str
    bank_account_number: str


class ShopCorrection(ShopProfile, total=False):
    """What staff may set as well; an empty rate is the platform's."""

    commission_rate_bps: int | None


@transaction.atomic
def register_shop(owner_id: UUID, **profile: Unpack[ShopProfile]) -> Shop:
    """Open a user's one shop; it waits for staff and is not public yet.

    Locks: the user, so that a second registration at the same moment finds the first.
    Raises: ShopExists; TokenNotValid when the account was closed meanwhile.
    Publishes: shops.registered.
    """
    owner = User.objects.lock_open(owner_id)
    if Shop.objects.filter(owner=owner).exists():
        raise ShopExists
    shop = _create(owner, profile)
    ShopStatusChange.objects.create(shop=shop, to_status=shop.status, actor=owner)
    publish(ShopRegistered(shop_id=shop.pk, owner_id=owner.pk))
    return shop


@transaction.atomic
def update_shop(shop_id: UUID, *, actor: User, **changes: Unpack[ShopProfile]) -> Shop:
    """Change what the shop says of itself; a rejected shop thereby applies again.

    The slug stays, as links point to it. Locks: the shop.
    Raises: ShopNotActive for a suspended or closed shop; NotFound unless it is still the actor's.
    Publishes: shops.updated and, from rejected, shops.reapplied.
    """
    shop = lock_editable_shop(shop_id)
    if shop.owner_id != actor.pk:  # handed over meanwhile: the bank account is not theirs to set
        raise NotFound
    for name, value in changes.items():
        setattr(shop, name, value)
    shop.save(update_fields=[*changes, "updated_at"])
    catalogue_changed()
    publish(ShopUpdated(shop_id=shop.pk, owner_id=shop.owner_id))
    if shop.status == ShopStatus.REJECTED:
        shop = reapply_shop(shop.pk, actor=actor)
    return shop


@transaction.atomic
def correct_shop(shop_id: UUID, *, actor: User | None, **changes: Unpack[ShopCorrection]) -> Shop:
    """Change a shop on behalf of staff, in whatever state it is.

    Locks: the shop. Raises: NotFound; ConflictOfInterest. Publishes: shops.updated.
    """
    require_impartial(actor, shop_id=shop_id)
    shop = lock_shop(shop_id)
    for name, value in changes.items():
        setattr(shop, name, value)
    shop.save(update_fields=[*changes, "updated_at"])
    catalogue_changed()
    publish(ShopUpdated(shop_id=shop.pk, owner_id=shop.owner_id))
    return shop


def set_shop_image(shop_id: UUID, *, kind: ShopImage, image: CleanImage) -> Shop:
    """Replace the shop's logo or banner; the old file goes once the change is committed.

    The file is stored before the transaction, and taken away again when that fails.
    Locks: the shop. Raises: ShopNotActive; StorageUnavailable. Publishes: shops.updated.
    """
    name = store_file(f"shops/{kind}s", image)
    try:
        return _point_to_image(shop_id, kind, name)
    except BaseException:
        discard_file(name)
        raise


@transaction.atomic
def _point_to_image(shop_id: UUID, kind: ShopImage, name: str) -> Shop:
    shop = lock_editable_shop(shop_id)
    old_name = getattr(shop, kind).name
    setattr(shop, kind, name)
    shop.save(update_fields=[str(kind), "updated_at"])
    announce_image(shop, str(kind))
    catalogue_changed()
    publish(ShopUpdated(shop_id=shop.pk, owner_id=shop.owner_id))
    transaction.on_commit(partial(discard_file, old_name), robust=True)
    return shop


def _create(owner: User, profile: ShopProfile) -> Shop:
    """Insert the shop under the first slug that is free, also when others take some meanwhile."""
    base = slugify(profile["name"], max_length=SLUG_LENGTH) or "shop"
    if _reads_as_id(base):
        base = f"shop-{base}"
    for slug in (base, *(f"{base}-{secrets.token_hex(3)}" for _ in range(SLUG_TRIES))):
        try:
            with transaction.atomic():
                return Shop.objects.create(owner=owner, slug=slug, **profile)
        except IntegrityError:
            if not Shop.objects.filter(slug=slug).exists():
                raise
    raise RuntimeError(f"No free slug for {base}")


def _reads_as_id(slug: str) -> bool:
    """Whether a path with this slug would be taken for a row's id."""
    try:
        UUID(slug)
    except ValueError:
        return False
    return True
