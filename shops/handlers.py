"""What shops do when people leave or ask what is held about them, and the mails they send."""

from accounts.hooks import closing_checks, export_sections
from accounts.models import User
from marketplace.common.outbox.registry import handles
from shops.events import MemberInvited
from shops.messages import send_invitation
from shops.models import ShopInvitation
from shops.selectors import held_memberships, held_shop
from shops.services.leaving import forget_invitations_to
from shops.services.states import end_shop_of
from shops.services.team import end_memberships_of
from shops.tokens import token_of

closing_checks.append(end_shop_of)
closing_checks.append(end_memberships_of)
closing_checks.append(forget_invitations_to)
export_sections["shop"] = held_shop
export_sections["shop_memberships"] = held_memberships


@handles(MemberInvited, external=True)
def mail_invitation(event: MemberInvited) -> None:
    """Send the link of an invitation that is still open, whether or not there is an account."""
    rows = ShopInvitation.objects.live().select_related("shop", "invited_by")
    invitation = rows.filter(pk=event.invitation_id).first()
    if invitation is None:
        return
    invited = User.objects.filter(email__iexact=invitation.email).first()
    send_invitation(
        to=invitation.email,
        language=(invited or invitation.invited_by).language,
        shop=invitation.shop.name,
        inviter=invitation.invited_by.full_name,
        until=f"{invitation.expires_at:%Y-%m-%d}",
        token=token_of(invitation),
    )
