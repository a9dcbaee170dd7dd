"""Telling users: the one way in which notifications come into being."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from marketplace.common.outbox import nudge
from notifications.clock import next_digest_at
from notifications.constants import DeliveryChannel as Channel
from notifications.constants import Digest, NotificationType
from notifications.kinds import KINDS, Kind, Text, render
from notifications.live import wake_connections
from notifications.models import Delivery, MailChoice, Notification, Preference

SEND_TASK = "notifications.send"


@dataclass(frozen=True)
class Contact:
    """A channel and the one address on it that a message is for."""

    channel: Channel
    destination: str


@transaction.atomic
def notify(
    recipients: Iterable[tuple[UUID, NotificationType]],
    *,
    event_key: str,
    values: dict[str, str],
    data: dict[str, Any],
    only_to: Contact | None = None,
) -> list[Notification]:
    """Tell users, by (user id, type), in the language of each; `data` is for the client's links.

    Each notification goes by the channels that its user chose, or by `only_to`; the worker sends
    once this has committed, and open connections are told. Returns what was made.
    Locks: the users.
    Idempotent: a user is told once per `event_key`.
    """
    types = dict(recipients)
    # In order of their keys, so that two who tell the same users cannot deadlock; see Notification.
    open_users = User.objects.filter(pk__in=types, closed_at=None).order_by("pk")
    users = list(open_users.select_for_update(of=("self",), no_key=True))
    told = {}
    for user in users:
        kind = types[user.pk]
        text = render(kind, user.language, values)
        notification = Notification(
            user=user, type=kind, title=text.title, body=text.body, data=data, event_key=event_key
        )
        told[notification.pk] = (notification, text)
    Notification.objects.bulk_create([row for row, _ in told.values()], ignore_conflicts=True)
    # Those that were there already keep their own ids, and what was made of them then.
    made = [
        told[pk] for pk in Notification.objects.filter(pk__in=told).values_list("pk", flat=True)
    ]
    chosen = _chosen(types)
    deliveries = [
        delivery
        for notification, text in made
        for delivery in _deliveries(notification, text, chosen, only_to)
    ]
    if deliveries:
        Delivery.objects.bulk_create(deliveries)
        nudge.after_commit(SEND_TASK)
    wake_connections(notification.user_id for notification, _ in made)
    return [notification for notification, _ in made]


@dataclass(frozen=True)
class _Chosen:
    channels: dict[tuple[UUID, str], frozenset[Channel]]
    digested: set[UUID]

    def of(self, user: User, kind: Kind, type_: str) -> frozenset[Channel]:
        return self.channels.get((user.pk, type_), kind.channels) & kind.allowed


def _chosen(types: dict[UUID, NotificationType]) -> _Chosen:
    if all(KINDS[kind].is_security for kind in types.values()):
        return _Chosen({}, set())
    rows = Preference.objects.filter(user_id__in=types, type__in=set(types.values()))
    digested = MailChoice.objects.filter(user_id__in=types, digest=Digest.DAILY)
    return _Chosen(
        {(row.user_id, row.type): frozenset(map(Channel, row.channels)) for row in rows},
        set(digested.values_list("user_id", flat=True)),
    )


def _deliveries(
    notification: Notification, text: Text, chosen: _Chosen, only_to: Contact | None
) -> Iterator[Delivery]:
    user, kind = notification.user, KINDS[NotificationType(notification.type)]
    if only_to is not None:
        channels = {only_to.channel}
    elif kind.is_security:
        contact = best_contact(user)
        channels = {contact.channel} if contact else set()
    else:
        channels = {
            channel
            for channel in chosen.of(user, kind, notification.type)
            if contact_of(user, channel)
        }
    for channel in sorted(channels):
        in_digest = channel == Channel.EMAIL and not kind.is_security and user.pk in chosen.digested
        yield Delivery(
            notification=notification,
            channel=channel,
            is_urgent=kind.is_security,
            in_digest=in_digest,
            destination=only_to.destination if only_to else "",
            text=text.sms if channel == Channel.SMS else "",
            next_try_at=next_digest_at(timezone.now()) if in_digest else timezone.now(),
        )


def contact_of(user: User, channel: Channel) -> str:
    """Return where the user is reached on a channel; empty where nobody is known to be there.

    Staff are made by staff, who vouch for the address.
    """
    if channel == Channel.EMAIL and (user.email_verified_at or user.is_staff):
        return user.email or ""
    if channel == Channel.SMS and user.phone_verified_at:
        return user.phone_number or ""
    return ""


def best_contact(user: User) -> Contact | None:
    """Return the contact that certainly reaches the owner; mail before SMS."""
    for channel in (Channel.EMAIL, Channel.SMS):
        if destination := contact_of(user, channel):
            return Contact(channel, destination)
    return None
