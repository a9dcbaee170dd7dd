"""Close an account for good."""

from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import hooks
from accounts.events import AccountClosed
from accounts.models import Address, ApiKey, OneTimeCode, Session, User
from accounts.services.sessions import confirm_password, end_connections
from marketplace.common import live
from marketplace.common.errors import InvalidTransition
from marketplace.common.media import discard_file
from marketplace.common.outbox.services import publish

CLOSED_NAME = "Closed account"


def close_account(user_id: UUID, *, password: str) -> None:
    """Close one's own account: access ends, and what names the person is removed.

    Orders and the ledger keep what the law asks for; they hold copies of their own.
    Raises: InvalidInput for the wrong password; what a closing check of a higher app raises.
    Publishes: accounts.closed.
    """
    confirm_password(User.objects.get(pk=user_id), password, field="password")
    with transaction.atomic():
        user = User.objects.lock(user_id)
        if user.closed_at is not None:
            raise InvalidTransition("The account is closed already.")
        for check in hooks.closing_checks:
            check(user)
        _anonymise(user)
        publish(AccountClosed(user_id=user.pk))


def _anonymise(user: User) -> None:
    old_avatar = user.avatar.name
    user.phone_number = user.email = None
    user.phone_verified_at = user.email_verified_at = None
    user.full_name, user.avatar = CLOSED_NAME, ""
    user.is_staff = user.is_superuser = False
    user.closed_at = timezone.now()
    user.set_unusable_password()
    user.save(
        update_fields=[
            "phone_number",
            "email",
            "phone_verified_at",
            "email_verified_at",
            "full_name",
            "avatar",
            "is_staff",
            "is_superuser",
            "closed_at",
            "password",
            "updated_at",
        ]
    )
    user.groups.clear()
    user.user_permissions.clear()
    sessions = Session.objects.filter(user=user)
    sessions.revoke()
    end_connections(live.user_group(user.pk))
    sessions.update(user_agent="", ip_address="")
    OneTimeCode.objects.filter(user=user).delete()
    Address.objects.filter(user=user).delete()
    now = timezone.now()
    ApiKey.objects.filter(owner=user, revoked_at=None).update(revoked_at=now, updated_at=now)
    if old_avatar:
        transaction.on_commit(partial(discard_file, old_avatar), robust=True)
