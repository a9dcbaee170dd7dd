"""The address book. Orders keep copies, so none of this changes an order."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.constants import MAX_ADDRESSES
from accounts.errors import LimitReached
from accounts.models import Address, User
from marketplace.common.errors import NotFound


@transaction.atomic
def create_address(user_id: UUID, **fields: Any) -> Address:
    """Add an address; the first of its kind becomes the default.

    Locks: the user, which keeps two defaults of a kind from being made at once.
    Raises: LimitReached; TokenNotValid when the account was closed meanwhile.
    """
    user = User.objects.lock_open(user_id)
    book = Address.objects.of(user)
    if book.count() >= MAX_ADDRESSES:
        raise LimitReached(f"An account keeps at most {MAX_ADDRESSES} addresses.")
    address = Address(user=user, **fields)
    if not book.filter(kind=address.kind).exists():
        address.is_default = True
    if address.is_default:
        _clear_default(user, address.kind)
    address.save(force_insert=True)
    return address


@transaction.atomic
def update_address(address_id: UUID, *, actor: User, **fields: Any) -> Address:
    """Change an address of one's own.

    Locks: the user.
    Raises: NotFound.
    """
    user = User.objects.lock(actor.pk)
    address = _own(user, address_id)
    for name, value in fields.items():
        setattr(address, name, value)
    if address.is_default:
        _clear_default(user, address.kind, but=address.pk)
    address.save(update_fields=[*fields, "updated_at"])
    return address


@transaction.atomic
def archive_address(address_id: UUID, *, actor: User) -> None:
    """Take an address out of the book.

    Locks: the user.
    Raises: NotFound.
    """
    user = User.objects.lock(actor.pk)
    address = _own(user, address_id)
    address.archived_at, address.is_default = timezone.now(), False
    address.save(update_fields=["archived_at", "is_default", "updated_at"])


def set_default_address(address_id: UUID, *, actor: User) -> Address:
    """Make an address the default of its kind. Idempotent. Raises: NotFound."""
    return update_address(address_id, actor=actor, is_default=True)


def _own(user: User, address_id: UUID) -> Address:
    address = Address.objects.of(user).filter(pk=address_id).first()
    if address is None:
        raise NotFound
    return address


def _clear_default(user: User, kind: str, *, but: UUID | None = None) -> None:
    others = Address.objects.of(user).filter(kind=kind, is_default=True)
    if but is not None:
        others = others.exclude(pk=but)
    others.update(is_default=False, updated_at=timezone.now())
