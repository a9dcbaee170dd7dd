"""Keys for third parties."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.constants import MAX_API_KEYS
from accounts.errors import LimitReached
from accounts.keys import hash_of, new_key
from accounts.models import ApiKey, User
from marketplace.common.errors import NotFound


@transaction.atomic
def create_api_key(
    owner_id: UUID,
    *,
    shop_id: UUID,
    name: str,
    scopes: list[str],
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key to one shop; its text is returned once and cannot be read again.

    Raises: LimitReached; TokenNotValid when the account was closed meanwhile.
    """
    owner = User.objects.lock_open(owner_id)
    if ApiKey.objects.of(owner).count() >= MAX_API_KEYS:
        raise LimitReached(f"An account has at most {MAX_API_KEYS} keys. Delete one first.")
    text, prefix = new_key()
    key = ApiKey.objects.create(
        owner=owner,
        shop_id=shop_id,
        name=name,
        prefix=prefix,
        key_hash=hash_of(text),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    return key, text


def revoke_keys_to_shop(shop_id: UUID) -> None:
    """End every key to a shop, whoever made it; in the caller's transaction."""
    now = timezone.now()
    ApiKey.objects.filter(shop_id=shop_id, revoked_at=None).update(revoked_at=now, updated_at=now)


def revoke_api_key(key_id: UUID, *, owner: User | None) -> None:
    """End a key; `owner` is None for staff. Raises: NotFound, also for somebody else's."""
    keys = ApiKey.objects.filter(pk=key_id, revoked_at=None)
    if owner is not None:
        keys = keys.filter(owner=owner)
    now = timezone.now()
    if not keys.update(revoked_at=now, updated_at=now):
        raise NotFound
