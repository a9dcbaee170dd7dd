"""What is read of accounts across tables."""

from typing import Any

from accounts.constants import Channel, CodePurpose
from accounts.hooks import export_sections
from accounts.models import Address, ApiKey, OneTimeCode, Session, User


def pending_identifiers(user: User) -> dict[str, str | None]:
    """Return the new phone number and e-mail address that wait for their code."""
    codes = OneTimeCode.objects.live().filter(user=user, purpose=CodePurpose.CHANGE_IDENTIFIER)
    found = dict(codes.values_list("channel", "destination"))
    return {
        "pending_phone_number": found.get(Channel.SMS),
        "pending_email": found.get(Channel.EMAIL),
    }


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
