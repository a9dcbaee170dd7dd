"""Reads of notifications beyond one user's list."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from notifications.constants import Audience, Digest, NotificationType
from notifications.constants import DeliveryChannel as Channel
from notifications.kinds import KINDS
from notifications.models import MailChoice, Notification, Preference


@dataclass(frozen=True)
class TypePreference:
    """One type, as its user wants it."""

    type: NotificationType
    title: str
    audience: Audience
    channels: list[Channel]
    allowed_channels: list[Channel]
    is_locked: bool


@dataclass(frozen=True)
class Preferences:
    digest: Digest
    preferences: list[TypePreference]


def preferences_of(user: User) -> Preferences:
    """Return every type that can reach the user, and by which channels it does."""
    rows = Preference.objects.filter(user=user).values_list("type", "channels")
    chosen = {type_: frozenset(map(Channel, channels)) for type_, channels in rows}
    digest = MailChoice.objects.filter(user=user).values_list("digest", flat=True).first()
    return Preferences(
        Digest(digest or Digest.NONE),
        [
            TypePreference(
                type=type_,
                title=kind.text(user.language).title,
                audience=kind.audience,
                channels=sorted(chosen.get(type_, kind.channels) & kind.allowed),
                allowed_channels=sorted(kind.allowed),
                is_locked=kind.is_security,
            )
            for type_, kind in KINDS.items()
            if user.is_staff or kind.audience != Audience.STAFF
        ],
    )


def muted_live_types(user_id: UUID) -> frozenset[str]:
    """Return the types that the user wants in the list, but not on open connections."""
    without = Preference.objects.filter(user_id=user_id).exclude(channels__contains=[Channel.LIVE])
    return frozenset(without.values_list("type", flat=True))


def staff_who_may(permission: str) -> list[UUID]:
    """Return the staff with a permission such as `shops.moderate_shop`."""
    app, codename = permission.split(".")
    granted = Q(
        groups__permissions__codename=codename, groups__permissions__content_type__app_label=app
    )
    return list(
        User.objects.open()
        .filter(Q(is_superuser=True) | granted, is_staff=True)
        .distinct()
        .values_list("pk", flat=True)
    )


def held_notifications(user: User) -> list[dict[str, Any]]:
    """Return what the user was told, for the export of all that is held about them."""
    mine = Notification.objects.of(user).order_by("pk")
    return [
        dict(row)
        for row in mine.values("id", "type", "title", "body", "data", "read_at", "created_at")
    ]


def held_preferences(user: User) -> dict[str, Any]:
    """Return how the user wants to be told, for the same export."""
    chosen = Preference.objects.filter(user=user).order_by("type")
    return {
        "digest": preferences_of(user).digest,
        "preferences": list(chosen.values("type", "channels")),
    }
