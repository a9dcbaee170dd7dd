"""Close an account for good."""

from functools import partial
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from accounts import hooks
from accounts.events import AccountClosed
from accounts.models import Address, ApiKey, OneTimeCode, SecondFactor, Session, User
from accounts.services.sessions import confirm_password, end_connections
from marketplace.common import live
from marketplace.common.audit.forgetting import forget_values
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
    user.phone_verified_at = user.email_verified_at = user.last_login = None
    user.full_name, user.avatar, user.suspension_reason = CLOSED_NAME, "", ""
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
            "suspension_reason",
            "last_login",
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
    SecondFactor.objects.filter(user=user).delete()
    now = timezone.now()
    keys = ApiKey.objects.filter(owner=user)
    keys.filter(revoked_at=None).update(revoked_at=now, updated_at=now)
    keys.update(name="")
    if old_avatar:
        transaction.on_commit(partial(discard_file, old_avatar), robust=True)


def forget_in_logs(user_id: UUID) -> None:
    """Hide the person in what the logs of the console say about a closed account. Idempotent."""
    columns = ("phone_number", "email", "full_name", "avatar", "suspension_reason")
    forget_values("accounts.user", [user_id], columns)
    sessions = Session.objects.filter(user_id=user_id).values_list("pk", flat=True)
    forget_values("accounts.session", sessions, ("ip_address", "user_agent"))
    keys = ApiKey.objects.filter(owner_id=user_id).values_list("pk", flat=True)
    forget_values("accounts.apikey", keys, ("name",))
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(user_id)).update(
        object_repr=CLOSED_NAME
    )
