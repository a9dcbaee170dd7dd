"""What is read of accounts across tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.constants import Channel, CodePurpose, Role
from accounts.hooks import export_sections
from accounts.identifiers import normal_identifier
from accounts.models import Address, ApiKey, OneTimeCode, SecondFactor, Session, User


def pending_identifiers(user: User) -> dict[str, str | None]:
    """Return the new phone number and e-mail address that wait for their code."""
    codes = OneTimeCode.objects.live().filter(user=user, purpose=CodePurpose.CHANGE_IDENTIFIER)
    found = dict(codes.values_list("channel", "destination"))
    return {
        "pending_phone_number": found.get(Channel.SMS),
        "pending_email": found.get(Channel.EMAIL),
    }


def works_for_shop(user: User) -> bool:
    """Tell whether the user has a shop or belongs to a team; shops are a higher app's."""
    return hasattr(user, "shop") or bool(user.shop_memberships.all())


def lacks_second_factor(user: User, shown_at: datetime | None) -> bool:
    """Tell whether staff have to show a code before they act; `shown_at` is when they last did.

    As in the console: of who enrolled, and of all where it is demanded. What was shown of a device
    before the present one counts no more.
    """
    factor: SecondFactor | None = getattr(user, "second_factor", None)
    if factor is None:
        return bool(settings.STAFF_SECOND_FACTOR_REQUIRED)
    return shown_at is None or shown_at < factor.created_at


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
    """Return accounts for the staff's list, the newest first, each with its shops."""
    found = users_found_by(q.strip()) if q.strip() else User.objects.get_queryset()
    if role == Role.STAFF:
        found = found.filter(is_staff=True)
    elif role == Role.SELLER:
        members = User.objects.filter(shop_memberships__isnull=False)
        found = found.filter(Q(shop__isnull=False) | Q(pk__in=members.values("pk")))
    if suspended is not None:
        found = found.filter(suspended_at__isnull=not suspended)
    found = found.select_related("shop").prefetch_related("shop_memberships")
    return found.order_by("-id")


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
