"""Accounts and groups of staff, made from the command line."""

from fnmatch import fnmatchcase

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone

from accounts.groups import GROUPS
from accounts.models import User
from accounts.password_rules import check_new_password
from marketplace.common.errors import InvalidInput


@transaction.atomic
def create_admin(
    *, email: str | None, phone_number: str | None, password: str, full_name: str
) -> User:
    """Make a superuser whose identifiers count as confirmed; they must be normalised.

    Raises: InvalidInput for a taken identifier, none at all, or a weak password.
    """
    if not (email or phone_number):
        raise InvalidInput("email", "Give an e-mail address or a phone number.")
    for field, identifier in (("email", email), ("phone_number", phone_number)):
        if identifier and User.objects.identified_by(identifier).exists():
            raise InvalidInput(field, f"There is an account with {identifier} already.")
    user = User(email=email, phone_number=phone_number, full_name=full_name)
    check_new_password("password", password, user)
    now = timezone.now()
    user.is_staff = user.is_superuser = True
    user.email_verified_at = now if email else None
    user.phone_verified_at = now if phone_number else None
    user.set_password(password)
    user.save(force_insert=True)
    return user


@transaction.atomic
def setup_groups() -> dict[str, int]:
    """Give each group exactly its permissions; returns how many each has. Idempotent."""
    permissions = [
        (f"{app}.{codename}", pk)
        for pk, app, codename in Permission.objects.values_list(
            "pk", "content_type__app_label", "codename"
        )
    ]
    counts = {}
    for name, patterns in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        granted = [pk for label, pk in permissions if any(fnmatchcase(label, p) for p in patterns)]
        group.permissions.set(granted)
        counts[name] = len(granted)
    return counts
