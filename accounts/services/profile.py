"""What people change about themselves."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.constants import Channel, CodePurpose
from accounts.events import IdentifierChanged, IdentifierTaken
from accounts.identifiers import channel_of
from accounts.models import OneTimeCode, User
from accounts.services.one_time_codes import issue_code, may_send, was_just_sent
from accounts.services.registration import is_proven, resend_code
from accounts.services.sessions import confirm_password
from marketplace.common.errors import InvalidInput
from marketplace.common.files.renditions import announce_image
from marketplace.common.images import CleanImage
from marketplace.common.media import discard_file, store_file
from marketplace.common.outbox.services import publish
from marketplace.common.rows import locked

_VERIFIED_AT = {"email": "email_verified_at", "phone_number": "phone_verified_at"}


def update_profile(user_id: UUID, *, current_password: str | None = None, **changes: Any) -> User:
    """Change name and language at once, phone number and e-mail address once confirmed.

    A new identifier gets a code and takes the old one's place when `verify_code` is called with it
    while signed in; for one that somebody else has, they are told instead, and the answer is the
    same. None removes an identifier while the other one is confirmed.
    Raises: InvalidInput: a new identifier without the right password, or nothing would be left;
    TokenNotValid when the account was closed meanwhile.
    Publishes: accounts.code_issued or accounts.identifier_taken, accounts.identifier_changed.
    """
    user = User.objects.get(pk=user_id)
    new = {
        field: changes[field]
        for field in ("phone_number", "email")
        if field in changes and changes[field] != getattr(user, field)
    }
    if new:
        if not current_password:
            raise InvalidInput("current_password", "Give the present password.", code="required")
        confirm_password(user, current_password, field="current_password")
    sendable = {identifier for identifier in new.values() if identifier and may_send(identifier)}
    with transaction.atomic():
        user = User.objects.lock_open(user_id)
        for field, identifier in new.items():
            if identifier is None:
                _remove_identifier(user, field)
            elif identifier in sendable:
                _offer_identifier(user, identifier)
        plain = [name for name in ("full_name", "language") if name in changes]
        for name in plain:
            setattr(user, name, changes[name])
        user.save(update_fields=[*plain, "updated_at"])
    return user


@transaction.atomic
def replace_identifiers(user_id: UUID, *, actor: User, **changes: str | None) -> None:
    """Set `phone_number` and `email` as staff; None removes one.

    The old one is told as by `update_profile`, and opens nothing any more; the new one is
    unconfirmed, and gets a code once the change is committed. Locks: the user.
    Raises: NotFound. Publishes: accounts.identifier_changed.
    """
    user = locked(User.objects, user_id)
    old = {field: getattr(user, field) for field in changes}
    moved = [field for field, new in changes.items() if new != old[field]]
    proven = [field for field in moved if getattr(user, _VERIFIED_AT[field]) is not None]
    for field in moved:
        setattr(user, field, changes[field])
        setattr(user, _VERIFIED_AT[field], None)
    # Both at once: the only contact may give way to one of the other kind.
    verified_at = [_VERIFIED_AT[field] for field in moved]
    user.save(update_fields=[*moved, *verified_at, "updated_at"])
    for field in moved:
        if old[field]:
            OneTimeCode.objects.filter(user=user, destination=old[field]).kill()
        if old[field] and (changes[field] or field in proven):
            channel = channel_of(old[field]).value
            publish(IdentifierChanged(user_id=user.pk, channel=channel, old_destination=old[field]))
        if identifier := changes[field]:
            transaction.on_commit(partial(resend_code, identifier), robust=True)


def _remove_identifier(user: User, field: str) -> None:
    other = "email" if field == "phone_number" else "phone_number"
    if getattr(user, other) is None or getattr(user, _VERIFIED_AT[other]) is None:
        raise InvalidInput(field, "Confirm another way to reach the account first.")
    old = getattr(user, field)
    was_proven = getattr(user, _VERIFIED_AT[field]) is not None
    setattr(user, field, None)
    setattr(user, _VERIFIED_AT[field], None)
    user.save(update_fields=[field, _VERIFIED_AT[field], "updated_at"])
    OneTimeCode.objects.filter(user=user, destination=old).kill()
    if was_proven:
        channel = Channel.EMAIL if field == "email" else Channel.SMS
        publish(IdentifierChanged(user_id=user.pk, channel=channel.value, old_destination=old))


def _offer_identifier(user: User, identifier: str) -> None:
    """Send a code to a new identifier; for a taken one its owner is told and the code is for show.

    What waits for its code can be read in the profile, so it must be there either way.
    """
    if was_just_sent(user.pk, CodePurpose.CHANGE_IDENTIFIER, identifier):
        return
    holder = User.objects.identified_by(identifier).exclude(pk=user.pk).first()
    is_taken = holder is not None and (is_proven(holder, identifier) or not holder.is_verified)
    issue_code(user, CodePurpose.CHANGE_IDENTIFIER, identifier, is_sent=not is_taken)
    if holder is not None and is_taken:
        publish(IdentifierTaken(user_id=holder.pk, channel=channel_of(identifier).value))


def set_avatar(user_id: UUID, image: CleanImage) -> User:
    """Replace the avatar by a cleaned image; the old file goes once the new one is committed."""
    name = store_file("avatars", image)
    try:
        return _store_avatar(user_id, name)
    except BaseException:
        discard_file(name)
        raise


def remove_avatar(user_id: UUID) -> User:
    """Take the avatar away. Idempotent."""
    return _store_avatar(user_id, "")


@transaction.atomic
def _store_avatar(user_id: UUID, name: str) -> User:
    user = User.objects.lock_open(user_id)
    old = user.avatar.name
    user.avatar = name
    user.save(update_fields=["avatar", "updated_at"])
    announce_image(user, "avatar")
    if old:
        transaction.on_commit(partial(discard_file, old), robust=True)
    return user
