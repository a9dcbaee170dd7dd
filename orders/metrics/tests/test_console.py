"""The start of the console: queues and charts, as far as each may see the lists behind them."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.services import setup_groups
from accounts.tests.factories import StaffFactory, UserFactory
from catalog.models import ProductView, SearchQuery
from catalog.tests.factories import VariantFactory
from marketplace.common.local_days import today
from marketplace.common.money import display_amount
from orders.metrics.services import count_changes
from orders.models import Order
from orders.payments.services.capture import apply_outcome
from orders.payments.tests.factories import declined, place_online, place_paid
from shops.constants import ShopStatus
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

INDEX = reverse("admin:index")
CHARTS = {
    "Moderator": {"new-users", "new-shops", "searches"},
    "Support": {"orders", "revenue", "payments", "new-users", "new-shops", "searches"},
    "Finance": {"orders", "revenue", "payments", "new-users", "new-shops"},
    "Catalogue manager": {"new-shops", "searches"},
    "Administrator": {"orders", "revenue", "payments", "new-users", "new-shops", "searches"},
}


@pytest.fixture
def console(client):
    client.force_login(StaffFactory())
    return client


def member_of(group):
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def page(client, **query):
    response = client.get(INDEX, query)
    assert response.status_code == 200
    return response.content.decode()


def chart(html, key):
    found = re.search(rf'<figure class="chart" id="chart-{key}">.*?</figure>', html, re.DOTALL)
    return found[0] if found else ""


def test_queues_lead_to_what_waits(console):
    ShopFactory.create_batch(2, status=ShopStatus.PENDING)

    html = page(console)

    url = reverse("admin:shops_shop_queue")
    assert f'<a href="{url}"><strong>2</strong> <span>Shops to approve</span></a>' in html
    assert ">Payouts to approve</a>" in html  # named among those where nothing waits
    assert console.get(url, follow=True).status_code == 200


def test_every_queue_opens_as_a_filtered_list_or_one_by_one(console):
    ShopFactory(status=ShopStatus.PENDING)
    context = console.get(INDEX).context

    queues = [*context["queues"], *context["empty_queues"]]

    assert len(queues) > 8
    for queue in queues:
        response = console.get(queue.url, follow=True)
        assert response.status_code == 200, queue.url
        if "cl" in response.context:  # one by one, where there is a page for it
            assert response.context["cl"].result_count == queue.count, queue.url


def test_charts_show_what_was_counted_and_lead_to_its_list(console):
    order = place_paid((VariantFactory(stock=5), 2))
    apply_outcome(place_online().pk, declined())
    SearchQuery.objects.create(day=today(), text="áo", searches=8, empty_searches=2)
    count_changes()

    html = page(console)

    assert "<strong>1</strong>" in chart(html, "orders")
    assert f"<strong>{display_amount(order.total_amount)}</strong>" in chart(html, "revenue")
    assert "<strong>50 %</strong>" in chart(html, "payments")
    assert "<strong>2</strong>" in chart(html, "searches")
    for key, rows in (("orders", 1), ("payments", 2), ("new-shops", 2), ("searches", 1)):
        url = re.search(r'href="([^"]+)"', chart(html, key))[1].replace("&amp;", "&")
        response = console.get(url)
        assert response.status_code == 200
        assert response.context["cl"].result_count == rows, url
    assert Order.objects.count() == 2


@pytest.mark.parametrize("group", CHARTS)
def test_each_group_sees_the_charts_whose_lists_it_may_see(client, group):
    client.force_login(member_of(group))
    count_changes()

    html = page(client)

    assert set(re.findall(r'<figure class="chart" id="chart-([a-z-]+)"', html)) == CHARTS[group]
    for url in set(re.findall(r'<figcaption><a href="([^"]+)"', html)):
        assert client.get(url.replace("&amp;", "&")).status_code == 200


def test_staff_without_any_right_see_neither(client):
    client.force_login(UserFactory(is_staff=True))

    html = page(client)

    assert "<figure" not in html
    assert "queues-title" not in html


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.ids, self.refs, self.scripts, self.styles = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if "id" in values:
            self.ids.append(values["id"])
        self.refs += values.get("aria-labelledby", "").split()
        if "style" in values or any(name.startswith("on") for name in values):
            self.styles.append((tag, values))


def test_charts_can_be_read_without_seeing_them(console):
    place_paid()
    count_changes()

    html = page(console)

    tags = Tags(html)
    assert set(tags.refs) <= set(tags.ids)
    assert len(tags.ids) == len(set(tags.ids))
    assert tags.styles == []
    for key in CHARTS["Administrator"]:
        drawn = chart(html, key)
        assert 'role="img"' in drawn
        assert re.search(r"<desc [^>]+>[^<]{10,}</desc>", drawn)
        assert "<table>" in drawn
        assert "<script" not in drawn
    assert "most on" in chart(html, "orders")


@pytest.mark.parametrize(
    ("asked", "days"), [("7", 7), ("90", 90), ("30", 30), ("", 30), ("x", 30), ("99999", 30)]
)
def test_days_can_be_chosen(console, asked, days):
    html = page(console, days=asked)

    assert f"The last {days} days" in html
    assert len(re.findall(r'<th scope="row">', chart(html, "orders"))) == days


def test_start_costs_the_same_statements_whatever_there_is(
    console, django_assert_max_num_queries, django_assert_num_queries
):
    with django_assert_max_num_queries(25) as before:
        page(console)
    for _ in range(3):
        variant = VariantFactory(stock=5)
        place_paid((variant, 1))
        ShopFactory(status=ShopStatus.PENDING)
        ProductView.objects.create(day=today(), product=variant.product, views=3)
    count_changes()

    with django_assert_num_queries(len(before)):
        page(console, days=90)
