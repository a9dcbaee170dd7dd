"""The team of a shop: inviting, joining, roles, leaving, handing over."""

import re
from datetime import UTC, datetime
from functools import partial

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from accounts.errors import TokenNotValid
from accounts.models import ApiKey, User
from accounts.services import create_api_key
from accounts.tests.factories import PASSWORD, UserFactory
from marketplace.common.errors import NotFound
from marketplace.common.testing import run_in_parallel
from shops.constants import TeamRole
from shops.events import MemberInvited
from shops.handlers import mail_invitation
from shops.models import Shop, ShopInvitation, ShopMember
from shops.services.profiles import register_shop, update_shop
from shops.services.team import (
    accept_invitation,
    change_roles,
    hand_over_shop,
    invite_member,
    remove_member,
    resend_invitation,
    revoke_invitation,
)
from shops.tests.factories import ShopFactory, ShopInvitationFactory, ShopMemberFactory
from shops.tokens import token_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def sign_in(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def shop():
    return ShopFactory(name="Gốm Bát Tràng")


@pytest.fixture
def owner(shop):
    return sign_in(shop.owner)


def invite(owner, email, *roles):
    return owner.post(
        "/api/v1/seller/team/invitations",
        {"email": email, "roles": list(roles) or [TeamRole.ORDERS]},
        format="json",
    )


def accept(user, token):
    return sign_in(user).post("/api/v1/seller/memberships/accept", {"token": token})


def code(response):
    return response.json()["error"]["code"]


def test_invited_user_joins_by_the_link_in_the_mail(shop, owner):
    invited = UserFactory(email="lan@example.test", email_verified_at=NOW)

    made = invite(owner, "LAN@example.test", "orders", "catalogue", "orders")
    invitation = ShopInvitation.objects.get(pk=made.json()["id"])
    mail_invitation(MemberInvited(invitation.pk, shop.pk))
    token = re.search(r"/invitations/(\w+)", mail.outbox[0].body)[1]
    joined = accept(invited, token)

    assert made.status_code == 201
    assert made.json()["email"] == "lan@example.test"
    assert mail.outbox[0].to == ["lan@example.test"]
    assert token[32:] not in str(list(ShopInvitation.objects.values()))
    assert joined.status_code == 201
    assert joined.json()["roles"] == ["catalogue", "orders"]
    assert joined.json()["shop"]["id"] == str(shop.pk)
    team = owner.get("/api/v1/seller/team").json()
    assert [row["email"] for row in team["members"]] == ["lan@example.test"]
    assert team["invitations"] == []
    assert sign_in(invited).get("/api/v1/profile").json()["roles"] == ["buyer", "seller"]
    assert code(accept(invited, token)) == "validation_error"


def test_only_the_link_sent_last_is_good_and_only_for_the_mailboxs_user(shop, owner):
    invited, stranger = UserFactory(email="lan@example.test", email_verified_at=NOW), UserFactory()
    unconfirmed = UserFactory(email="lan2@example.test", email_verified_at=None)
    invitation = ShopInvitationFactory(shop=shop, email="lan@example.test")
    other = ShopInvitationFactory(shop=shop, email=unconfirmed.email)
    first = token_of(invitation)

    again = owner.post(f"/api/v1/seller/team/invitations/{invitation.pk}/resend")
    invitation.refresh_from_db()
    last = token_of(invitation)

    assert again.status_code == 200
    refused = [
        (accept(invited, first), 400, "validation_error"),
        (accept(invited, "é"), 400, "validation_error"),
        (accept(stranger, last), 403, "wrong_account"),
        (accept(unconfirmed, token_of(other)), 403, "wrong_account"),
    ]
    for response, status, name in refused:
        assert (response.status_code, code(response)) == (status, name)
    assert not ShopMember.objects.exists()
    assert accept(invited, last).status_code == 201


def test_revoked_and_expired_invitations_are_good_for_nothing(shop, owner):
    invited = UserFactory(email="lan@example.test", email_verified_at=NOW)
    revoked = ShopInvitationFactory(shop=shop, email=invited.email)
    gone = owner.delete(f"/api/v1/seller/team/invitations/{revoked.pk}")
    expired = ShopInvitationFactory(shop=shop, email=invited.email, expires_at=revoked.created_at)

    assert gone.status_code == 204
    assert accept(invited, token_of(revoked)).status_code == 400
    assert accept(invited, token_of(expired)).status_code == 400
    assert not ShopMember.objects.exists()
    # What has expired does not stand in the way of a new one.
    assert invite(owner, invited.email).status_code == 201


def test_inviting_says_why_it_refuses(shop, owner):
    member = ShopMemberFactory(shop=shop)
    ShopInvitationFactory(shop=shop, email="open@example.test")
    pending = ShopFactory(status="pending")

    refused = [
        (invite(owner, shop.owner.email), "already_member"),
        (invite(owner, member.user.email), "already_member"),
        (invite(owner, "open@example.test"), "already_invited"),
        (invite(sign_in(pending.owner), "new@example.test"), "shop_not_active"),
        (invite(owner, "nobody", "orders"), "validation_error"),
        (invite(owner, "new@example.test", "owner"), "validation_error"),
    ]

    assert [code(response) for response, _ in refused] == [name for _, name in refused]
    assert ShopInvitation.objects.count() == 1


def test_roles_hold_from_the_next_request_on(shop, owner):
    member = ShopMemberFactory(shop=shop, roles=["catalogue"])
    caller, path = sign_in(member.user), f"/api/v1/seller/team/members/{member.pk}"

    before = caller.get("/api/v1/seller/orders")
    changed = owner.patch(path, {"roles": ["orders"]}, format="json")
    after = caller.get("/api/v1/seller/orders")
    removed = owner.delete(path)
    gone = caller.get("/api/v1/seller/orders")

    assert (before.status_code, code(before)) == (403, "role_required")
    assert (changed.status_code, changed.json()["roles"]) == (200, ["orders"])
    assert after.status_code == 200
    assert removed.status_code == 204
    assert (gone.status_code, code(gone)) == (403, "no_shop")


def test_shop_is_the_named_one_else_ones_own_else_the_first_joined(shop):
    other = ShopFactory()
    user = ShopMemberFactory(shop=shop, roles=["orders"]).user
    ShopMemberFactory(shop=other, user=user, roles=["finance"])
    caller = sign_in(user)

    def shop_seen(**headers):
        answer = caller.get("/api/v1/seller/shops/me", headers=headers)
        return answer.json().get("id", answer.status_code)

    assert shop_seen() == str(shop.pk)
    assert shop_seen(**{"X-Shop-ID": str(other.pk)}) == str(other.pk)
    for unknown in (str(ShopFactory().pk), "none"):
        refused = caller.get("/api/v1/seller/shops/me", headers={"X-Shop-ID": unknown})
        assert refused.status_code == 404
    own = ShopFactory(owner=user)
    assert shop_seen() == str(own.pk)
    seats = caller.get("/api/v1/seller/memberships").json()
    assert [(row["shop"]["id"], row["roles"]) for row in seats] == [
        (str(own.pk), ["owner"]),
        (str(shop.pk), ["orders"]),
        (str(other.pk), ["finance"]),
    ]


def test_key_opens_the_shop_that_it_was_made_for_alone(shop, api):
    owner = shop.owner
    joined = ShopFactory()
    ShopMemberFactory(shop=joined, user=owner, roles=["catalogue", "orders"])
    key, text = create_api_key(owner.pk, shop_id=shop.pk, name="ERP", scopes=["read:orders"])

    def answered(**headers):
        answer = api.get("/api/v1/seller/orders", headers={"X-API-Key": text, **headers})
        return answer.status_code, answer.json().get("error", {}).get("code")

    assert answered() == answered(**{"X-Shop-ID": str(shop.pk)}) == (200, None)
    assert answered(**{"X-Shop-ID": str(joined.pk)}) == (404, "not_found")
    assert (
        sign_in(owner)
        .get("/api/v1/seller/orders", headers={"X-Shop-ID": str(joined.pk)})
        .status_code
        == 200
    )
    # Neither does it pass on to another shop of its maker's once that one is somebody else's.
    Shop.objects.filter(pk=shop.pk).update(owner=UserFactory())
    assert answered() == (403, "no_shop")
    ShopMemberFactory(shop=shop, user=owner, roles=TeamRole.values)
    assert answered() == (403, "no_shop")
    assert answered(**{"X-Shop-ID": str(shop.pk)}) == (404, "not_found")
    ApiKey.objects.filter(pk=key.pk).update(shop_id=None)
    assert answered() == (403, "no_shop")


def test_shop_is_handed_over_to_a_member_and_its_owner_stays_as_one(shop, owner):
    heir = ShopMemberFactory(shop=shop)
    busy = ShopFactory(owner=ShopMemberFactory(shop=shop).user)

    def hand_over(member, password=PASSWORD):
        body = {"member_id": member.pk, "current_password": password}
        return owner.post("/api/v1/seller/team/owner", body)

    busy_member = ShopMember.objects.get(user=busy.owner)
    foreign = ShopMemberFactory()
    assert code(hand_over(heir, "wrong-password-1")) == "validation_error"
    assert code(hand_over(busy_member)) == "owns_another_shop"
    assert hand_over(foreign).status_code == 404
    assert Shop.objects.get(pk=shop.pk).owner == shop.owner

    handed = hand_over(heir)

    assert (handed.status_code, handed.json()["roles"]) == (200, TeamRole.values)
    assert Shop.objects.get(pk=shop.pk).owner == heir.user
    assert not ShopMember.objects.filter(shop=shop, user=heir.user).exists()
    assert code(hand_over(busy_member)) == "role_required"


def test_keys_of_the_former_owner_end_with_the_handing_over(shop, owner, api):
    heir = ShopMemberFactory(shop=shop)
    _, text = create_api_key(shop.owner_id, shop_id=shop.pk, name="ERP", scopes=["read:orders"])
    stays = ShopFactory()
    create_api_key(stays.owner_id, shop_id=stays.pk, name="ERP", scopes=["read:orders"])

    def status():
        return api.get("/api/v1/seller/orders", headers={"X-API-Key": text}).status_code

    assert status() == 200
    body = {"member_id": heir.pk, "current_password": PASSWORD}
    assert owner.post("/api/v1/seller/team/owner", body).status_code == 200

    assert status() == 401
    assert ApiKey.objects.live().get().shop_id == stays.pk


def test_handing_over_ends_open_invitations_and_takes_the_bank_account_out(shop, owner):
    heir = ShopMemberFactory(shop=shop)
    invited = UserFactory(email="lan@example.test", email_verified_at=NOW)
    invitation = ShopInvitationFactory(shop=shop, email=invited.email)
    elsewhere = ShopInvitationFactory(email=invited.email)
    account = {
        "bank_name": "Vietcombank",
        "bank_account_name": "NGUYEN VAN A",
        "bank_account_number": "0123456789",
    }
    Shop.objects.filter(pk=shop.pk).update(**account)
    body = {"member_id": heir.pk, "current_password": PASSWORD}
    assert owner.post("/api/v1/seller/team/owner", body).status_code == 200

    assert Shop.objects.filter(pk=shop.pk, **dict.fromkeys(account, "")).exists()
    assert code(accept(invited, token_of(invitation))) == "validation_error"
    assert not ShopMember.objects.filter(user=invited).exists()
    # What the former owner sent before, and is handled only now, changes nothing.
    with pytest.raises(NotFound):
        update_shop(shop.pk, actor=shop.owner, **account)
    entered = sign_in(heir.user).patch("/api/v1/seller/shops/me", account)
    assert (entered.status_code, entered.json()["bank_account_number"]) == (200, "••••6789")
    assert accept(invited, token_of(elsewhere)).status_code == 201


def test_former_owner_changes_no_team_by_what_was_sent_before(shop):
    """Each of them waits for the shop's lock, and finds it another's."""
    former, heir = shop.owner, ShopMemberFactory(shop=shop)
    other = ShopMemberFactory(shop=shop, roles=["orders"])
    hand_over_shop(shop.pk, actor=former, member_id=heir.pk, password=PASSWORD)
    asked = ShopInvitationFactory(shop=shop)
    roles = {"roles": [TeamRole.FINANCE]}

    def team():
        rows = ShopMember.objects.order_by("pk"), ShopInvitation.objects.order_by("pk")
        return [list(of.values()) for of in rows]

    for late in (
        partial(invite_member, shop.pk, email="friend@example.test", **roles),
        partial(resend_invitation, asked.pk, shop_id=shop.pk),
        partial(revoke_invitation, asked.pk, shop_id=shop.pk),
        partial(change_roles, other.pk, shop_id=shop.pk, **roles),
        partial(remove_member, other.pk, shop_id=shop.pk),
    ):
        before = team()
        with pytest.raises(NotFound):
            late(actor=former)
        assert team() == before
        late(actor=heir.user)
        assert team() != before


def test_members_leave_and_owners_do_not(shop, owner):
    member = ShopMemberFactory(shop=shop)
    path = f"/api/v1/seller/memberships/{shop.pk}"

    assert code(owner.delete(path)) == "owner_cannot_leave"
    assert sign_in(UserFactory()).delete(path).status_code == 404
    assert sign_in(member.user).delete(path).status_code == 204
    assert not ShopMember.objects.exists()


def test_closed_account_belongs_to_no_team(shop):
    member = ShopMemberFactory(shop=shop)

    response = sign_in(member.user).delete("/api/v1/profile", {"password": PASSWORD})

    assert response.status_code == 204
    assert not ShopMember.objects.exists()


def test_who_closed_the_account_meanwhile_joins_no_team_and_opens_no_shop(shop):
    user = UserFactory(email="lan@example.test", email_verified_at=NOW)
    token = token_of(ShopInvitationFactory(shop=shop, email=user.email))
    User.objects.filter(pk=user.pk).update(closed_at=NOW)

    with pytest.raises(TokenNotValid):
        accept_invitation(token, user=user)
    with pytest.raises(TokenNotValid):
        register_shop(user.pk, name="Lan")

    assert not ShopMember.objects.exists()
    assert Shop.objects.get() == shop


def test_database_refuses_a_second_membership_and_one_without_roles(shop):
    member = ShopMemberFactory(shop=shop)

    for user, roles in ((member.user, ["orders"]), (UserFactory(), []), (UserFactory(), ["owner"])):
        with pytest.raises(IntegrityError), transaction.atomic():
            ShopMember.objects.create(shop=shop, user=user, roles=roles)


@pytest.mark.django_db(transaction=True)
def test_invitation_accepted_twice_at_once_makes_one_membership():
    user = UserFactory(email="lan@example.test", email_verified_at=NOW)
    token = token_of(ShopInvitationFactory(email=user.email))

    results = run_in_parallel(lambda: accept_invitation(token, user=user), times=4)

    assert ShopMember.objects.get().user == user
    assert sum(isinstance(result, ShopMember) for result in results) == 1
