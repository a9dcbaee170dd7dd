"""The console as each group of staff finds it, and as those who write names would like it."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import Address, Session, User
from accounts.services import setup_groups
from accounts.services.sessions import start_session
from accounts.tests.factories import StaffFactory, UserFactory
from catalog.models import Brand, Category, Product, ProductImage, ProductVariant
from catalog.tests.factories import CategoryFactory
from marketplace.tests.world import make_world
from notifications.models import Notification
from orders.models import Order, OrderItem
from orders.returns.models import Dispute, Return
from orders.settlement.models import Payout
from reviews.models import Question, Review
from shops.models import Shop, StoreLocation

pytestmark = pytest.mark.django_db

SITE = admin.site


def member_of(group: str) -> User:
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=args)


def rows() -> Iterator[Model]:
    """Return one row of every model of the console that has any."""
    for model in SITE._registry:
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            yield row


CATALOGUE = [
    *("category", "brand", "product", "productvariant", "productimage"),
    *("synonym", "searchquery", "popularquery", "productview"),
]
NOTIFICATIONS = ["notification", "delivery", "preference", "mailchoice"]
REVIEWS = [
    *("review", "reviewreport", "reviewimage", "helpfulvote"),
    *("question", "questionreport"),
]
RETURNS = ["return", "dispute"]
DOCUMENTS = ["document"]
PAYMENTS = ["payment", "paymentevent", "refund", "reconciliationtask", "comparedday"]
SETTLEMENT = [
    *("commissionrule", "commissionline", "ledgerentry", "payout"),
    *("remittance", "remittanceline"),
]
# What each group may see: nothing else opens.
VISIBLE = {
    "Moderator": [
        "accounts.user",
        *(f"shops.{name}" for name in ("shop", "shopstatuschange", "storelocation")),
        *(f"catalog.{name}" for name in CATALOGUE),
        *(f"reviews.{name}" for name in REVIEWS),
        "moderation.moderationreason",
    ],
    "Support": [
        *(f"accounts.{name}" for name in ("user", "address", "session", "onetimecode")),
        *(f"shops.{name}" for name in ("shop", "shopstatuschange", "storelocation")),
        *(f"shipping.{name}" for name in ("shippingmethod", "shippingrate")),
        *(f"catalog.{name}" for name in CATALOGUE),
        *(f"inventory.{name}" for name in ("stockitem", "reservation", "stockmovement")),
        "alerts.alert",
        *(f"wishlists.{name}" for name in ("wishlist", "wishlistitem")),
        *(f"vouchers.{name}" for name in ("voucher", "redemption", "buyerusage")),
        *(f"cart.{name}" for name in ("cart", "cartitem")),
        *(f"orders.{name}" for name in ("order", "checkout")),
        *(f"payments.{name}" for name in PAYMENTS),
        *(f"returns.{name}" for name in RETURNS),
        *(f"settlement.{name}" for name in SETTLEMENT),
        *(f"fulfilment.{name}" for name in ("shipment", "carriermessage")),
        *(f"reviews.{name}" for name in REVIEWS),
        *(f"notifications.{name}" for name in NOTIFICATIONS),
    ],
    "Finance": [
        "accounts.user",
        "shops.shop",
        *(f"vouchers.{name}" for name in ("voucher", "redemption", "buyerusage")),
        *(f"orders.{name}" for name in ("order", "checkout")),
        *(f"payments.{name}" for name in PAYMENTS),
        *(f"returns.{name}" for name in RETURNS),
        *(f"settlement.{name}" for name in SETTLEMENT),
        *(f"documents.{name}" for name in DOCUMENTS),
    ],
    "Catalogue manager": [
        "shops.shop",
        "bulk.importjob",
        *(f"shipping.{name}" for name in ("shippingmethod", "shippingrate")),
        *(f"catalog.{name}" for name in CATALOGUE),
        *(f"inventory.{name}" for name in ("stockitem", "reservation", "stockmovement")),
        *(f"vouchers.{name}" for name in ("voucher", "redemption", "buyerusage")),
    ],
    "Administrator": [model._meta.label_lower for model in SITE._registry],
}
_USER = ["log_out_everywhere", "suspend", "unsuspend"]
_SHOP = ["approve", "close", "reject", "reopen", "suspend"]
_ORDER = [
    *("cancel", "confirm", "mark_delivered", "mark_delivery_failed", "mark_packed"),
    "mark_shipped",
]
_PARCELS = {"fulfilment.shipment": ["ask", "call_off", "retry", "seen"]}
_RETURNS = {
    "returns.return": ["approve", "receive", "reject"],
    "returns.dispute": ["change"],
}
_FINANCE = {
    "payments.refund": ["add", "approve", "mark_sent", "reject", "retry"],
    "payments.reconciliationtask": ["resolve"],
    "settlement.commissionrule": ["add", "change"],
    "settlement.payout": ["add", "approve", "export_bank_file", "mark_paid", "mark_returned"],
    "settlement.remittanceline": ["accept", "close"],
}
# What each may add, change or delete, and do by an action.
WRITES = {
    "Moderator": {
        "accounts.user": _USER,
        "shops.shop": ["change", *_SHOP],
        "catalog.product": ["approve", "lift", "reject", "suspend"],
        "reviews.review": ["hide", "publish"],
        "reviews.question": ["hide", "publish"],
    },
    "Support": {
        "accounts.user": _USER,
        "accounts.session": ["revoke"],
        "orders.order": _ORDER,
        "fulfilment.shipment": ["ask", "call_off", "retry", "seen"],
        "notifications.delivery": ["replay"],
        **_PARCELS,
        **_RETURNS,
    },
    "Finance": _FINANCE,
    "Catalogue manager": {
        "catalog.category": ["add", "change", "archive"],
        "catalog.brand": ["add", "change", "archive"],
        "catalog.product": ["export_csv", "export_xlsx", "feature", "unfeature"],
        "bulk.importjob": ["add", "cancel"],
        "catalog.searchquery": ["make_synonym"],
        "catalog.synonym": ["add", "change", "delete", "delete_selected"],
        "inventory.stockitem": ["change"],
        "vouchers.voucher": ["add", "change", "archive"],
    },
    "Administrator": {
        "outbox.outboxevent": ["replay_events"],
        "notifications.delivery": ["replay"],
        "accounts.user": ["add", "change", *_USER],
        "accounts.session": ["revoke"],
        "accounts.apikey": ["revoke"],
        "shops.shop": ["change", *_SHOP],
        "shops.storelocation": ["add", "change"],
        "shipping.shippingmethod": ["add", "change"],
        "shipping.shippingrate": ["add", "change", "delete", "delete_selected"],
        "catalog.category": ["add", "change", "archive"],
        "catalog.brand": ["add", "change", "archive"],
        "catalog.product": [
            *("approve", "export_csv", "export_xlsx", "feature"),
            *("lift", "reject", "suspend", "unfeature"),
        ],
        "catalog.searchquery": ["make_synonym"],
        "catalog.synonym": ["add", "change", "delete", "delete_selected"],
        "bulk.importjob": ["add", "cancel"],
        "inventory.stockitem": ["change"],
        "vouchers.voucher": ["add", "change", "archive"],
        "orders.order": _ORDER,
        "fulfilment.shipment": ["ask", "call_off", "retry", "seen"],
        "reviews.review": ["hide", "publish"],
        "reviews.question": ["hide", "publish"],
        "moderation.moderationreason": ["add", "change", "delete", "delete_selected"],
        **_FINANCE,
        **_PARCELS,
        **_RETURNS,
    },
}


@pytest.mark.parametrize("group", VISIBLE)
def test_group_may_do_exactly_its_work(group):
    request = RequestFactory().get("/")
    request.user = member_of(group)

    found = {
        model._meta.label_lower: [
            *(
                word
                for word in ("add", "change", "delete")
                if getattr(page, f"has_{word}_permission")(request)
            ),
            *sorted(page.get_actions(request)),
        ]
        for model, page in SITE._registry.items()
        if page.has_view_permission(request)
    }

    assert sorted(found) == sorted(VISIBLE[group])
    assert {label: work for label, work in found.items() if work} == WRITES[group]


@pytest.mark.parametrize("group", [*VISIBLE, "none"])
def test_pages_open_to_their_group_alone(client, group):
    make_world()
    visible = VISIBLE.get(group, [])
    client.force_login(member_of(group) if visible else UserFactory(is_staff=True))
    writes = WRITES.get(group, {})

    for row in rows():
        label, model = row._meta.label_lower, type(row)
        seen = 200 if label in visible else 403
        assert client.get(url(model, "changelist")).status_code == seen, label
        assert client.get(url(model, "changelist"), {"q": str(row.pk)}).status_code == seen, label
        assert client.get(url(model, "change", row.pk)).status_code == seen, label
        assert client.get(url(model, "history", row.pk)).status_code == seen, label
        for word, args in (("add", []), ("delete", [row.pk])):
            allowed = word in writes.get(label, [])
            response = client.get(url(model, word, *args))
            assert response.status_code == (200 if allowed else 403), (label, word)
        if "change" not in writes.get(label, []):
            assert client.post(url(model, "change", row.pk), {}).status_code == 403, label


def test_buyers_and_sellers_are_not_let_in(client):
    world = make_world()

    for user in (world.buyer, world.seller):
        client.force_login(user)
        for model in SITE._registry:
            response = client.get(url(model, "changelist"))
            assert response.status_code == 302
            assert response["Location"].startswith("/admin/login/?next=/admin/")


def test_the_rate_that_the_platform_keeps_is_not_a_moderators_to_change(client):
    shop = make_world().shop
    page = url(Shop, "change", shop.pk)
    form = {"name": "Corrected", "description": "", "commission_rate_bps": "1"}
    inline = {"status_changes-TOTAL_FORMS": "0", "status_changes-INITIAL_FORMS": "0"}

    found = []
    for group in ("Moderator", "Administrator"):
        client.force_login(member_of(group))
        assert client.post(page, form | inline).status_code == 302
        shop.refresh_from_db()
        found.append((shop.name, shop.commission_rate_bps))

    assert found == [("Corrected", None), ("Corrected", 1)]


@pytest.mark.parametrize(
    ("path", "lookup"),
    [
        ("shops/shop", "bank_account_number__startswith"),
        ("accounts/session", "token_id__gte"),
        ("accounts/apikey", "key_hash__startswith"),
        ("accounts/user", "password__startswith"),
        ("cart/cart", "token_hash__startswith"),
        ("orders/order", "buyer__password__startswith"),
    ],
)
def test_no_filter_tells_what_no_page_shows(client, path, lookup):
    client.force_login(StaffFactory())
    make_world()

    assert client.get(f"/admin/{path}/", {lookup: "1"}).status_code == 400


def test_support_does_not_end_the_sign_ins_of_staff(client):
    root = StaffFactory()
    session = start_session(root, user_agent="", ip_address="")
    client.force_login(member_of("Support"))

    for model, row in ((User, root), (Session, session)):
        for action in ("log_out_everywhere", "revoke"):
            client.post(url(model, "changelist"), {"action": action, "_selected_action": [row.pk]})

    assert Session.objects.live().filter(pk=session.pk).exists()


PAYLOAD = """"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}"""
_FIRED = re.compile(r"<script>alert|<img src=x|onerror=alert\(1\)>")


def test_what_people_write_never_runs_in_the_console(client):
    make_world()
    client.force_login(StaffFactory())
    columns = {
        User: ["full_name", "suspension_reason"],
        Address: ["recipient_name", "line1", "line2", "ward", "district", "province"],
        Shop: ["name", "description", "status_reason", "bank_name", "bank_account_name"],
        StoreLocation: ["name", "address"],
        Category: ["name", "description"],
        Brand: ["name", "description"],
        Product: ["title", "description", "status_reason", "meta_title", "meta_description"],
        ProductVariant: ["name"],
        ProductImage: ["alt_text"],
        OrderItem: ["title", "variant_name"],
        Order: ["note"],
        Notification: ["title", "body"],
        Review: ["title", "content", "reply", "status_reason"],
        Question: ["content", "answer", "status_reason"],
        Return: ["comment", "answer"],
        Dispute: ["reason", "decision"],
        Payout: ["bank_name", "bank_account_name", "bank_reference", "failure_reason"],
    }
    for model, names in columns.items():
        model._default_manager.update(**dict.fromkeys(names, PAYLOAD))
    for number, variant in enumerate(ProductVariant.objects.all()):
        variant.sku, variant.attributes = f"{PAYLOAD[:58]}{number}", {PAYLOAD: PAYLOAD}
        variant.save(update_fields=["sku", "attributes"])
    Product.objects.update(attributes={PAYLOAD: [PAYLOAD]})
    Shop.objects.update(pickup_address={"line1": PAYLOAD})
    StoreLocation.objects.update(opening_hours={"mon": PAYLOAD})
    Session.objects.update(user_agent=PAYLOAD)

    pages = ["/admin/"]
    for row in rows():
        model = type(row)
        pages += [
            url(model, "changelist"),
            f"{url(model, 'changelist')}?q={quote(PAYLOAD)}",
            url(model, "change", row.pk),
            url(model, "history", row.pk),
        ]
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, page
        assert not _FIRED.search(response.content.decode()), page


def test_what_people_write_never_runs_where_an_action_asks_or_answers(client):
    make_world()
    client.force_login(StaffFactory())
    User.objects.filter(is_staff=False).update(full_name=PAYLOAD)
    Shop.objects.update(name=PAYLOAD)

    for model, action in ((User, "suspend"), (Shop, "suspend"), (Shop, "approve")):
        form = {"action": action, "_selected_action": [model._default_manager.earliest("pk").pk]}
        asked = client.post(url(model, "changelist"), form)
        done = client.post(url(model, "changelist"), form | {"reason": PAYLOAD}, follow=True)
        for response in (asked, done):
            assert not _FIRED.search(response.content.decode())


def test_categories_stand_as_in_the_tree(client):
    client.force_login(StaffFactory())
    second = CategoryFactory(name="Second", position=2)
    first = CategoryFactory(name="First", position=1)
    last = CategoryFactory(name="Last child", parent=first, position=9)
    CategoryFactory(name="Below last", parent=last)
    CategoryFactory(name="A child", parent=first, position=3)
    CategoryFactory(name="Child of second", parent=second)

    page = client.get(url(Category, "changelist")).content.decode()

    shown = re.findall(r"/change/\?*[^>]*>([— ]*[A-Z][^<]+)</a></th>", page)
    assert shown == [
        "First",
        "— A child",
        "— Last child",
        "— — Below last",
        "Second",
        "— Child of second",
    ]
