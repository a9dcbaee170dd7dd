"""What staff do over the API: the same rights and the same steps as in the console."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.services import setup_groups
from accounts.services.sessions import start_session
from accounts.tests.factories import StaffFactory, UserFactory
from catalog.constants import ProductStatus
from catalog.models import Banner, Brand, Category, Product
from catalog.tests.factories import (
    BannerFactory,
    BrandFactory,
    CategoryFactory,
    ProductFactory,
    VariantFactory,
)
from marketplace.common.ids import uuid7
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import image_upload
from marketplace.common.testing.outbox import drain_outbox
from marketplace.tests.routes import operations
from marketplace.tests.world import sign_in
from orders.payments.models import Refund
from orders.payments.tests.factories import sent_otherwise
from shops.constants import ShopStatus
from shops.models import Shop
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

API = "/api/v1/admin"
GROUPS = ("Moderator", "Support", "Finance", "Catalogue manager", "Administrator")
EVERYBODY = set(GROUPS)
KEEPERS = {"Catalogue manager", "Administrator"}
JUDGES = {"Moderator", "Administrator"}


def member_of(group):
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def staff(api_as):
    return api_as(StaffFactory())


def calls():
    """Return each call with who may make it, and a body that would have an effect."""
    user, shop = UserFactory(), ShopFactory(status=ShopStatus.PENDING)
    product = ProductFactory(status=ProductStatus.PENDING)
    category, brand, banner = CategoryFactory(), BrandFactory(), BannerFactory()
    rejected = {"status": "rejected", "reason": "No."}
    refund = sent_otherwise()
    return [
        ("get", "users", None, EVERYBODY - {"Catalogue manager"}),
        ("get", "shops", None, EVERYBODY),
        ("get", "products", None, EVERYBODY - {"Finance"}),
        (
            "patch",
            f"users/{user.pk}/suspend",
            {"suspended": True, "reason": "Spam."},
            JUDGES | {"Support"},
        ),
        ("patch", f"shops/{shop.pk}/status", rejected, JUDGES),
        ("patch", f"products/{product.pk}/status", rejected, JUDGES),
        ("get", "refunds", None, {"Support", "Finance", "Administrator"}),
        ("post", f"refunds/{refund.pk}/close", {"reason": "So."}, {"Finance", "Administrator"}),
        ("post", "categories", {"name": "Áo"}, KEEPERS),
        ("patch", f"categories/{category.pk}", {"name": "Áo"}, KEEPERS),
        ("delete", f"categories/{category.pk}/image", None, KEEPERS),
        ("delete", f"categories/{category.pk}", None, KEEPERS),
        ("get", "banners", None, EVERYBODY - {"Finance"}),
        ("post", "banners", {"title": "Tết"}, KEEPERS),
        ("patch", f"banners/{banner.pk}", {"title": "Tết"}, KEEPERS),
        ("delete", f"banners/{banner.pk}/image", None, KEEPERS),
        ("delete", f"banners/{banner.pk}", None, KEEPERS),
        ("post", "brands", {"name": "Vải"}, KEEPERS),
        ("patch", f"brands/{brand.pk}", {"name": "Vải"}, KEEPERS),
        ("delete", f"brands/{brand.pk}/logo", None, KEEPERS),
        ("delete", f"brands/{brand.pk}", None, KEEPERS),
    ]


def media():
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def rows():
    tables = (User, Shop, Product, Category, Brand, Banner, Refund, LogEntry, OutboxEvent)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_may_do_what_the_console_lets_it_do(api_as, group):
    client = api_as(member_of(group))

    for method, path, body, allowed in calls():
        before = rows()
        response = getattr(client, method)(f"{API}/{path}", body)
        if group in allowed:
            assert response.status_code in {200, 201, 204}, (path, response.content)
        else:
            assert response.status_code == 403, (path, response.content)
            assert response.json()["error"]["code"] == "permission_denied"
            assert rows() == before


def test_no_call_takes_a_token_that_was_got_without_the_second_factor(settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    # As from a one-time code: it opens what buyers have, and nothing of staff.
    client = sign_in(StaffFactory())
    paths = [each for each in operations() if each.template.startswith(f"{API}/")]

    for each in paths:
        parts = (str(uuid7()) if part[:1] == "{" else part for part in each.template.split("/"))
        refused = getattr(client, each.method)("/".join(parts))
        code = refused.json()["error"]["code"]
        assert (refused.status_code, code) == (403, "second_factor_required"), str(each)

    assert len(paths) > 20
    assert client.get("/api/v1/profile").status_code == 200


@pytest.mark.parametrize("caller", [UserFactory, lambda: ShopFactory().owner])
def test_who_is_no_staff_may_do_nothing_whatever_rights_were_left(api_as, caller):
    user = caller()
    user.user_permissions.set(member_of("Administrator").groups.get().permissions.all())
    client = api_as(User.objects.get(pk=user.pk))

    for method, path, body, _allowed in calls():
        before = rows()
        assert getattr(client, method)(f"{API}/{path}", body).status_code == 403
        assert rows() == before


# --- accounts -------------------------------------------------------------------------------------


def found(client, **query):
    return {row["id"] for row in client.get(f"{API}/users", query).json()["results"]}


def test_users_are_found_by_what_they_are_known_by(staff):
    user, seller = UserFactory(email="an@example.test"), ShopFactory().owner
    gone = UserFactory(suspended_at="2026-01-01T00:00:00Z", suspension_reason="Spam.")

    for q in (str(user.pk), "AN@example.test", user.phone_number):
        assert found(staff, q=q) == {str(user.pk)}
    assert found(staff, q="an@example") == set()
    assert found(staff, role="seller") == {str(seller.pk)}
    assert str(seller.pk) not in found(staff, role="staff")
    assert len(found(staff, role="staff")) == 1
    assert found(staff, role="buyer") == found(staff)
    assert found(staff, suspended="true") == {str(gone.pk)}
    assert str(gone.pk) not in found(staff, suspended="false")


@pytest.mark.parametrize("query", [{"role": "king"}, {"suspended": "perhaps"}, {"q": "x" * 300}])
def test_queries_that_make_no_sense_are_refused(staff, query):
    assert staff.get(f"{API}/users", query).status_code == 400


def test_lists_cost_the_same_statements_however_long(django_assert_num_queries):
    staff = sign_in(StaffFactory())
    for _ in range(3):
        VariantFactory(product__brand=BrandFactory())

    # One says who calls. Roles of users come from their teams too.
    for path, statements in {"users": 3, "shops": 2, "products": 2}.items():
        with django_assert_num_queries(statements):
            assert len(staff.get(f"{API}/{path}").json()["results"]) >= 3


def test_suspended_user_is_out_at_once_and_let_in_again(staff):
    user = UserFactory()
    session = start_session(user, user_agent="", ip_address="")
    url = f"{API}/users/{user.pk}/suspend"

    body = staff.patch(url, {"suspended": True, "reason": "Spam."}).json()

    assert body["suspension_reason"] == "Spam."
    session.refresh_from_db()
    assert session.revoked_at is not None
    assert OutboxEvent.objects.filter(topic="accounts.user_suspended").count() == 1
    assert LogEntry.objects.get(object_id=user.pk).change_message == "Suspended. Spam."

    again = staff.patch(url, {"suspended": True, "reason": "Spam."})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "invalid_transition")

    assert staff.patch(url, {"suspended": False}).json()["suspended_at"] is None
    user.refresh_from_db()
    assert user.is_active


@pytest.mark.parametrize(
    ("body", "field"),
    [({"suspended": True}, "reason"), ({}, "suspended"), ({"suspended": "?"}, "suspended")],
)
def test_suspension_needs_its_reason(staff, body, field):
    user = UserFactory()
    before = rows()

    response = staff.patch(f"{API}/users/{user.pk}/suspend", body)

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == field
    assert rows() == before


def test_nobody_but_a_superuser_suspends_staff_nor_anybody_themselves(api_as):
    moderator, colleague, chief = member_of("Moderator"), UserFactory(is_staff=True), StaffFactory()
    body = {"suspended": True, "reason": "Quarrel."}

    assert api_as(moderator).patch(f"{API}/users/{colleague.pk}/suspend", body).status_code == 403
    assert api_as(chief).patch(f"{API}/users/{chief.pk}/suspend", body).status_code == 403
    assert not User.objects.filter(suspended_at__isnull=False).exists()
    assert api_as(chief).patch(f"{API}/users/{colleague.pk}/suspend", body).status_code == 200


# --- shops and products ---------------------------------------------------------------------------


def test_shop_is_approved_suspended_and_opened_again(staff):
    shop = ShopFactory(status=ShopStatus.PENDING)
    waiting = staff.get(f"{API}/shops", {"status": "pending"}).json()["results"]
    assert [row["id"] for row in waiting] == [str(shop.pk)]
    url = f"{API}/shops/{shop.pk}/status"

    for body in (
        {"status": "approved"},
        {"status": "suspended", "reason": "Late."},
        {"status": "approved"},
    ):
        response = staff.patch(url, body)
        assert (response.status_code, response.json()["status"]) == (200, body["status"])

    topics = list(OutboxEvent.objects.order_by("pk").values_list("topic", flat=True))
    assert topics == ["shops.approved", "shops.suspended", "shops.reopened"]
    assert shop.status_changes.count() == 3
    assert LogEntry.objects.filter(object_id=shop.pk).count() == 3


def test_product_is_approved_suspended_and_put_back(staff):
    product = VariantFactory(product__status=ProductStatus.PENDING).product
    waiting = staff.get(f"{API}/products", {"status": "pending"}).json()["results"]
    assert [row["id"] for row in waiting] == [str(product.pk)]
    url = f"{API}/products/{product.pk}/status"

    for body in (
        {"status": "active"},
        {"status": "suspended", "reason": "Fake."},
        {"status": "active"},
    ):
        response = staff.patch(url, body)
        assert (response.status_code, response.json()["status"]) == (200, body["status"])

    assert OutboxEvent.objects.filter(topic="products.moderated").count() == 3
    assert LogEntry.objects.filter(object_id=product.pk).count() == 3


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("shops", {"status": "suspended", "reason": "x"}, 409, "invalid_transition"),
        ("shops", {"status": "rejected"}, 400, "validation_error"),
        ("shops", {"status": "closed", "reason": "x"}, 400, "validation_error"),
        ("shops", {"status": "rejected", "reason": "x" * 501}, 400, "validation_error"),
        ("products", {"status": "suspended", "reason": "x"}, 409, "invalid_transition"),
        ("products", {"status": "rejected", "reason": " "}, 400, "validation_error"),
        ("products", {"status": "draft", "reason": "x"}, 400, "validation_error"),
    ],
)
def test_steps_that_are_not_possible_change_nothing(staff, path, body, status, code):
    shop = ShopFactory(status=ShopStatus.PENDING)
    product = ProductFactory(status=ProductStatus.PENDING)
    row = shop if path == "shops" else product
    before = rows()

    response = staff.patch(f"{API}/{path}/{row.pk}/status", body)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert rows() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("patch", "users/{}/suspend"),
        ("patch", "shops/{}/status"),
        ("patch", "products/{}/status"),
        ("patch", "categories/{}"),
        ("delete", "categories/{}"),
        ("patch", "brands/{}"),
        ("delete", "brands/{}"),
        ("delete", "categories/{}/image"),
        ("delete", "brands/{}/logo"),
    ],
)
def test_what_is_not_there_is_not_found(staff, method, path):
    status = "active" if path.startswith("products") else "approved"
    known = {"suspended": True, "reason": "x", "name": "x"}

    for body in ({**known, "status": status}, {**known, "status": "rejected"}):
        response = getattr(staff, method)(f"{API}/{path.format(uuid7())}", body)
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


# --- categories and brands ------------------------------------------------------------------------


def test_categories_are_added_moved_and_archived(staff):
    root, other = CategoryFactory(), CategoryFactory()

    made = staff.post(f"{API}/categories", {"name": "Áo thun", "parent_id": str(root.pk)})

    assert made.status_code == 201
    body = made.json()
    assert (body["slug"], body["parent_id"], body["depth"]) == ("ao-thun", str(root.pk), 1)
    url = f"{API}/categories/{body['id']}"
    moved = staff.patch(url, {"parent_id": str(other.pk), "name": "Áo len", "position": 3}).json()
    assert (moved["parent_id"], moved["name"], moved["position"]) == (str(other.pk), "Áo len", 3)
    assert staff.patch(url, {"is_active": False}).json()["name"] == "Áo len"
    assert staff.patch(url, {"parent_id": None}).json()["depth"] == 0
    assert staff.delete(url).status_code == 204
    assert Category.objects.get(pk=body["id"]).archived_at is not None
    assert staff.patch(url, {"name": "Áo"}).status_code == 404
    assert LogEntry.objects.filter(object_id=body["id"]).count() == 5


def test_category_that_cannot_be_moved_is_not_renamed_either(staff):
    root = CategoryFactory(name="Áo")
    child = CategoryFactory(parent=root)
    before = rows()

    response = staff.patch(
        f"{API}/categories/{root.pk}", {"name": "Quần", "parent_id": str(child.pk)}
    )

    assert (response.status_code, response.json()["error"]["code"]) == (409, "category_cycle")
    assert rows() == before


@pytest.mark.parametrize("kind", ["category", "brand"])
def test_what_has_products_or_a_taken_slug_is_refused(staff, kind):
    product = ProductFactory(brand=BrandFactory(slug="vai"))
    Category.objects.update(slug="vai")
    path = {"category": "categories", "brand": "brands"}[kind]
    row = getattr(product, kind)
    before = rows()

    used = staff.delete(f"{API}/{path}/{row.pk}")
    taken = staff.post(f"{API}/{path}", {"name": "Vải", "slug": "vai"})

    assert (used.status_code, used.json()["error"]["code"]) == (409, "still_in_use")
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "slug_taken")
    assert rows() == before


def test_brands_are_added_changed_and_archived(staff):
    made = staff.post(f"{API}/brands", {"name": "Vải Sợi", "description": "Sợi."})

    assert (made.status_code, made.json()["slug"]) == (201, "vai-soi")
    url = f"{API}/brands/{made.json()['id']}"
    changed = staff.patch(url, {"slug": "soi", "is_active": False}).json()
    assert (changed["slug"], changed["is_active"], changed["name"]) == ("soi", False, "Vải Sợi")
    assert staff.delete(url).status_code == 204
    assert Brand.objects.get().archived_at is not None


def test_banners_are_added_put_into_order_and_shown_at_once(staff, api):
    shown = [
        staff.post(f"{API}/banners", {"title": title, "link": "/sale"}).json()["id"]
        for title in ("Tết", "Hè")
    ]
    for banner_id in shown:
        image = {"image": image_upload()}
        staff.put(f"{API}/banners/{banner_id}/image", image, format="multipart")

    ordered = staff.put(f"{API}/banners/order", {"banner_ids": shown[::-1]})
    public = api.get("/api/v1/banners").json()
    before = rows()
    refused = [
        staff.put(f"{API}/banners/order", {"banner_ids": shown[:1]}),
        staff.patch(f"{API}/banners/{shown[0]}", {"link": "javascript:alert(1)"}),
        staff.patch(
            f"{API}/banners/{shown[0]}",
            {"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
        ),
    ]

    assert [row["position"] for row in ordered.json()] == [1, 2]
    assert [row["id"] for row in public] == shown[::-1]
    assert [row["title"] for row in staff.get(f"{API}/banners").json()["results"]] == ["Hè", "Tết"]
    codes = [each.json()["error"]["details"][0]["code"] for each in refused]
    assert codes == ["stale", "invalid_link", "invalid_period"]
    assert rows() == before
    assert staff.delete(f"{API}/banners/{shown[0]}").status_code == 204
    assert staff.delete(f"{API}/banners/{shown[0]}").status_code == 404
    assert [row["id"] for row in api.get("/api/v1/banners").json()] == shown[1:]


@pytest.mark.parametrize(
    ("path", "column", "side"),
    [("categories", "image", 480), ("brands", "logo", 480), ("banners", "image", 1_600)],
)
def test_pictures_are_given_resized_and_taken_away(staff, path, column, side):
    factories = {"categories": CategoryFactory, "brands": BrandFactory, "banners": BannerFactory}
    row = factories[path]()
    url = f"{API}/{path}/{row.pk}/{column}"

    given = staff.put(url, {"image": image_upload(size=(1_700, 600))}, format="multipart")

    assert given.status_code == 200, given.content
    row.refresh_from_db()
    stored = getattr(row, column)
    assert given.json()[f"{column}_url"].endswith(stored.name)
    drain_outbox()
    row.refresh_from_db()
    assert getattr(row, column).name.endswith(f".{side}.webp")
    assert staff.delete(url).status_code == 204
    row.refresh_from_db()
    assert getattr(row, column).name == ""
    assert LogEntry.objects.filter(object_id=str(row.pk)).count() == 2


def test_picture_that_is_none_is_refused_and_not_kept(staff):
    row = CategoryFactory(image="categories/kept.jpg")
    unknown, fake = uuid7(), image_upload(content=b"<svg onload=alert(1)>")
    before = rows()
    files = set(media())

    refused = staff.put(f"{API}/categories/{row.pk}/image", {"image": fake}, format="multipart")
    missing = staff.put(
        f"{API}/categories/{unknown}/image", {"image": image_upload()}, format="multipart"
    )

    assert (refused.status_code, missing.status_code) == (400, 404)
    assert rows() == before
    assert set(media()) == files
