"""How to reach people is masked in the console, and who looks behind the mask is written down."""

import json

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.services import setup_groups
from accounts.tests.factories import AddressFactory, StaffFactory, UserFactory
from marketplace.common.audit.constants import Operation
from marketplace.common.audit.models import Entry
from marketplace.common.personal import masked
from orders.documents.services.invoices import issue_invoice
from orders.documents.tests.factories import delivered_cash
from orders.payments.models import PaymentEvent
from orders.tests.factories import place_one
from shops.models import Shop
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

PHONE, EMAIL, DOOR = "+84977000111", "kanari@example.test", "77 Kanariengasse"


@pytest.fixture
def customer():
    return UserFactory(phone_number=PHONE, email=EMAIL)


@pytest.fixture
def page_of(customer):
    """Return what a member of a group reads at an address of the console."""
    setup_groups()

    def read(group: str, address: str) -> str:
        client = Client()
        member = StaffFactory(is_superuser=False)
        member.groups.add(Group.objects.get(name=group))
        client.force_login(member)
        response = client.get(f"/admin/{address}")
        assert response.status_code == 200, address
        return response.content.decode()

    return read


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (PHONE, "…111"),
        (EMAIL, "k…@example.test"),
        (DOOR, "…"),
        ("", ""),
        (None, ""),
        ({"line1": DOOR, "province": "Hà Nội"}, {"line1": "…", "province": "Hà Nội"}),
    ],
)
def test_a_mask_leaves_enough_to_tell_two_apart(value, shown):
    assert masked(value) == shown


def test_who_may_not_see_how_to_reach_people_does_not(page_of, customer):
    order = place_one(buyer=customer)
    Shop.objects.filter(pk=order.shop_id).update(owner=customer, contact_phone=PHONE)
    addresses = [
        ("Moderator", f"accounts/user/{customer.pk}/change/"),
        ("Moderator", "accounts/user/"),
        ("Moderator", f"accounts/user/{customer.pk}/history/"),
        ("Moderator", f"shops/shop/{order.shop_id}/change/"),
        ("Finance", f"orders/order/{order.pk}/change/"),
        # Lists are masked for everybody.
        ("Support", "accounts/user/"),
        ("Support", "accounts/address/"),
        ("Administrator", "accounts/user/"),
    ]

    for group, address in addresses:
        page = page_of(group, address)
        for text in (PHONE, EMAIL, "12 Nguyễn Huệ"):
            assert text not in page, (group, address)
    assert not Entry.objects.filter(operation=Operation.UNMASKED).exists()


def test_documents_and_messages_of_providers_are_masked_inside(page_of):
    document = issue_invoice(delivered_cash().pk)
    told = {"amount": 990_001, "billing_details": {"email": EMAIL, "address": {"line1": DOOR}}}
    event = PaymentEvent.objects.create(
        provider="STRIPE", event_key="evt_1", kind="charge", payload=json.dumps(told)
    )
    phone, door = document.facts["buyer"]["phone"], document.facts["buyer"]["address"][0]
    pages = [
        (f"documents/document/{document.pk}/change/", document.order.number, (phone, door)),
        (f"payments/paymentevent/{event.pk}/change/", "990001", (EMAIL, DOOR)),
    ]

    for address, kept, hidden in pages:
        masked_page, whole_page = page_of("Finance", address), page_of("Administrator", address)
        assert kept in masked_page
        for text in hidden:
            assert (text in masked_page, text in whole_page) == (False, True), text
    assert Entry.objects.filter(operation=Operation.UNMASKED).count() == len(pages)


def test_who_may_opens_the_row_and_is_written_down(page_of, customer):
    address = AddressFactory(user=customer, line1=DOOR)

    user_page = page_of("Support", f"accounts/user/{customer.pk}/change/")
    address_page = page_of("Administrator", f"accounts/address/{address.pk}/change/")

    assert PHONE in user_page
    assert EMAIL in user_page
    assert DOOR in address_page
    looked = Entry.objects.filter(operation=Operation.UNMASKED).order_by("id")
    assert list(looked.values_list("object_type", "object_id")) == [
        ("accounts.user", str(customer.pk)),
        ("accounts.address", str(address.pk)),
    ]
    assert all(entry.actor_id and entry.actor_kind == "staff" for entry in looked)


def test_no_filter_in_the_address_bar_tells_what_is_masked(customer):
    setup_groups()
    client, member = Client(), StaffFactory(is_superuser=False)
    member.groups.add(Group.objects.get(name="Moderator"))
    client.force_login(member)

    for lookup in ("phone_number__startswith=%2B8497", "email__contains=kan"):
        assert client.get(f"/admin/accounts/user/?{lookup}").status_code == 400
    member.groups.set([Group.objects.get(name="Finance")])
    for lookup in (
        "documents/document/?facts__buyer__phone__startswith=%2B8497",
        "payments/paymentevent/?payload__contains=kan",
    ):
        assert client.get(f"/admin/{lookup}").status_code == 400
    member.groups.set([Group.objects.get(name="Support")])
    # Not even of Support's business: the link to somebody's list.
    assert client.get("/admin/wishlists/wishlist/?share_token__startswith=a").status_code == 400


def test_staff_api_masks_alike(customer, api_as):
    setup_groups()
    shop = ShopFactory(contact_phone=PHONE, contact_email=EMAIL, pickup_address={"line1": DOOR})
    seen, of_shop = {}, {}
    for group in ("Moderator", "Support"):
        member = StaffFactory(is_superuser=False)
        member.groups.add(Group.objects.get(name=group))
        client = api_as(member)
        answer = client.get("/api/v1/admin/users", {"q": PHONE}).json()
        seen[group] = [(row["phone_number"], row["email"]) for row in answer["results"]]
        (row,) = client.get("/api/v1/admin/shops").json()["results"]
        of_shop[group] = (row["contact_phone"], row["contact_email"], row["pickup_address"])

    assert seen == {"Moderator": [("…111", "k…@example.test")], "Support": [(PHONE, EMAIL)]}
    assert of_shop == {
        "Moderator": ("…111", "k…@example.test", {"line1": "…"}),
        "Support": (shop.contact_phone, shop.contact_email, shop.pickup_address),
    }
