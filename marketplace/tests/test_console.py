"""The console as each group of staff finds it."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import RequestFactory
from django.urls import URLResolver, reverse

from accounts.models import Session, User
from accounts.services import setup_groups
from accounts.services.sessions import start_session
from accounts.tests.factories import StaffFactory, UserFactory
from catalog.models import Category
from catalog.tests.factories import CategoryFactory
from marketplace.common.ids import uuid7
from marketplace.tests.console import SITE, rows, url
from marketplace.tests.world import World
from shops.models import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]


def member_of(group: str) -> User:
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


CATALOGUE = [
    *("banner", "category", "brand", "product", "productvariant", "productimage"),
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
        "standing.shopstanding",
        *(f"catalog.{name}" for name in CATALOGUE),
        *(f"reviews.{name}" for name in REVIEWS),
        "moderation.moderationreason",
    ],
    "Support": [
        *(f"accounts.{name}" for name in ("user", "address", "session", "onetimecode")),
        *(f"shops.{name}" for name in ("shop", "shopstatuschange", "storelocation")),
        "standing.shopstanding",
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
        *(f"webhooks.{name}" for name in ("webhookendpoint", "webhookdelivery")),
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
    "payments.refund": ["add", "approve", "close", "mark_sent", "reject", "replace", "retry"],
    "payments.reconciliationtask": ["lose", "resolve"],
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
        "webhooks.webhookdelivery": ["replay"],
        **_PARCELS,
        **_RETURNS,
    },
    "Finance": _FINANCE,
    "Catalogue manager": {
        "catalog.banner": ["add", "change", "delete", "delete_selected"],
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
        "webhooks.webhookendpoint": ["switch_off", "switch_on"],
        "webhooks.webhookdelivery": ["replay"],
        "accounts.user": ["add", "change", *_USER],
        "accounts.session": ["revoke"],
        "accounts.apikey": ["revoke"],
        "shops.shop": ["change", *_SHOP],
        "shops.storelocation": ["add", "change", "archive"],
        "shipping.shippingmethod": ["add", "change"],
        "shipping.shippingrate": ["add", "change", "delete", "delete_selected"],
        "catalog.banner": ["add", "change", "delete", "delete_selected"],
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


# Pages of no one list: what they answer to any member of staff.
_SITE = {
    **dict.fromkeys(["index", "password_change", "password_change_done", "jsi18n"], 200),
    # Their own second factor and sign-ins, whatever else they may see.
    **dict.fromkeys(["second_factor", "sign_ins"], 200),
    "login": 302,
    "logout": 405,
    "autocomplete": 403,
}
# What opens the pages that are not Django's own: nothing where the list is enough.
_RIGHTS = {
    **dict.fromkeys(["changelist", "change", "history", "errors", "file", "export"], ""),
    "order": "change",
    "queue": {"reviews.review": "hide", "reviews.question": "hide"},
}


def named_pages() -> Iterator[tuple[str, list[str]]]:
    """Return every named address of the console, with the names of its parameters."""

    def walk(patterns: Iterable[Any], outer: list[str]) -> Iterator[tuple[str, list[str]]]:
        for pattern in patterns:
            parameters = [*outer, *pattern.pattern.regex.groupindex]
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, parameters)
            elif pattern.name:
                yield pattern.name, parameters

    return walk(SITE.get_urls(), [])


Opened = list[tuple[str, tuple[int, ...]]]


def site_pages(name: str, world: World, visible: list[str], writes: dict[str, list[str]]) -> Opened:
    """Return what opens, and how, of the pages of no one list."""
    if name == "app_list":
        return [
            (
                reverse("admin:app_list", args=[label]),
                (200 if any(seen.startswith(f"{label}.") for seen in visible) else 404,),
            )
            for label in {model._meta.app_label for model in SITE._registry}
        ]
    if name == "auth_user_password_change":
        is_open = "change" in writes.get("accounts.user", [])
        return [(reverse(f"admin:{name}", args=[world.buyer.pk]), (200 if is_open else 403,))]
    if name == "view_on_site":
        return [(reverse(f"admin:{name}", args=[1, uuid7()]), (404,))]
    if name == "bulk_importjob_template":
        is_open = "bulk.importjob" in visible
        return [(reverse(f"admin:{name}"), (200 if is_open else 403,))]
    assert name in _SITE, f"no table says who may open {name}"
    return [(reverse(f"admin:{name}"), (_SITE[name],))]


def pages_of(
    model: type[Model],
    word: str,
    has_row: bool,
    newest: dict[type[Model], Model],
    visible: list[str],
    writes: dict[str, list[str]],
) -> Opened:
    """Return what opens, and how, of one list's pages; nothing where it has no row to show."""
    label, row = model._meta.label_lower, newest.get(model)
    right: Any = _RIGHTS.get(word, word)
    if isinstance(right, dict):
        right = right.get(label, "approve")
    if has_row and row is None:
        return []
    name = f"admin:{label.replace('.', '_')}_{word}"
    allowed = right in writes.get(label, []) if right else label in visible
    # A queue goes to its first, or on; and not every import has such a file.
    opened = (200,) if word not in {"queue", "errors", "file"} else (200, 302, 404)
    return [
        (reverse(name, args=[row.pk] if has_row and row else []), opened if allowed else (403,))
    ]


@pytest.mark.parametrize("group", [*VISIBLE, "none"])
def test_pages_open_to_their_group_alone(client, world, group):
    """Every address of the console: a new one that no table knows makes this fail."""
    visible, writes = VISIBLE.get(group, []), WRITES.get(group, {})
    client.force_login(member_of(group) if group in VISIBLE else UserFactory(is_staff=True))
    models = {model._meta.label_lower.replace(".", "_"): model for model in SITE._registry}
    newest = {type(row): row for row in rows()}
    wrong = []

    for name, parameters in named_pages():
        prefix, _, word = name.rpartition("_")
        if prefix not in models or word == "template":
            opened = site_pages(name, world, visible, writes)
        else:
            opened = pages_of(models[prefix], word, bool(parameters), newest, visible, writes)
        for page, wanted in opened:
            status = client.get(page).status_code
            if status not in wanted:
                wrong.append((page, status, wanted))

    assert wrong == []


def test_rows_are_found_and_never_changed_by_who_may_only_read(client, world):
    """Searching opens what the list does, and a form that is not shown cannot be sent either."""
    for group in ("Support", "Finance"):
        client.force_login(member_of(group))
        for row in rows():
            label = row._meta.label_lower
            seen = 200 if label in VISIBLE[group] else 403
            found = client.get(url(type(row), "changelist"), {"q": str(row.pk)})
            assert found.status_code == seen, label
            if "change" not in WRITES[group].get(label, []):
                sent = client.post(url(type(row), "change", row.pk), {})
                assert sent.status_code == 403, label


def test_buyers_and_sellers_are_not_let_in(client, world):

    for user in (world.buyer, world.seller):
        client.force_login(user)
        for model in SITE._registry:
            response = client.get(url(model, "changelist"))
            assert response.status_code == 302
            assert response["Location"].startswith("/admin/login/?next=/admin/")


def test_the_rate_that_the_platform_keeps_is_not_a_moderators_to_change(client, world):
    shop = world.shop
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
def test_no_filter_tells_what_no_page_shows(client, world, path, lookup):
    client.force_login(world.staff)

    assert client.get(f"/admin/{path}/", {lookup: "1"}).status_code == 400


def test_support_does_not_end_the_sign_ins_of_staff(client):
    root = StaffFactory()
    session = start_session(root, user_agent="", ip_address="")
    client.force_login(member_of("Support"))

    for model, row in ((User, root), (Session, session)):
        for action in ("log_out_everywhere", "revoke"):
            client.post(url(model, "changelist"), {"action": action, "_selected_action": [row.pk]})

    assert Session.objects.live().filter(pk=session.pk).exists()


def test_categories_stand_as_in_the_tree(client):
    client.force_login(StaffFactory())
    second = CategoryFactory(name="Second", position=2)
    first = CategoryFactory(name="First", position=1)
    last = CategoryFactory(name="Last child", parent=first, position=9)
    CategoryFactory(name="Below last", parent=last)
    CategoryFactory(name="A child", parent=first, position=3)
    CategoryFactory(name="Child of second", parent=second)

    page = client.get(url(Category, "changelist")).content.decode()

    found = re.findall(r"/change/\?*[^>]*>([— ]*[A-Z][^<]+)</a></th>", page)
    shown = [name for name in found if "Danh mục" not in name]
    assert shown == [
        "First",
        "— A child",
        "— Last child",
        "— — Below last",
        "Second",
        "— Child of second",
    ]
