"""How users want to be told."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from marketplace.common.errors import InvalidInput
from notifications.constants import Audience, Digest, NotificationType
from notifications.constants import DeliveryChannel as Channel
from notifications.kinds import KINDS
from notifications.models import MailChoice, Preference


@dataclass(frozen=True)
class Choice:
    """The channels that a user wants one type by."""

    type: NotificationType
    channels: frozenset[Channel]


@transaction.atomic
def set_preferences(user: User, *, choices: Sequence[Choice], digest: Digest | None) -> None:
    """Set the channels of these types, and the daily mail; what is not named stays. Idempotent.

    Raises: InvalidInput for a channel that the type does not have, and for security messages.
    """
    for index, choice in enumerate(choices):
        _check(user, index, choice)
    Preference.objects.bulk_create(
        [
            Preference(user=user, type=choice.type, channels=sorted(choice.channels))
            # In one order for all, so that two of them at once cannot deadlock.
            for choice in sorted(choices, key=lambda choice: choice.type)
            if not KINDS[choice.type].is_security
        ],
        update_conflicts=True,
        unique_fields=["user", "type"],
        update_fields=["channels", "updated_at"],
    )
    if digest is not None:
        MailChoice.objects.bulk_create(
            [MailChoice(user=user, digest=digest)],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["digest", "updated_at"],
        )


def _check(user: User, index: int, choice: Choice) -> None:
    kind = KINDS[choice.type]
    field = f"preferences.{index}.channels"
    if kind.audience == Audience.STAFF and not user.is_staff:
        raise InvalidInput(f"preferences.{index}.type", "There is no such type.")
    if kind.is_security:
        if choice.channels != kind.channels:
            raise InvalidInput(
                field,
                f"{choice.type} is a security message, which cannot be switched off.",
                code="locked",
            )
        return
    if foreign := sorted(choice.channels - kind.allowed):
        allowed = ", ".join(sorted(kind.allowed))
        raise InvalidInput(
            field, f"{choice.type} does not go by {', '.join(foreign)}, only by: {allowed}."
        )
