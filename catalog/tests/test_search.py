"""What search finds, page by page, and that it follows every change of the words it finds by."""

from io import StringIO
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from catalog.models import Product, SearchDocument, SearchRebuild, SearchWord
from catalog.search import filters, ranking, tiers
from catalog.search.documents import rebuild_documents, rebuild_words
from catalog.search.ranking import STATEMENT_TIMEOUT_MS
from catalog.search.tiers import refresh_tiers
from catalog.services.brands import update_brand
from catalog.services.categories import move_category, update_category
from catalog.services.products import create_product, update_product
from catalog.services.variants import VariantDraft, update_variant
from catalog.tests.factories import BrandFactory, CategoryFactory, ProductFactory, VariantFactory
from marketplace.common.prepared import fetch_planned
from marketplace.common.testing.outbox import drain_outbox
from shops.services.profiles import correct_shop

pytestmark = pytest.mark.django_db
URL = "/api/v1/products/search"


def search(api, q, more=""):
    response = api.get(f"{URL}?q={quote(q)}{more}")
    assert response.status_code == 200, response.content
    return response.json()


def titles(api, q, more=""):
    return [row["title"] for row in search(api, q, more)["results"]]


def test_a_product_is_found_by_title_brand_shop_categories_attributes_and_description(api):
    root = CategoryFactory(name="Thời trang")
    product = ProductFactory(
        title="Áo khoác",
        category=CategoryFactory(name="Mùa đông", parent=root),
        brand=BrandFactory(name="Uniqlo"),
        shop__name="Tiệm Hoa Sen",
        attributes={"chất liệu": "lông vũ"},
        description="Giữ ấm ở Sa Pa.",
    )
    VariantFactory(product=product, attributes={"size": "XXL"})
    update_product(product.pk, actor=None, description="Giữ ấm ở Sa Pa.")

    for words in ("ao khoac", "uniqlo", "hoa sen", "mua dong", "thoi trang", "long vu", "sa pa"):
        assert titles(api, words) == ["Áo khoác"], words
    assert titles(api, "khoác xxl uniqlo pa") == ["Áo khoác"]


def test_a_title_ranks_above_a_description_and_exact_diacritics_above_popularity(api):
    ProductFactory(title="Sách nấu ăn", description="Món bò, món bò, món bò.", sold_count=900)
    ProductFactory(title="Bơ lạt", sold_count=99_000, average_rating=5, review_count=500)
    ProductFactory(title="Bò khô")

    assert titles(api, "bò") == ["Bò khô", "Bơ lạt", "Sách nấu ăn"]
    assert titles(api, "bo") == ["Bơ lạt", "Bò khô", "Sách nấu ăn"]


def test_equal_texts_rank_by_sales_rating_and_stock(api):
    ProductFactory(title="Áo A", in_stock=True)
    ProductFactory(title="Áo B", sold_count=500)
    ProductFactory(title="Áo C", average_rating=5, review_count=80)
    ProductFactory(title="Áo D")

    assert titles(api, "áo") == ["Áo B", "Áo A", "Áo C", "Áo D"]


def test_relevance_pages_neither_repeat_nor_skip_and_lead_back(api):
    for n in range(7):
        ProductFactory(title="Áo thun", sold_count=n // 3)

    first = search(api, "áo thun", "&limit=3")
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    ids = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert len(ids) == len(set(ids)) == 7
    assert first["previous"] is None
    assert third["next"] is None
    assert api.get(third["previous"]).json()["results"] == second["results"]
    assert api.get(second["previous"]).json()["results"] == first["results"]
    broken = api.get(f"{URL}?q=a&cursor=x:y")
    assert broken.status_code == 400


def test_a_typo_is_corrected_and_said_so_on_every_page(api):
    for n in range(3):
        ProductFactory(title=f"Bàn phím Keychron {n}")
    rebuild_words()

    first = search(api, "bàn phím keychorn", "&limit=2")
    second = api.get(first["next"]).json()

    assert first["did_you_mean"] == second["did_you_mean"] == "bàn phím keychron"
    assert len(first["results"]) == 2
    assert len(second["results"]) == 1
    assert search(api, "keychorn", "&ordering=price")["did_you_mean"] == "keychron"
    assert search(api, "keychron")["did_you_mean"] is None


def test_a_filter_that_leaves_nothing_is_not_taken_for_a_typo(api):
    ProductFactory(title="Áo thun", min_price_amount=100, max_price_amount=100)
    ProductFactory(title="Áo len", min_price_amount=900, max_price_amount=900)

    body = search(api, "áo thun", "&min_price=500")

    assert body["results"] == []
    assert body["did_you_mean"] is None
    # The facet that was chosen from still says what else there is.
    assert [row["count"] for row in body["facets"]["price_ranges"]] == [1]


def test_facets_are_counted_under_all_filters_but_their_own(api):
    shirts, hats = CategoryFactory(name="Áo"), CategoryFactory(name="Mũ")
    for category, colour, price, rating in (
        (shirts, "đỏ", 100, 5),
        (shirts, "xanh", 200, 3),
        (hats, "đỏ", 300, 5),
    ):
        ProductFactory(
            title="Len",
            category=category,
            attributes={"màu": colour},
            min_price_amount=price,
            max_price_amount=price,
            average_rating=rating,
        )

    def counted(more):
        facets = search(api, "len", more)["facets"]
        return (
            {row["name"]: row["count"] for row in facets["categories"]},
            {row["value"]: row["count"] for row in facets["attributes"][0]["values"]},
            sum(row["count"] for row in facets["price_ranges"]),
        )

    red = f"&attr.{quote('màu')}={quote('đỏ')}"
    assert counted("") == ({"Áo": 2, "Mũ": 1}, {"đỏ": 2, "xanh": 1}, 3)
    assert counted(f"&category={shirts.slug}") == ({"Áo": 2, "Mũ": 1}, {"đỏ": 1, "xanh": 1}, 2)
    assert counted(red) == ({"Áo": 1, "Mũ": 1}, {"đỏ": 2, "xanh": 1}, 2)
    assert counted(f"&category={shirts.slug}{red}&ordering=price") == (
        {"Áo": 1, "Mũ": 1},
        {"đỏ": 1, "xanh": 1},
        1,
    )
    assert counted("&max_price=150") == ({"Áo": 1}, {"đỏ": 1}, 3)


def test_each_text_of_a_list_is_a_value_to_filter_by_and_to_count(api):
    ProductFactory(title="Len", attributes={"vải": ["bông", "lanh"]})
    ProductFactory(title="Len", attributes={"vải": "lanh"})

    body = search(api, "len", f"&attr.{quote('vải')}={quote('bông')}")

    (facet,) = body["facets"]["attributes"]
    assert len(body["results"]) == 1
    assert {row["value"]: row["count"] for row in facet["values"]} == {"lanh": 2, "bông": 1}


def test_no_facet_offers_what_a_filter_would_refuse(api):
    ProductFactory(
        title="Len",
        category=CategoryFactory(is_active=False),
        brand=BrandFactory(archived_at="2026-01-01T00:00Z"),
    )

    body = search(api, "len")

    assert len(body["results"]) == 1
    assert body["facets"]["categories"] == body["facets"]["brands"] == []


def test_search_follows_products_variants_and_names(api):
    product = create_product(
        ProductFactory().shop_id,
        actor=None,
        title="Khăn quàng",
        category_id=CategoryFactory(name="Phụ kiện").pk,
        brand_id=BrandFactory(name="Acme").pk,
        variants=[VariantDraft(sku="K1", price_amount=1000, attributes={"màu": "tím"})],
        on_sale=True,
    )
    assert titles(api, "khan quang tim acme") == ["Khăn quàng"]

    update_product(product.pk, actor=None, title="Mũ nồi")
    update_variant(product.variants.get().pk, actor=None, attributes={"màu": "cam"})
    update_brand(product.brand_id, actor=None, name="Nimbus")
    update_category(product.category_id, actor=None, name="Đội đầu")
    correct_shop(product.shop_id, actor=None, name="Tiệm Gió")
    drain_outbox()

    assert titles(api, "mũ nồi cam nimbus đội đầu tiệm gió") == ["Mũ nồi"]
    for old in ("khan", "tim acme", "acme", "phu kien"):
        assert titles(api, old) == [], old


def test_search_follows_a_category_that_moves_and_a_brand_that_is_hidden(api):
    brand, new_home = BrandFactory(name="Acme"), CategoryFactory(name="Ngoài trời")
    leaf = CategoryFactory(name="Lều", parent=CategoryFactory(name="Cắm trại"))
    ProductFactory(title="Lều hai người", category=leaf, brand=brand)

    move_category(leaf.pk, actor=None, parent_id=new_home.pk)
    update_brand(brand.pk, actor=None, is_active=False)
    drain_outbox()

    assert titles(api, "ngoai troi") == ["Lều hai người"]
    assert titles(api, "cam trai") == titles(api, "acme") == []


def test_rebuild_search_goes_on_where_it_was_interrupted(api):
    products = [ProductFactory(title=f"Áo mưa {n}") for n in range(5)]
    SearchDocument.objects.all().delete()
    assert titles(api, "mua") == []

    def interrupt(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_documents(batch=2, on_progress=interrupt)
    assert SearchRebuild.objects.get().last_product == products[1].pk
    assert SearchDocument.objects.count() == 2

    SearchDocument.objects.all().delete()
    out = StringIO()
    call_command("rebuild_search", "--if-empty", batch=2, stdout=out)
    assert SearchDocument.objects.count() == 3
    assert "products=5" in out.getvalue()
    assert not SearchRebuild.objects.exists()

    call_command("rebuild_search", batch=2, stdout=out)
    assert len(titles(api, "mua")) == 5
    assert SearchWord.objects.get(word="mua").display == "mưa"
    assert SearchWord.objects.get(word="mua").uses == 5


def test_rebuild_search_begins_anew_where_it_is_told_to():
    products = [ProductFactory() for _ in range(3)]
    SearchDocument.objects.all().delete()
    SearchRebuild.objects.create(pk=1, last_product=products[1].pk, products=2)

    call_command("rebuild_search", "--restart", stdout=StringIO())

    assert SearchDocument.objects.count() == 3


def test_rebuild_search_writes_nothing_where_nothing_changed():
    ProductFactory()
    before = SearchDocument.objects.get().updated_at

    call_command("rebuild_search", stdout=StringIO())

    assert SearchDocument.objects.get().updated_at == before


@pytest.fixture
def small_tiers(monkeypatch):
    """Three hats in each of four tiers, the most sold first; a tier gives two at most."""
    monkeypatch.setattr(ranking, "ENOUGH", 2)
    monkeypatch.setattr(ranking, "MATCHES", 2)
    # Statements are remembered with the numbers in them.
    ranking._ranking.cache_clear()
    products = [ProductFactory(title=f"Nón lá {n}", sold_count=n) for n in range(12)]
    for n, product in enumerate(products):
        SearchDocument.objects.filter(pk=product.pk).update(tier=(1, 2, 3, tiers.REST)[3 - n // 3])
    yield products
    ranking._ranking.cache_clear()


def test_the_less_sold_are_looked_at_where_the_more_sold_have_too_few(api, small_tiers):
    SearchDocument.objects.filter(pk=small_tiers[11].pk).update(tier=tiers.REST)

    # Two of the first tier are enough.
    assert titles(api, "nón", more="&limit=2") == ["Nón lá 10", "Nón lá 9"]
    # One of each is too few until the third tier; the last one is not asked.
    rare = [small_tiers[n] for n in (1, 4, 7, 10)]
    for product in rare:
        update_product(product.pk, actor=None, title=f"Mũ {product.sold_count}")
    drain_outbox()
    assert titles(api, "mũ", more="&limit=1") == ["Mũ 10"]
    assert len(titles(api, "mũ", more="&limit=2")) == 2


def test_a_prefix_finds_the_same_whether_the_words_before_it_are_rare_or_not(api):
    hats = [ProductFactory(title=title) for title in ("Nón lá", "Nón len", "Mũ len")]

    rare = search(api, "nón l")
    SearchDocument.objects.filter(pk=hats[0].pk).update(tier=tiers.SAMPLE)
    common = search(api, "nón l")

    assert {row["title"] for row in rare["results"]} == {"Nón lá", "Nón len"}
    assert common == rare


@pytest.mark.parametrize("narrow", [0, 3_000])
def test_what_filters_leave_few_of_is_found_in_the_last_tier(api, small_tiers, monkeypatch, narrow):
    monkeypatch.setattr(ranking, "NARROW", narrow)
    category = small_tiers[1].category

    assert titles(api, "nón", more=f"&category={category.slug}") == ["Nón lá 1"]


def test_all_that_match_are_read_where_the_last_tier_gives_less_than_a_page(api, small_tiers):
    SearchDocument.objects.update(tier=tiers.REST)

    assert len(titles(api, "nón")) == 12


def test_all_that_match_are_read_where_a_full_tier_has_less_than_a_page(
    api, small_tiers, monkeypatch
):
    monkeypatch.setattr(ranking, "NARROW", 0)
    SearchDocument.objects.update(tier=tiers.SAMPLE)
    Product.objects.filter(pk=small_tiers[11].pk).update(is_featured=True)

    assert titles(api, "nón", "&featured=true") == ["Nón lá 11"]


def test_a_number_that_postgresql_takes_for_no_word_keeps_nothing_from_being_found(api):
    ProductFactory(title="Nón lá")

    suggested = api.get(f"/api/v1/products/suggest?q={quote('፩ nón')}").json()

    assert [row["title"] for row in suggested["products"]] == ["Nón lá"]


def test_a_text_without_words_is_looked_for_in_the_titles_of_the_most_sold(api, monkeypatch):
    for n in range(4):
        ProductFactory(title=f"Giảm 5% lần {n}", sold_count=n)
    monkeypatch.setattr(filters, "IS_READ", filters.IS_READ.replace("LIMIT 5000", "LIMIT 2"))

    assert titles(api, "%") == ["Giảm 5% lần 3", "Giảm 5% lần 2"]
    assert len(titles(api, "")) == 4


def test_tiers_follow_sales_and_visibility(monkeypatch):
    monkeypatch.setattr(tiers, "BATCH", 2)
    best, hidden, other = (ProductFactory(sold_count=n) for n in (9, 8, 1))
    hidden.status = "suspended"
    hidden.save(update_fields=["status"])
    SearchDocument.objects.filter(pk=hidden.pk).update(tier=1)

    result = refresh_tiers()

    assert result.done == 3
    assert dict(SearchDocument.objects.values_list("pk", "tier")) == {
        best.pk: 1,
        hidden.pk: tiers.REST,
        other.pk: 1,
    }
    assert refresh_tiers().done == 0


def test_archived_and_hidden_products_are_not_found(api):
    hidden = ProductFactory(title="Nón lá", status="suspended")
    shown = ProductFactory(title="Nón lá")
    assert len(titles(api, "nón")) == 1

    Product.objects.filter(pk__in=[hidden.pk, shown.pk]).update(archived_at="2026-01-01T00:00Z")

    assert titles(api, "nón") == []
    assert search(api, "nón")["facets"]["categories"] == []


@pytest.mark.django_db(transaction=True)
def test_a_search_is_stopped_after_two_seconds():
    with pytest.raises(OperationalError, match="statement timeout"):
        fetch_planned("SELECT pg_sleep(10)", [], timeout_ms=STATEMENT_TIMEOUT_MS)

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("15s",)
