"""What is counted of searches, clicks and views, and what is made of it."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from catalog.models import PopularQuery, ProductView, SearchQuery, Synonym
from catalog.search import analytics
from catalog.search.analytics import count_search, count_views, flush_counts
from catalog.tests.factories import ProductFactory
from marketplace.common.local_days import today
from marketplace.common.testing import run_in_parallel

pytestmark = pytest.mark.django_db
SEARCH = "/api/v1/products/search"
CLICKS = "/api/v1/products/search/clicks"
SUGGEST = "/api/v1/products/suggest"


@pytest.fixture(autouse=True)
def _reachable(monkeypatch):
    monkeypatch.setattr(analytics, "_closed_until", 0.0)


def counts(text):
    query = SearchQuery.objects.get(text=text)
    return query.searches, query.empty_searches, query.clicks


def test_searches_are_counted_by_normal_text_and_day(api):
    ProductFactory(title="Áo thun")
    for text in ("áo thun", "  ÁO   Thun ", "áo thun", "bàn ủi"):
        api.get(SEARCH, {"q": text})
    api.get(SEARCH, {"q": "áo thun", "min_price": "900000"})
    assert not SearchQuery.objects.exists()

    assert str(flush_counts()) == "done=3 skipped=0 failed=0"

    assert counts("áo thun") == (4, 0, 0)
    assert counts("bàn ủi") == (1, 1, 0)
    assert SearchQuery.objects.filter(day=today()).count() == 2
    api.get(SEARCH, {"q": "áo thun"})
    flush_counts()
    flush_counts()
    assert counts("áo thun") == (5, 0, 0)


def test_later_pages_texts_without_words_and_what_may_be_personal_are_not_counted(api):
    ProductFactory.create_batch(3, title="Áo")
    first = api.get(SEARCH, {"q": "áo", "limit": "1"}).json()
    api.get(first["next"])
    for text in ("", "%", "an@example.test", "0912 345 678", "áo 0912.345.678"):
        api.get(SEARCH, {"q": text})

    flush_counts()

    assert SearchQuery.objects.get().text == "áo"
    assert counts("áo") == (1, 0, 0)


def test_clicks_and_views_are_counted(api):
    product = ProductFactory(title="Áo thun")
    api.get(SEARCH, {"q": "áo"})

    clicked = api.post(CLICKS, {"q": "ÁO", "product_id": str(product.pk)})
    seen = api.post(f"/api/v1/products/{product.slug}/views")
    api.post(f"/api/v1/products/{product.pk}/views")
    flush_counts()

    assert (clicked.status_code, seen.status_code) == (204, 204)
    assert counts("áo") == (1, 0, 1)
    assert ProductView.objects.get().views == 2


def test_clicks_and_views_of_what_is_not_public_are_refused_and_not_counted(api):
    hidden = ProductFactory(status="draft")

    clicked = api.post(CLICKS, {"q": "áo", "product_id": str(hidden.pk)})
    seen = api.post(f"/api/v1/products/{hidden.slug}/views")
    flush_counts()

    assert (clicked.status_code, seen.status_code) == (404, 404)
    assert not SearchQuery.objects.exists()
    assert not ProductView.objects.exists()


def test_views_of_a_product_that_is_gone_do_not_hold_up_the_others():
    product, gone = ProductFactory(), ProductFactory()
    count_views({str(product.pk): 1, str(gone.pk): 1, "no-such-product": 1})
    gone.delete()

    flush_counts()

    assert ProductView.objects.get().product == product


def test_without_redis_search_works_and_only_counts_are_lost(api, monkeypatch, settings):
    ProductFactory(title="Áo thun")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(analytics, "_client", None)

    assert len(api.get(SEARCH, {"q": "áo"}).json()["results"]) == 1
    assert str(flush_counts()) == "done=0 skipped=0 failed=1"


def test_counts_that_a_killed_run_had_taken_are_not_lost():
    count_search("áo", is_empty=False)
    client = analytics._redis()
    client.rename(analytics._KEY, f"{analytics._KEY}:taken")
    count_search("áo", is_empty=False)

    flush_counts()

    assert counts("áo") == (2, 0, 0)


def test_a_flood_of_different_texts_is_bounded(monkeypatch):
    monkeypatch.setattr(analytics, "MAX_BUFFERED", 5)
    for n in range(20):
        count_search(f"áo {n}", is_empty=False)

    flush_counts()

    assert SearchQuery.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_flushes_at_once_count_everything_once():
    for _ in range(50):
        count_search("áo", is_empty=False)

    run_in_parallel(flush_counts, times=4)
    flush_counts()

    assert counts("áo") == (50, 0, 0)


def test_popular_queries_are_suggested_by_what_they_begin_with(api):
    day = today()
    for text, searches, empty, age in (
        ("áo thun nam", 9, 0, 1),
        ("áo thun nữ", 20, 1, 2),
        ("áo dài", 2, 0, 0),
        ("áo thần kỳ", 50, 50, 0),
        ("áo thun cũ", 99, 0, 31),
    ):
        SearchQuery.objects.create(
            day=day - timedelta(days=age), text=text, searches=searches, empty_searches=empty
        )

    flush_counts()

    assert api.get(SUGGEST, {"q": "ao t"}).json()["queries"] == ["áo thun nữ", "áo thun nam"]
    assert api.get(SUGGEST, {"q": "áo thun na"}).json()["queries"] == ["áo thun nam"]
    assert api.get(SUGGEST, {"q": "%"}).json()["queries"] == []
    assert PopularQuery.objects.count() == 2


def test_old_counts_are_forgotten(capsys):
    long_ago = today() - timedelta(days=401)
    SearchQuery.objects.create(day=long_ago, text="áo", searches=9)

    call_command("flush_search_counts")

    assert not SearchQuery.objects.exists()
    assert capsys.readouterr().out == "done=0 skipped=0 failed=0\n"


# --- the console ----------------------------------------------------------------------------------


@pytest.fixture
def console():
    client = Client()
    client.force_login(StaffFactory())
    return client


def test_a_synonym_is_made_from_the_report_of_what_found_nothing(console, api):
    ProductFactory(title="Tã quần")
    day = today()
    missed = SearchQuery.objects.create(day=day, text="bỉm", searches=7, empty_searches=7)
    SearchQuery.objects.create(day=day, text="áo", searches=3)
    url = reverse("admin:catalog_searchquery_changelist")

    report = console.get(url, {"result": "nothing"})
    assert [row.text for row in report.context["cl"].result_list] == ["bỉm"]
    chosen = console.post(url, {"action": "make_synonym", "_selected_action": [str(missed.pk)]})
    form = console.get(chosen.url)
    assert form.context["adminform"].form.initial["term"] == "bỉm"
    console.post(chosen.url, {"term": "bỉm", "synonym": "Tã", "is_mutual": "on", "is_active": "on"})

    synonym = Synonym.objects.get()
    assert (synonym.term, synonym.synonym) == ("bim", "ta")
    assert len(api.get(SEARCH, {"q": "bỉm"}).json()["results"]) == 1
    assert len(api.get(SEARCH, {"q": "bỉm quần"}).json()["results"]) == 1


@pytest.mark.parametrize(
    ("term", "synonym"), [("áo", "Ao"), ("!", "áo"), ("áo", "..."), ("dt", "điện thoại")]
)
def test_a_synonym_that_says_nothing_new_is_refused(console, term, synonym):
    Synonym.objects.create(term="dt", synonym="dien thoai")

    answer = console.post(
        reverse("admin:catalog_synonym_add"), {"term": term, "synonym": synonym, "is_active": "on"}
    )

    assert answer.status_code == 302
    assert len(list(get_messages(answer.wsgi_request))) == 1
    assert Synonym.objects.count() == 1


def test_a_synonym_can_go_one_way_be_changed_and_taken_away(console, api):
    ProductFactory(title="Giày sandal")
    ProductFactory(title="Giày")
    one_way = Synonym.objects.create(term="dep", synonym="sandal", is_mutual=False)
    assert len(api.get(SEARCH, {"q": "dép"}).json()["results"]) == 1

    url = reverse("admin:catalog_synonym_change", args=[one_way.pk])
    console.post(url, {"term": "dep", "synonym": "giày", "is_active": "on"})
    assert len(api.get(SEARCH, {"q": "dép"}).json()["results"]) == 2
    assert api.get(SEARCH, {"q": "dép"}).json()["did_you_mean"] is None
    console.post(reverse("admin:catalog_synonym_delete", args=[one_way.pk]), {"post": "yes"})
    assert not Synonym.objects.exists()


@pytest.mark.parametrize("name", ["synonym", "searchquery", "popularquery", "productview"])
def test_pages_of_search_open(console, name):
    product = ProductFactory()
    day = today()
    Synonym.objects.create(term="dt", synonym="dien thoai")
    SearchQuery.objects.create(day=day, text="<b>áo", searches=1)
    PopularQuery.objects.create(text="áo", folded="ao", searches=4)
    ProductView.objects.create(day=day, product=product, views=2)

    page = console.get(reverse(f"admin:catalog_{name}_changelist"), {"q": "áo"})

    assert page.status_code == 200
    assert b"<b>" not in page.content
