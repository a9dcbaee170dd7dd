"""What a shop forgets of the person behind it."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from marketplace.common.audit.forgetting import forget_values
from shops.models import Shop, ShopInvitation, StoreLocation

_CONTACTS = {
    "contact_email": "",
    "contact_phone": "",
    "pickup_address": {},
    "bank_name": "",
    "bank_account_name": "",
    "bank_account_number": "",
}
_REACH = {"address": "", "phone_number": "", "email": "", "latitude": 0, "longitude": 0}


@transaction.atomic
def forget_shop(shop_id: UUID) -> bool:
    """Take contacts, places and the bank account out of a shop that has ended, logs included.

    Returns whether there was anything. The shop's name stays on what was bought there. Idempotent.
    """
    shops = Shop.objects.filter(pk=shop_id)
    is_new = shops.exclude(**_CONTACTS).update(**_CONTACTS, updated_at=Now())
    places = StoreLocation.objects.filter(shop_id=shop_id)
    is_new += places.exclude(**_REACH).update(**_REACH, updated_at=Now())
    if is_new:
        forget_values("shops.shop", [shop_id], _CONTACTS)
        ids = places.values_list("pk", flat=True)
        forget_values("shops.storelocation", ids, _REACH)
    return bool(is_new)


def forget_invitations_to(user: User) -> None:
    """Delete what asked a person who leaves to join a team, logs included; before the address goes.

    In the caller's transaction.
    """
    if not user.email:
        return
    invitations = ShopInvitation.objects.filter(email=user.email.lower())
    ids = list(invitations.values_list("pk", flat=True))
    if ids:
        invitations.delete()
        forget_values("shops.shopinvitation", ids, ("email",))
