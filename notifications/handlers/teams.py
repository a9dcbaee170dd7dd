"""The people of a shop."""

from collections.abc import Iterable

from accounts.models import User
from marketplace.common.outbox.registry import handles
from notifications.constants import NotificationType
from notifications.handlers._telling import tell
from shops.events import MemberInvited, MemberJoined, MemberLeft, MemberRolesChanged, ShopHandedOver
from shops.models import Shop, ShopInvitation, ShopMember


@handles(MemberInvited)
def tell_invited_user(event: MemberInvited) -> None:
    """Tell the invited one who has an account already; the mail goes to the mailbox anyway."""
    rows = ShopInvitation.objects.live().select_related("shop")
    invitation = rows.filter(pk=event.invitation_id).first()
    if invitation is None:
        return
    users = User.objects.filter(email__iexact=invitation.email, email_verified_at__isnull=False)
    tell(
        [(user.pk, NotificationType.TEAM_INVITED) for user in users],
        event.topic,
        values={"shop": invitation.shop.name, "until": f"{invitation.expires_at:%Y-%m-%d}"},
        data={"shop_id": str(invitation.shop_id)},
    )


@handles(MemberJoined)
def tell_of_new_member(event: MemberJoined) -> None:
    member = ShopMember.objects.filter(shop=event.shop_id, user=event.user_id).first()
    if member is not None:
        _tell_of_member(event, NotificationType.TEAM_JOINED, to_member=False, roles=member.roles)


@handles(MemberRolesChanged)
def tell_of_changed_roles(event: MemberRolesChanged) -> None:
    kind = NotificationType.TEAM_ROLES_CHANGED
    _tell_of_member(event, kind, to_member=True, roles=event.roles)


@handles(MemberLeft)
def tell_of_left_member(event: MemberLeft) -> None:
    """Tell the one who was taken out; the owner of one who left."""
    _tell_of_member(event, NotificationType.TEAM_LEFT, to_member=event.is_removed)


@handles(ShopHandedOver)
def tell_of_handed_over_shop(event: ShopHandedOver) -> None:
    shop, heir = Shop.objects.get(pk=event.shop_id), User.objects.get(pk=event.to_user_id)
    kind = NotificationType.SHOP_HANDED_OVER
    tell(
        [(event.from_user_id, kind), (event.to_user_id, kind)],
        event.topic,
        values={"shop": shop.name, "person": heir.full_name},
        data={"shop_id": str(shop.pk)},
    )


def _tell_of_member(
    event: MemberJoined | MemberRolesChanged | MemberLeft,
    kind: NotificationType,
    *,
    to_member: bool,
    roles: Iterable[str] = (),
) -> None:
    """Tell a member of the team, or its owner of that member."""
    shop, person = Shop.objects.get(pk=event.shop_id), User.objects.get(pk=event.user_id)
    tell(
        [(person.pk if to_member else shop.owner_id, kind)],
        event.topic,
        values={"shop": shop.name, "person": person.full_name, "roles": ", ".join(roles)},
        data={"shop_id": str(shop.pk), "user_id": str(person.pk)},
    )
