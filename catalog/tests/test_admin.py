"""The catalogue in the console: pages open, and changes go through the services."""

import io

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.tests.factories import StaffFactory, UserFactory
from catalog.constants import ProductStatus
from catalog.inventory.models import Reservation, StockItem, StockMovement
from catalog.inventory.services import ReservationRequest, reserve
from catalog.models import Brand, Category, Product, ProductImage, ProductVariant
from catalog.services.categories import create_category
from catalog.tests.factories import BrandFactory, CategoryFactory, ProductFactory, VariantFactory
from marketplace.common.ids import uuid7
from marketplace.common.outbox.models import OutboxEvent

# Rows of every table are written by hand here, without what services make around them.
pytestmark = [pytest.mark.django_db, pytest.mark.breaks_invariants]

MODELS = [
    Category,
    Brand,
    Product,
    ProductVariant,
    ProductImage,
    StockItem,
    Reservation,
    StockMovement,
]


@pytest.fixture
def staff():
    return StaffFactory()


@pytest.fixture
def console(staff):
    client = Client()
    client.force_login(staff)
    return client


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def act(console, action, *rows, **data):
    return console.post(
        address(type(rows[0]), "changelist"),
        {"action": action, "_selected_action": [str(row.pk) for row in rows], **data},
        follow=True,
    )


def image_file():
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, "PNG")
    return SimpleUploadedFile("x.png", buffer.getvalue() + b"<script>", content_type="image/png")


@pytest.fixture
def rows():
    variant = VariantFactory(product__brand=BrandFactory(), product__title="<script>Áo</script>")
    ProductImage.objects.create(product=variant.product, file="products/x.png", is_primary=True)
    reserve(
        [ReservationRequest(reference=uuid7(), variant_id=variant.pk, quantity=1)], expires_at=None
    )
    return {model: model.objects.get() for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_page_opens_and_shows_text_as_text(console, rows, model):
    row = rows[model]

    for url in (
        address(model, "changelist"),
        address(model, "changelist") + f"?q={row.pk}",
        address(model, "changelist") + "?q=ao thun",
        address(model, "change", row.pk),
        address(model, "history", row.pk),
    ):
        response = console.get(url)
        assert response.status_code == 200, url
        assert b"<script>\xc3\x81o" not in response.content


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_page_opens_for_staff_who_may_only_look(rows, model):
    viewer = UserFactory(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(viewer)
    url = address(model, "change", rows[model].pk)

    assert client.get(address(model, "changelist")).status_code == 200
    assert client.get(url).status_code == 200
    assert client.post(url, {"delta": "5", "reason": "adjusted", "name": "x"}).status_code == 403
    assert StockItem.objects.get().on_hand == 10


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_row_is_deleted_by_hand(console, rows, model):
    assert console.post(address(model, "delete", rows[model].pk)).status_code == 403
    assert b"delete_selected" not in console.get(address(model, "changelist")).content


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_takes_the_same_statements_however_long_it_is(
    console, model, django_assert_max_num_queries
):
    for _ in range(10):
        variant = VariantFactory(product__brand=BrandFactory())
        ProductImage.objects.create(product=variant.product, file="products/x.png")
        reserve(
            [ReservationRequest(reference=uuid7(), variant_id=variant.pk, quantity=1)],
            expires_at=None,
        )

    # Session, user, the estimate or a capped count (twice), the page, and facets of filters.
    with django_assert_max_num_queries(9):
        assert console.get(address(model, "changelist")).status_code == 200


# Finding


def found(console, model, term):
    response = console.get(address(model, "changelist"), {"q": term})
    return {row.pk for row in response.context["cl"].result_list}


def test_products_are_found_by_id_slug_sku_and_title(console):
    variant = VariantFactory(sku="GIAY-42", product__title="Giày thể thao")
    VariantFactory()
    product = variant.product

    for term in (str(product.pk), product.slug, "giay-42", "Giày", "giay the"):
        assert found(console, Product, term) == {product.pk}
    assert found(console, Product, "giay-4") == set()
    for model in (ProductVariant, StockItem, StockMovement):
        row = model.objects.earliest("pk")
        assert found(console, model, "giay-42") == {row.pk}
        assert found(console, model, str(variant.pk)) == {row.pk}


# Deciding


def test_actions_moderate_products_through_the_services(console, staff):
    product = VariantFactory(product__status=ProductStatus.PENDING).product

    def status():
        product.refresh_from_db()
        return product.status, product.status_reason

    act(console, "approve", product)
    assert status() == (ProductStatus.ACTIVE, "")
    page = act(console, "suspend", product)
    assert "reason" in page.content.decode()
    assert status() == (ProductStatus.ACTIVE, "")
    act(console, "suspend", product, reason="Hàng giả")
    assert status() == (ProductStatus.SUSPENDED, "Hàng giả")
    act(console, "lift", product)
    assert status() == (ProductStatus.ACTIVE, "")
    act(console, "feature", product)
    product.refresh_from_db()
    assert product.is_featured
    act(console, "unfeature", product)
    product.refresh_from_db()
    assert not product.is_featured
    assert OutboxEvent.objects.filter(topic="products.moderated").count() == 3


def test_an_action_tells_why_it_did_not_work_and_goes_on_with_the_others(console):
    draft = VariantFactory(product__status=ProductStatus.DRAFT).product
    pending = VariantFactory(product__status=ProductStatus.PENDING).product

    response = act(console, "reject", draft, pending, reason="Hàng giả")

    texts = messages_of(response)
    assert any("is draft" in text for text in texts)
    assert "Done for 1 row." in texts
    pending.refresh_from_db()
    assert pending.status == ProductStatus.REJECTED


def test_staff_without_the_permission_look_but_do_not_decide():
    viewer = UserFactory(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_product"))
    client = Client()
    client.force_login(viewer)
    product = VariantFactory(product__status=ProductStatus.PENDING).product

    assert client.get(address(Product, "changelist")).status_code == 200
    act(client, "approve", product)

    product.refresh_from_db()
    assert product.status == ProductStatus.PENDING


def test_a_product_page_cannot_be_saved(console):
    product = VariantFactory().product

    response = console.post(address(Product, "change", product.pk), {"status": "suspended"})

    assert response.status_code == 403
    product.refresh_from_db()
    assert product.status == ProductStatus.ACTIVE


# Categories and brands


def category_form(**fields):
    return {
        "name": "Điện tử",
        "slug": "",
        "parent": "",
        "description": "",
        "position": "0",
        "is_active": "on",
        **fields,
    }


def test_a_category_is_added_with_its_place_and_its_image(console):
    root = create_category(actor=None, name="Gốc")

    response = console.post(
        address(Category, "add"), category_form(parent=str(root.pk), image=image_file())
    )

    assert response.status_code == 302, response.context["errors"]
    category = Category.objects.get(parent=root)
    assert (category.slug, category.depth) == ("dien-tu", 1)
    assert category.path == f"{root.path}{category.pk.hex}/"
    assert category.image.name.startswith("categories/")
    with category.image.open() as stored:
        assert b"<script>" not in stored.read()
    history = console.get(address(Category, "history", category.pk))
    assert "Added" in history.content.decode()


def test_another_parent_moves_a_category_with_all_below_it(console):
    first, second = (create_category(actor=None, name=name) for name in ("Một", "Hai"))
    child = create_category(actor=None, name="Con", parent_id=first.pk)
    grandchild = create_category(actor=None, name="Cháu", parent_id=child.pk)

    response = console.post(
        address(Category, "change", child.pk),
        category_form(name="Con mới", slug="con", parent=str(second.pk), position="3"),
    )

    assert response.status_code == 302
    child.refresh_from_db()
    grandchild.refresh_from_db()
    assert (child.parent, child.name, child.position) == (second, "Con mới", 3)
    assert grandchild.path == f"{second.path}{child.pk.hex}/{grandchild.pk.hex}/"


def test_a_cycle_of_categories_is_a_message_and_changes_nothing(console):
    parent = create_category(actor=None, name="Một")
    child = create_category(actor=None, name="Hai", parent_id=parent.pk)

    response = console.post(
        address(Category, "change", parent.pk),
        category_form(name="Khác", slug="mot", parent=str(child.pk)),
        follow=True,
    )

    assert messages_of(response) == ["A category cannot be moved into itself or below itself."]
    parent.refresh_from_db()
    assert (parent.name, parent.parent) == ("Một", None)


def test_an_upload_that_is_no_image_is_an_error_of_its_field(console):
    svg = SimpleUploadedFile("x.svg", b"<svg/>", content_type="image/svg+xml")

    response = console.post(address(Category, "add"), category_form(image=svg))

    assert response.status_code == 200
    assert "image" in response.context["adminform"].form.errors
    assert not Category.objects.exists()


def test_a_category_in_use_is_not_archived(console):
    category = ProductFactory().category
    empty = CategoryFactory()

    response = act(console, "archive", category, empty)

    assert any("has products" in text for text in messages_of(response))
    assert list(Category.objects.live()) == [category]


def test_brands_are_added_changed_and_archived(console):
    console.post(
        address(Brand, "add"),
        {"name": "Sữa Việt", "slug": "", "description": "", "is_active": "on"},
    )
    brand = Brand.objects.get()
    assert brand.slug == "sua-viet"

    console.post(
        address(Brand, "change", brand.pk),
        {"name": "Sữa Ta", "slug": "sua-ta", "description": "", "logo": image_file()},
    )
    brand.refresh_from_db()
    assert (brand.name, brand.slug, brand.is_active) == ("Sữa Ta", "sua-ta", False)
    assert brand.logo.name.startswith("brands/")

    console.post(
        address(Brand, "change", brand.pk),
        {"name": "Sữa Ta", "slug": "sua-ta", "description": "", "logo-clear": "on"},
    )
    brand.refresh_from_db()
    assert brand.logo.name == ""
    act(console, "archive", brand)
    assert not Brand.objects.live().exists()


# Stock


def test_stock_is_adjusted_through_the_service_and_written_down(console, staff):
    item = VariantFactory(stock=10).stock

    response = console.post(
        address(StockItem, "change", item.pk),
        {"delta": "-3", "reason": "damaged", "note": "Vỡ", "on_hand": "999", "reserved": "5"},
    )

    assert response.status_code == 302
    item.refresh_from_db()
    assert (item.on_hand, item.reserved) == (7, 0)
    movement = StockMovement.objects.latest("pk")
    assert (movement.delta, movement.reason, movement.note) == (-3, "damaged", "Vỡ")
    assert movement.actor == staff


def test_stock_below_what_is_promised_is_a_message(console):
    variant = VariantFactory(stock=10)
    reserve(
        [ReservationRequest(reference=uuid7(), variant_id=variant.pk, quantity=8)], expires_at=None
    )

    response = console.post(
        address(StockItem, "change", variant.stock.pk),
        {"delta": "-5", "reason": "adjusted", "note": ""},
        follow=True,
    )

    assert "8 units are promised" in messages_of(response)[0]
    assert StockItem.objects.get().on_hand == 10
