"""Who works for a shop: inviting, joining, changing roles, leaving, handing the shop over.

Everything that changes a team locks its shop first, so that no two of them see half of the other.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.api_keys import revoke_keys_to_shop
from accounts.services.one_time_codes import may_send
from accounts.services.sessions import confirm_password
from marketplace.common.errors import NotFound, TooManyAttempts
from marketplace.common.limits.services import check_limit
from marketplace.common.outbox.services import publish
from shops import hooks
from shops.constants import (
    INVITATION_DAYS,
    INVITATIONS_PER_DAY,
    MAX_MEMBERS,
    MAX_MEMBERSHIPS,
    MAX_OPEN_INVITATIONS,
    ShopStatus,
    TeamRole,
)
from shops.errors import (
    AlreadyInvited,
    AlreadyMember,
    InvalidInvitation,
    OwnerCannotLeave,
    OwnsAnotherShop,
    ShopNotActive,
    TeamFull,
    WrongAccount,
)
from shops.events import (
    MemberInvited,
    MemberJoined,
    MemberLeft,
    MemberRolesChanged,
    ShopHandedOver,
)
from shops.models import Shop, ShopInvitation, ShopMember
from shops.services._rows import lock_shop
from shops.tokens import invitation_id_in, is_token_of

DAY_SECONDS = 86_400
_BANK_ACCOUNT = ("bank_name", "bank_account_name", "bank_account_number")


def admit_invitation(shop_id: UUID, email: str) -> None:
    """Count one mail to a mailbox, before and outside the transaction of what sends it.

    Raises: TooManyAttempts when the shop, or the mailbox, has had its share.
    """
    check_limit("invite", str(shop_id), limit=INVITATIONS_PER_DAY, window_seconds=DAY_SECONDS)
    if not may_send(email):
        raise TooManyAttempts("This mailbox got many messages. Try again later.", retry_after=900)


@transaction.atomic
def invite_member(
    shop_id: UUID, *, actor: User, email: str, roles: Iterable[TeamRole]
) -> ShopInvitation:
    """Ask a mailbox to join the shop's team; `email` is normalised.

    Locks: the shop. Raises: NotFound; ShopNotActive unless it is open; AlreadyMember;
    AlreadyInvited; TeamFull. Publishes: shops.member_invited.
    """
    shop = _lock_own(shop_id, actor)
    if shop.status != ShopStatus.APPROVED:
        raise ShopNotActive
    if _belongs(shop, User.objects.filter(email__iexact=email).values_list("pk", flat=True)):
        raise AlreadyMember
    expired = ShopInvitation.objects.of(shop).filter(email=email, expires_at__lte=timezone.now())
    expired.update(revoked_at=timezone.now(), updated_at=timezone.now())
    waiting = ShopInvitation.objects.of(shop)
    if waiting.filter(email=email).exists():
        raise AlreadyInvited
    if waiting.count() >= MAX_OPEN_INVITATIONS or shop.members.count() >= MAX_MEMBERS:
        raise TeamFull
    invitation = ShopInvitation.objects.create(
        shop=shop,
        email=email,
        roles=_ordered(roles),
        invited_by=actor,
        expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
    )
    publish(MemberInvited(invitation_id=invitation.pk, shop_id=shop.pk))
    return invitation


@transaction.atomic
def resend_invitation(invitation_id: UUID, *, shop_id: UUID, actor: User) -> ShopInvitation:
    """Send a new link, which takes the place of the one before; it may have expired.

    Locks: the shop. Raises: NotFound; ShopNotActive. Publishes: shops.member_invited.
    """
    shop = _lock_own(shop_id, actor)
    invitation = _open_invitation(invitation_id, shop)
    if shop.status != ShopStatus.APPROVED:
        raise ShopNotActive
    invitation.sent_count += 1
    invitation.expires_at = timezone.now() + timedelta(days=INVITATION_DAYS)
    invitation.save(update_fields=["sent_count", "expires_at", "updated_at"])
    publish(MemberInvited(invitation_id=invitation.pk, shop_id=shop.pk))
    return invitation


@transaction.atomic
def revoke_invitation(invitation_id: UUID, *, shop_id: UUID, actor: User) -> None:
    """Take an invitation back: its link is good no more. Locks: the shop. Raises: NotFound."""
    invitation = _open_invitation(invitation_id, _lock_own(shop_id, actor))
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at", "updated_at"])


@transaction.atomic
def accept_invitation(token: str, *, user: User) -> ShopMember:
    """Join the team whose invitation has this token; it is used up by that.

    Locks: the user, then the shop. Raises: InvalidInvitation; WrongAccount unless the mailbox is
    the user's and confirmed; AlreadyMember; TeamFull; TokenNotValid when the account was closed
    meanwhile. Publishes: shops.member_joined.
    """
    invitation_id = invitation_id_in(token)
    if invitation_id is None:
        raise InvalidInvitation
    shop_id = ShopInvitation.objects.values_list("shop_id", flat=True).filter(pk=invitation_id)
    found = shop_id.first()
    if found is None:
        raise InvalidInvitation
    user = User.objects.lock_open(user.pk)
    shop = lock_shop(found)
    invitation = ShopInvitation.objects.live().filter(pk=invitation_id).first()
    if invitation is None or not is_token_of(invitation, token):
        raise InvalidInvitation
    if user.email_verified_at is None or (user.email or "").lower() != invitation.email:
        raise WrongAccount
    if _belongs(shop, [user.pk]):
        raise AlreadyMember
    memberships = ShopMember.objects.filter(user=user).count()
    if shop.members.count() >= MAX_MEMBERS or memberships >= MAX_MEMBERSHIPS:
        raise TeamFull
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at", "updated_at"])
    member = ShopMember.objects.create(shop=shop, user=user, roles=invitation.roles)
    publish(MemberJoined(shop_id=shop.pk, user_id=user.pk))
    return member


@transaction.atomic
def change_roles(
    member_id: UUID, *, shop_id: UUID, actor: User, roles: Iterable[TeamRole]
) -> ShopMember:
    """Give a member other roles, from the next request on.

    Locks: the shop. Raises: NotFound. Publishes: shops.member_roles_changed, if they are others.
    """
    member = _member(member_id, _lock_own(shop_id, actor))
    wanted = _ordered(roles)
    if member.roles != wanted:
        member.roles = wanted
        member.save(update_fields=["roles", "updated_at"])
        publish(
            MemberRolesChanged(shop_id=member.shop_id, user_id=member.user_id, roles=member.roles)
        )
    return member


@transaction.atomic
def remove_member(member_id: UUID, *, shop_id: UUID, actor: User) -> None:
    """Take a member out of the team, from the next request on.

    Locks: the shop. Raises: NotFound. Publishes: shops.member_left.
    """
    _leave(_member(member_id, _lock_own(shop_id, actor)), is_removed=True)


@transaction.atomic
def leave_shop(shop_id: UUID, *, user: User) -> None:
    """Leave a team.

    Locks: the shop. Raises: NotFound; OwnerCannotLeave. Publishes: shops.member_left.
    """
    shop = lock_shop(shop_id)
    if shop.owner_id == user.pk:
        raise OwnerCannotLeave
    member = shop.members.filter(user=user).first()
    if member is None:
        raise NotFound
    _leave(member, is_removed=False)


def hand_over_shop(shop_id: UUID, *, actor: User, member_id: UUID, password: str) -> Shop:
    """Make a member the shop's owner; the one before stays as a member with every role.

    The shop's API keys and open invitations end with it, and its bank account is taken out, so that
    no payout goes there that the new owner has not asked for; orders.settlement ends the drafted
    ones, notifications.webhooks switches its endpoints off.
    Locks: both people by pk, then the shop. Raises: InvalidInput for the wrong password; NotFound;
    OwnsAnotherShop; TokenNotValid when the actor's account was closed meanwhile.
    Publishes: shops.handed_over.
    """
    confirm_password(actor, password, field="current_password")
    return _hand_over(shop_id, actor, member_id)


@transaction.atomic
def _hand_over(shop_id: UUID, actor: User, member_id: UUID) -> Shop:
    heir_id = ShopMember.objects.filter(pk=member_id, shop=shop_id).values_list("user", flat=True)
    found = heir_id.first()
    if found is None:
        raise NotFound
    heir = _lock_both(actor, found)
    shop = lock_shop(shop_id)
    member = _member(member_id, shop)
    if shop.owner_id != actor.pk or not heir.is_active:
        raise NotFound
    if Shop.objects.filter(owner=heir).exists():
        raise OwnsAnotherShop
    member.delete()
    shop.owner = heir
    for name in _BANK_ACCOUNT:
        setattr(shop, name, "")
    shop.save(update_fields=["owner", *_BANK_ACCOUNT, "updated_at"])
    ShopMember.objects.create(shop=shop, user=actor, roles=TeamRole.values)
    # Whoever holds one of them was chosen by the owner before, and only their maker can see them.
    revoke_keys_to_shop(shop.pk)
    now = timezone.now()
    ShopInvitation.objects.of(shop).update(revoked_at=now, updated_at=now)
    for step in hooks.handover_steps:
        step(shop)
    publish(ShopHandedOver(shop_id=shop.pk, from_user_id=actor.pk, to_user_id=heir.pk))
    return shop


def _lock_both(actor: User, heir_id: UUID) -> User:
    """Lock who gives a shop and who gets it; returns the latter. Raises: TokenNotValid.

    As registering a shop does, so that nobody comes to own two; and as closing an account does,
    which ends the shop that it finds: it must not be the new owner's by then.
    """
    heir = actor
    for user_id in sorted([actor.pk, heir_id]):
        if user_id == actor.pk:
            User.objects.lock_open(user_id)
        else:
            heir = User.objects.lock(user_id)
    return heir


def end_memberships_of(user: User) -> None:
    """Take an account that is being closed out of every team, in the caller's transaction."""
    for member in ShopMember.objects.filter(user=user).order_by("shop_id"):
        lock_shop(member.shop_id)
        _leave(member, is_removed=False)


def _leave(member: ShopMember, *, is_removed: bool) -> None:
    member.delete()
    publish(MemberLeft(shop_id=member.shop_id, user_id=member.user_id, is_removed=is_removed))


def _lock_own(shop_id: UUID, actor: User) -> Shop:
    """Lock a shop whose team the actor decides on. Raises: NotFound when it was handed over."""
    shop = lock_shop(shop_id)
    if shop.owner_id != actor.pk:
        raise NotFound
    return shop


def _member(member_id: UUID, shop: Shop) -> ShopMember:
    member = ShopMember.objects.of(shop).select_related("user").filter(pk=member_id).first()
    if member is None:
        raise NotFound
    return member


def _open_invitation(invitation_id: UUID, shop: Shop) -> ShopInvitation:
    invitation = ShopInvitation.objects.of(shop).filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound
    return invitation


def _belongs(shop: Shop, user_ids: Iterable[UUID]) -> bool:
    ids = list(user_ids)
    return shop.owner_id in ids or shop.members.filter(user__in=ids).exists()


def _ordered(roles: Iterable[TeamRole]) -> list[str]:
    """Return roles each once, in the order in which they are listed."""
    wanted = set(roles)
    return [role.value for role in TeamRole if role in wanted]
