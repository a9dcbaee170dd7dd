"""A shop's and a user's page in the console, and how far everything is from its start."""

import re
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client

from accounts.services import setup_groups
from accounts.services.sessions import start_session
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SHOP = [
    *("Owner", "What staff did", "Products", "Orders", "Returns", "Money", "Ledger", "Ratings"),
    *("Standing", "Stores"),
]
USER = ["Sign-ins", "What staff did", "Orders", "Payments", "Reviews"]


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def titles(page):
    return re.findall(r'<section class="panel[^>]*>\s*<h2>(?:<a [^>]*>)?([^<]+)', page)


def links(page):
    return {unescape(link) for link in re.findall(r'href="(/admin/[^"#]*)"', page)}


def page_of(client, path, check):
    with check(25):
        response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_page_shows_all_that_belongs_to_a_shop_or_user(world, django_assert_max_num_queries):
    client = signed_in(world.staff)
    start_session(world.buyer, user_agent="Firefox", ip_address="203.0.113.7")
    shop_path = f"/admin/shops/shop/{world.shop.pk}/change/"
    client.get("/admin/")

    shop = page_of(client, shop_path, django_assert_max_num_queries)
    user = page_of(
        client, f"/admin/accounts/user/{world.buyer.pk}/change/", django_assert_max_num_queries
    )
    seller = page_of(
        client, f"/admin/accounts/user/{world.seller.pk}/change/", django_assert_max_num_queries
    )

    assert sorted(titles(shop)) == sorted(SHOP)
    assert sorted(titles(user)) == sorted(USER)
    assert "Shop" in titles(seller)
    assert shop_path in seller
    assert str(world.names["order_id"]) in shop
    assert "203.0.113.7" in user
    for link in links(shop) | links(user):
        if str(world.shop.pk) in link or str(world.buyer.pk) in link:
            assert client.get(link, follow=True).status_code == 200, link


@pytest.mark.parametrize(
    ("group", "shop", "user"),
    [
        (
            "Moderator",
            ["Owner", "What staff did", "Products", "Ratings", "Standing", "Stores"],
            ["Reviews"],
        ),
        ("Finance", ["Owner", "What staff did", "Orders", "Returns", "Money", "Ledger"], USER[2:4]),
    ],
)
def test_page_shows_each_group_what_it_may_see(world, group, shop, user):
    setup_groups()
    member = UserFactory(is_staff=True)
    member.groups.add(Group.objects.get(name=group))
    client = signed_in(member)

    found = [
        titles(client.get(path).content.decode())
        for path in (
            f"/admin/shops/shop/{world.shop.pk}/change/",
            f"/admin/accounts/user/{world.buyer.pk}/change/",
        )
    ]

    assert [sorted(names) for names in found] == [sorted(shop), sorted([*user, "What staff did"])]


def test_everything_is_two_clicks_from_the_start(world):
    client = signed_in(world.staff)
    # One of each list, however many days of it the charts lead to.
    start = client.get("/admin/")
    first = {link.partition("?")[0] for link in links(start.content.decode())}
    second = set()
    for link in first - {"/admin/", "/admin/logout/"}:
        if link.endswith("/add/"):
            continue
        response = client.get(link, follow=True)
        assert response.status_code == 200, link
        second |= links(response.content.decode())
    reached = {link.partition("?")[0] for link in first | second}

    for model, page in admin.site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert base in reached, base
        row = page.get_queryset(start.wsgi_request).order_by("-pk").first()
        if row is not None:
            assert any(re.fullmatch(rf"{base}[^/]+/change/", link) for link in reached), base
        if hasattr(page, "queue"):
            assert f"{base}queue/" in reached, base
