"""What is read of accounts across tables."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.constants import Channel, CodePurpose, Role
from accounts.hooks import export_sections
from accounts.identifiers import normal_identifier
from accounts.models import Address, ApiKey, OneTimeCode, Session, User


def pending_identifiers(user: User) -> dict[str, str | None]:
    """Return the new phone number and e-mail address that wait for their code."""
    codes = OneTimeCode.objects.live().filter(user=user, purpose=CodePurpose.CHANGE_IDENTIFIER)
    found = dict(codes.values_list("channel", "destination"))
    return {
        "pending_phone_number": found.get(Channel.SMS),
        "pending_email": found.get(Channel.EMAIL),
    }


def users_found_by(text: str) -> QuerySet[User]:
    """Return who has this id, phone number or e-mail address, as a whole: found by index."""
    users = User.objects.get_queryset()
    try:
        return users.filter(pk=UUID(text))
    except ValueError:
        pass
    try:
        return users.identified_by(normal_identifier(text))
    except ValueError:
        return users.none()


def users_for_staff(
    *, q: str = "", role: str | None = None, suspended: bool | None = None
) -> QuerySet[User]:
    """Return accounts for the staff's list, the newest first, each with its shop."""
    found = users_found_by(q.strip()) if q.strip() else User.objects.get_queryset()
    if role == Role.STAFF:
        found = found.filter(is_staff=True)
    elif role == Role.SELLER:
        found = found.filter(shop__isnull=False)
    if suspended is not None:
        found = found.filter(suspended_at__isnull=not suspended)
    return found.select_related("shop").order_by("-id")


def held_about(user: User) -> dict[str, Any]:
    """Return all rows held about a user, as JSON values and without secrets."""
    without = {"user_id", "owner_id", "key_hash", "token_id"}
    sections: dict[str, Any] = {
        "addresses": _rows(Address.objects.filter(user=user), without),
        "sign_ins": _rows(Session.objects.filter(user=user), without),
        "one_time_codes": _rows(OneTimeCode.objects.filter(user=user), without),
        "api_keys": _rows(ApiKey.objects.filter(owner=user), without),
    }
    for name, section in export_sections.items():
        sections[name] = section(user)
    return sections


def _rows(queryset: Any, without: set[str]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name not in without}
        for row in queryset.order_by("id").values()
    ]
