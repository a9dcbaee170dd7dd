"""Accounts: security above all, and what is forgotten with a closed one."""

import logging

from accounts.events import (
    AccountClosed,
    IdentifierChanged,
    IdentifierTaken,
    PasswordChanged,
    RefreshTokenReused,
    UserReinstated,
    UserSuspended,
    UserVerified,
)
from accounts.models import User
from marketplace.common.outbox.registry import handles
from notifications.constants import DeliveryChannel, NotificationType
from notifications.handlers._telling import tell
from notifications.services.reading import forget_user
from notifications.services.telling import Contact

logger = logging.getLogger(__name__)


@handles(UserVerified)
def welcome(event: UserVerified) -> None:
    tell([(event.user_id, NotificationType.WELCOME)], event.topic, values={}, data={})


@handles(PasswordChanged)
def tell_of_changed_password(event: PasswordChanged) -> None:
    tell([(event.user_id, NotificationType.PASSWORD_CHANGED)], event.topic, values={}, data={})


@handles(RefreshTokenReused)
def tell_of_reused_token(event: RefreshTokenReused) -> None:
    logger.warning("Refresh token reused: session %s of user %s", event.session_id, event.user_id)
    tell([(event.user_id, NotificationType.SIGN_IN_ENDED)], event.topic, values={}, data={})


@handles(IdentifierChanged)
def tell_old_contact(event: IdentifierChanged) -> None:
    """Tell whoever reads the old contact: if the account was stolen, its owner does."""
    tell(
        [(event.user_id, NotificationType.CONTACT_CHANGED)],
        event.topic,
        values={},
        data={},
        only_to=Contact(DeliveryChannel(event.channel), event.old_destination),
    )


@handles(IdentifierTaken)
def tell_owner_of_registration(event: IdentifierTaken) -> None:
    """Tell by the contact that was typed, which the owner confirmed."""
    user = User.objects.open().filter(pk=event.user_id).first()
    if user is None:
        return
    to = user.email if event.channel == DeliveryChannel.EMAIL else user.phone_number
    if to:
        tell(
            [(user.pk, NotificationType.REGISTRATION_ATTEMPTED)],
            event.topic,
            values={},
            data={},
            only_to=Contact(DeliveryChannel(event.channel), to),
        )


@handles(UserSuspended)
def tell_suspended_user(event: UserSuspended) -> None:
    tell(
        [(event.user_id, NotificationType.ACCOUNT_SUSPENDED)],
        event.topic,
        values={"reason": event.reason},
        data={},
    )


@handles(UserReinstated)
def tell_reinstated_user(event: UserReinstated) -> None:
    tell([(event.user_id, NotificationType.ACCOUNT_REINSTATED)], event.topic, values={}, data={})


@handles(AccountClosed)
def forget_closed_account(event: AccountClosed) -> None:
    forget_user(event.user_id)
