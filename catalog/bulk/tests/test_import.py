"""What a file of rows does to a shop's products."""

import pytest

from catalog.bulk.tests.files import counts, csv_file, errors_of, imported, xlsx_file
from catalog.constants import ProductStatus
from catalog.inventory.constants import MovementReason
from catalog.inventory.models import StockItem, StockMovement
from catalog.models import Product, ProductVariant
from catalog.tests.factories import BrandFactory, CategoryFactory, ProductFactory, VariantFactory
from marketplace.common.outbox.models import OutboxEvent
from shops.constants import ShopStatus
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

HEADER = ["product", "title", "category", "sku", "variant_name", "price", "stock", "status"]


@pytest.fixture
def shop():
    return ShopFactory()


@pytest.fixture
def category():
    return CategoryFactory(name="Áo thun", slug="ao-thun")


def row(sku, *, product="ao", title="Áo", category="ao-thun", price=100000, stock=3, status=""):
    return [product, title, category, sku, "M", price, stock, status]


@pytest.mark.parametrize("make", [csv_file, xlsx_file])
def test_rows_of_one_product_become_its_variants(shop, category, make):
    header = [
        *("product", "title", "category", "brand", "description", "attribute:Chất liệu"),
        *("sku", "variant_name", "price", "compare_at_price", "weight_grams", "stock"),
        *("variant_attribute:Màu", "status"),
    ]
    brand = BrandFactory(name="Việt Tiến")
    rows = [
        header,
        ["p1", "Áo", "Áo thun", "việt tiến", "Mềm.\nMát.", "Cotton | Lanh",
         "A-1", "Đỏ", 100000, 120000, 200, 3, "Đỏ", "active"],
        ["p1", None, None, None, None, None, "A-2", "Xanh", 90000, None, 210, 0, "Xanh", None],
    ]  # fmt: skip

    job = imported(shop, make(rows))

    assert (job.state, job.total_rows, job.processed_rows) == ("done", 2, 2), job.message
    assert (counts(job), errors_of(job)) == ((2, 0, 0, 0), [])
    product = Product.objects.get()
    assert (product.shop, product.title, product.category, product.brand) == (
        shop, "Áo", category, brand,
    )  # fmt: skip
    assert product.description == "Mềm.\nMát."
    assert product.attributes == {"Chất liệu": ["Cotton", "Lanh"]}
    assert (product.status, product.in_stock) == (ProductStatus.ACTIVE, True)
    assert (product.min_price_amount, product.max_price_amount) == (90000, 100000)
    assert list(
        product.variants.order_by("position").values_list(
            "sku", "name", "price_amount", "compare_at_price_amount", "weight_grams", "attributes"
        )
    ) == [
        ("A-1", "Đỏ", 100000, 120000, 200, {"Màu": "Đỏ"}),
        ("A-2", "Xanh", 90000, None, 210, {"Màu": "Xanh"}),
    ]
    assert list(StockItem.objects.values_list("variant__sku", "on_hand").order_by("id")) == [
        ("A-1", 3),
        ("A-2", 0),
    ]
    assert StockMovement.objects.get().reason == MovementReason.IMPORTED
    assert OutboxEvent.objects.filter(topic="products.published").count() == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_is_read_whatever_its_delimiter_and_mark(shop, category, delimiter, encoding):
    rows = [HEADER, row("A-1", title="Áo, cổ tròn; mềm")]

    job = imported(shop, csv_file(rows, delimiter=delimiter, encoding=encoding))

    assert counts(job) == (1, 0, 0, 0), job.message
    assert Product.objects.get().title == "Áo, cổ tròn; mềm"


def test_empty_cells_leave_a_variant_as_it_is(shop):
    variant = VariantFactory(product__shop=shop, sku="A-1", stock=4)
    before = Product.objects.get()

    job = imported(shop, csv_file([HEADER, ["", "", "", "a-1", "", "150000", "", ""]]))

    assert counts(job) == (0, 1, 0, 0)
    variant.refresh_from_db()
    assert (variant.sku, variant.name, variant.price_amount) == ("A-1", "M", 150000)
    after = Product.objects.get()
    assert (after.min_price_amount, after.max_price_amount) == (150000, 150000)
    assert (after.title, after.status, after.in_stock) == (before.title, before.status, True)
    assert StockItem.objects.get().on_hand == 4


def test_importing_a_file_again_changes_nothing(shop, category):
    rows = [HEADER, row("A-1"), row("A-2"), row("B-1", product="b", title="Quần")]
    imported(shop, csv_file(rows))
    before = [list(m.objects.order_by("pk").values()) for m in (Product, ProductVariant, StockItem)]

    job = imported(shop, csv_file(rows))

    assert counts(job) == (0, 0, 3, 0)
    after = [list(m.objects.order_by("pk").values()) for m in (Product, ProductVariant, StockItem)]
    assert after == before
    assert StockMovement.objects.count() == 3


def test_a_slug_adds_variants_to_its_product(shop, category):
    product = VariantFactory(product__shop=shop, sku="A-1").product

    job = imported(shop, csv_file([HEADER, row("A-2", product=product.slug, title="")]))

    assert counts(job) == (1, 0, 0, 0)
    assert set(product.variants.values_list("sku", flat=True)) == {"A-1", "A-2"}
    assert Product.objects.count() == 1


def test_wrong_row_refuses_its_product_and_no_other(shop, category):
    rows = [
        HEADER,
        row("A-1"),
        row("A-2", price="rẻ"),
        row("B-1", product="b", title="Quần"),
        row("C-1", product="c", title="Mũ", category="khong-co"),
        row("", product="d", title="Nón"),
    ]

    job = imported(shop, csv_file(rows))

    assert (job.state, counts(job)) == ("done", (1, 0, 0, 4))
    assert errors_of(job) == [
        (2, "", "product_refused"),
        (3, "price", "invalid"),
        (5, "category", "does_not_exist"),
        (6, "sku", "blank"),
    ]
    assert list(ProductVariant.objects.values_list("sku", flat=True)) == ["B-1"]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("price", "199.000", "invalid"),
        ("price", "0", "min_value"),
        ("price", "-5", "min_value"),
        ("price", "=1+1", "invalid"),
        ("price", "1e5", "invalid"),
        ("price", "１００", "invalid"),
        ("compare_at_price", "100000", "min_value"),
        ("stock", "-1", "min_value"),
        ("stock", "1.5", "invalid"),
        ("stock", "99999999999", "max_value"),
        ("weight_grams", "x", "invalid"),
        ("status", "sold", "invalid_choice"),
        ("title", "a\x00b", "control_characters"),
        ("title", "x" * 256, "max_length"),
        ("sku", "x" * 65, "max_length"),
        ("brand", "Không ai", "does_not_exist"),
        ("brand", "a\x00b", "does_not_exist"),
        ("product", "a\x00b", "control_characters"),
    ],
)
def test_each_value_is_held_against_the_rules_of_the_api(shop, category, column, value, code):
    header = [*HEADER, "compare_at_price", "weight_grams", "brand"]
    cells = dict(zip(header, [*row("A-1"), "", "", ""], strict=True)) | {column: value}

    job = imported(shop, csv_file([header, list(cells.values())]))

    assert errors_of(job) == [(2, column, code)]
    assert not Product.objects.exists()


def test_new_product_needs_title_category_and_price(shop):
    job = imported(shop, csv_file([["sku", "price"], ["A-1", ""]]))

    assert errors_of(job) == [
        (2, "title", "required"),
        (2, "category", "required"),
        (2, "price", "required"),
    ]


def test_one_sku_or_product_twice_in_a_file_is_refused(shop, category):
    rows = [
        HEADER,
        row("A-1"),
        row("B-1", product="b", title="Quần"),
        row("a-1", product="c", title="Mũ"),
        row("A-3"),
    ]

    job = imported(shop, csv_file(rows))

    assert errors_of(job) == [(4, "sku", "duplicate"), (5, "product", "not_together")]
    assert counts(job) == (2, 0, 0, 2)


def test_mistyped_sku_does_not_add_to_another_product(shop, category):
    VariantFactory(product__shop=shop, sku="OLD-1")

    job = imported(shop, csv_file([HEADER, row("NEW-1"), row("OLD-1")]))

    assert errors_of(job) == [(2, "", "product_refused"), (3, "sku", "sku_taken")]
    assert ProductVariant.objects.count() == 1


def test_sku_of_another_shop_is_another_one(shop, category):
    theirs = VariantFactory(sku="A-1")

    job = imported(shop, csv_file([HEADER, row("A-1")]))

    assert counts(job) == (1, 0, 0, 0)
    theirs.refresh_from_db()
    assert (theirs.price_amount, theirs.stock.on_hand) == (100_000, 10)


def test_stock_below_what_is_promised_is_refused(shop):
    variant = VariantFactory(product__shop=shop, sku="A-1", stock=5)
    from catalog.inventory.services import ReservationRequest, reserve
    from marketplace.common.ids import uuid7

    reserve([ReservationRequest(uuid7(), variant.pk, 3)], expires_at=None)

    job = imported(shop, csv_file([["sku", "price", "stock"], ["A-1", "7000", "2"]]))

    assert errors_of(job) == [(2, "stock", "stock_is_reserved")]
    variant.refresh_from_db()
    assert (variant.price_amount, variant.stock.on_hand) == (100_000, 5)
    # So that the invariants hold: the order is none.
    from catalog.inventory.models import Reservation
    from catalog.inventory.services import release

    release([Reservation.objects.get().reference])


def test_stock_is_set_and_written_down(shop):
    variant = VariantFactory(product__shop=shop, sku="A-1", stock=5)

    job = imported(shop, csv_file([["sku", "stock"], ["A-1", "0"]]))

    assert counts(job) == (0, 1, 0, 0)
    assert StockItem.objects.get(variant=variant).on_hand == 0
    movement = StockMovement.objects.latest("id")
    assert (movement.delta, movement.reason, movement.actor) == (-5, "imported", shop.owner)
    assert not Product.objects.get().in_stock


def test_status_goes_the_way_of_a_single_product(shop, category, settings):
    settings.PRODUCT_REVIEW_REQUIRED = True
    mine = {"product__shop": shop}
    VariantFactory(**mine, sku="S-1", product__status=ProductStatus.SUSPENDED)
    VariantFactory(**mine, sku="W-1", product__status=ProductStatus.ACTIVE)
    rows = [
        ["product", "title", "category", "sku", "price", "status"],
        ["a", "Áo", "ao-thun", "A-1", "1000", "active"],
        ["", "", "", "S-1", "", "active"],
        ["", "", "", "W-1", "", "draft"],
    ]

    job = imported(shop, csv_file(rows))

    assert errors_of(job) == [(3, "status", "invalid_transition")]
    status = dict(ProductVariant.objects.values_list("sku", "product__status"))
    assert status == {"A-1": "pending", "S-1": "suspended", "W-1": "draft"}
    topics = OutboxEvent.objects.filter(topic__startswith="products.")
    assert set(topics.values_list("topic", flat=True)) == {
        "products.submitted",
        "products.withdrawn",
    }


def test_shop_that_is_not_open_imports_drafts_only(category):
    shop = ShopFactory(status=ShopStatus.PENDING)

    job = imported(
        shop,
        csv_file([HEADER, row("A-1", status="active"), row("B-1", product="b", title="Quần")]),
    )

    assert errors_of(job) == [(2, "status", "shop_not_active")]
    assert list(Product.objects.values_list("title", "status")) == [("Quần", "draft")]


def test_suspended_shop_stops_its_import(shop, category):
    from catalog.bulk.services import request_import, run_import

    job = request_import(shop.pk, actor=shop.owner, upload=csv_file([HEADER, row("A-1")]))
    shop.status = ShopStatus.SUSPENDED
    shop.save(update_fields=["status"])

    run_import(job.pk)

    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "The shop is suspended or closed.")
    assert not Product.objects.exists()


def test_dry_run_says_the_same_and_writes_nothing(shop, category):
    VariantFactory(product__shop=shop, sku="OLD")
    rows = [HEADER, row("A-1", status="active"), row("A-2", price="x"), row("B", product="b")]
    rows.append(["", "", "", "OLD", "", "5000", "1", ""])
    before = [list(m.objects.values()) for m in (Product, ProductVariant, StockItem)]

    job = imported(shop, csv_file(rows), dry_run=True)

    assert counts(job) == (1, 1, 0, 2)
    assert [list(m.objects.values()) for m in (Product, ProductVariant, StockItem)] == before
    assert not OutboxEvent.objects.filter(topic__startswith="products.").exists()


def test_more_rows_than_a_product_can_have_refuse_it_alone(shop, category):
    rows = [row(f"A-{number}") for number in range(150)]

    job = imported(shop, csv_file([HEADER, *rows, row("B-1", product="b", title="Quần")]))

    assert counts(job) == (1, 0, 0, 150)
    assert errors_of(job)[0] == (2, "sku", "too_many_variants")


def test_archived_category_is_refused_when_it_is_new_to_the_product(shop):
    hidden = CategoryFactory(slug="cu", is_active=False)
    product = ProductFactory(shop=shop, category=hidden)
    VariantFactory(product=product, sku="A-1")
    rows = [["category", "sku", "title", "price"], ["cu", "A-1", "", "2000"]]
    rows.append(["cu", "B-1", "Mới", "2000"])

    job = imported(shop, csv_file(rows))

    assert errors_of(job) == [(3, "category", "does_not_exist")]
    assert counts(job) == (0, 1, 0, 1)


def test_category_is_found_by_its_path(shop):
    clothes = CategoryFactory(name="Thời trang", slug="thoi-trang")
    shirts = CategoryFactory(name="Áo", slug="ao-nam", parent=clothes)
    rows = [HEADER, row("A-1", category="thời trang >  áo")]

    assert counts(imported(shop, csv_file(rows))) == (1, 0, 0, 0)
    assert Product.objects.get().category == shirts


def test_batch_costs_the_same_statements_however_many_products(
    shop, category, django_assert_max_num_queries
):
    from catalog.bulk.services import request_import, run_import

    rows = [row(f"S-{n}", product=f"p{n}", title=f"Áo {n}", status="active") for n in range(150)]
    job = request_import(shop.pk, actor=shop.owner, upload=csv_file([HEADER, *rows]))

    with django_assert_max_num_queries(50):
        run_import(job.pk)

    job.refresh_from_db()
    assert counts(job) == (150, 0, 0, 0)
