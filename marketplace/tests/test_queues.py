"""Queues of the console: what waits is decided one by one, each by one person."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import StaffFactory
from catalog.constants import ProductStatus
from catalog.models import ProductImage
from catalog.tests.factories import VariantFactory
from marketplace.common.moderation.constants import Subject
from marketplace.common.moderation.models import ModerationReason
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel
from orders.returns.constants import ReturnStatus
from orders.returns.tests.factories import delivered, return_in
from reviews.tests.factories import QuestionReportFactory, ReviewReportFactory
from shops.constants import ShopStatus
from shops.models import Shop
from shops.tests.factories import ShopFactory


def console():
    client = Client()
    client.force_login(StaffFactory())
    return client


def shown(client, queue):
    """Return the address of the item that the queue shows, and the form's state."""
    page = client.get(queue, follow=True)
    assert page.status_code == 200
    state = re.search(r'name="state" value="([^"]+)"', page.content.decode())
    return page.request["PATH_INFO"], state[1] if state else None


def reported(factory, name):
    row = getattr(factory(), name)
    row.refresh_from_db()
    return row


def pending_product():
    return VariantFactory(product__status=ProductStatus.PENDING).product


def requested_return():
    return return_in(ReturnStatus.REQUESTED, delivered((VariantFactory(), 1)))


QUEUES = {
    "shops/shop": (
        *(Subject.SHOP, lambda: ShopFactory(status=ShopStatus.PENDING)),
        *("pending", "approved", "rejected"),
    ),
    "catalog/product": (
        *(Subject.PRODUCT, pending_product),
        *("pending", "active", "rejected"),
    ),
    "reviews/review": (
        *(Subject.REVIEW, lambda: reported(ReviewReportFactory, "review")),
        *("published", "published", "hidden"),
    ),
    "reviews/question": (
        *(Subject.QUESTION, lambda: reported(QuestionReportFactory, "question")),
        *("published", "published", "hidden"),
    ),
    "returns/return": (
        *(Subject.RETURN, requested_return),
        *("requested", "approved", "rejected"),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", QUEUES)
def test_queue_shows_one_after_the_other_until_nothing_waits(name, django_assert_max_num_queries):
    subject, make, before, accepted, refused = QUEUES[name]
    rows = [make() for _ in range(3)]
    client, queue = console(), f"/admin/{name}/queue/"
    reason = ModerationReason.objects.create(subject=subject, text="Against the rules.")
    other = ModerationReason.objects.exclude(subject=subject).create(
        subject=next(s for s in Subject if s != subject), text="Of another kind."
    )
    assert f'<a href="{queue}"><strong>3</strong>' in client.get("/admin/").content.decode()

    first, state = shown(client, queue)
    assert first == f"{queue}{rows[0].pk}/"
    with django_assert_max_num_queries(25):
        page = client.get(first).content.decode()
    assert reason.text in page
    assert other.text not in page

    for empty in ({}, {"chosen": other.pk}, {"words": "  "}, {"words": "x" * 501}):
        answer = client.post(first, {"refuse": 1, "state": state, **empty})
        assert answer.status_code == 200
        assert 'class="errorlist' in answer.content.decode()
    rows[0].refresh_from_db()
    assert rows[0].status == before
    assert not LogEntry.objects.exists()

    skipped = client.get(f"{queue}?after={rows[0].pk}")
    assert skipped["Location"] == f"{queue}{rows[1].pk}/"
    refusal = {"refuse": 1, "state": shown(client, f"{queue}?after={rows[0].pk}")[1]}
    words = {"chosen": reason.pk, "words": "Look at line 2."}
    done = client.post(skipped["Location"], refusal | words, follow=True)
    assert done.request["PATH_INFO"] == f"{queue}{rows[2].pk}/"
    client.post(
        f"{queue}{rows[2].pk}/",
        {"accept": 1, "state": shown(client, f"{queue}{rows[2].pk}/")[1]},
    )

    for row in rows:
        row.refresh_from_db()
    assert [row.status for row in rows] == [before, refused, accepted]
    log = LogEntry.objects.get(object_id=str(rows[1].pk))
    assert log.change_message.endswith(". Against the rules. Look at line 2.")
    assert shown(client, f"{queue}?after={rows[2].pk}")[0] == first
    client.post(first, {"accept": 1, "state": state})
    assert "Nothing waits here" in client.get(queue).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", QUEUES)
def test_second_to_decide_is_told_that_it_was_decided(name):
    _subject, make, _before, accepted, _refused = QUEUES[name]
    row = make()
    first, second, queue = console(), console(), f"/admin/{name}/queue/"
    url, state = shown(second, queue)
    first.post(url, {"accept": 1, "state": shown(first, queue)[1]})
    events = OutboxEvent.objects.count()

    late = second.post(url, {"refuse": 1, "words": "No.", "state": state}, follow=True)

    row.refresh_from_db()
    assert row.status == accepted
    assert "Decided already, by" in late.content.decode()
    assert OutboxEvent.objects.count() == events
    assert LogEntry.objects.count() == 1


@pytest.mark.django_db
def test_nobody_approves_what_they_have_not_seen():
    product = pending_product()
    client, queue = console(), "/admin/catalog/product/queue/"

    changes = [
        lambda: product.variants.update(price_amount=1, updated_at=timezone.now()),
        lambda: ProductImage.objects.create(
            product=product, file="products/new.jpg", is_primary=True
        ),
        lambda: type(product).objects.update(title="Changed", updated_at=timezone.now()),
    ]
    for change in changes:
        url, state = shown(client, queue)
        change()
        answer = client.post(url, {"accept": 1, "state": state}, follow=True)
        assert "It was changed since you looked at it" in answer.content.decode()

    product.refresh_from_db()
    assert product.status == ProductStatus.PENDING
    assert not OutboxEvent.objects.filter(topic="products.moderated").exists()


@pytest.mark.django_db(transaction=True)
def test_one_of_two_who_decide_at_once_is_too_late():
    review = reported(ReviewReportFactory, "review")
    clients = [console(), console()]
    url, state = shown(clients[0], "/admin/reviews/review/queue/")
    clients[1].get(url)
    forms = [{"accept": 1}, {"refuse": 1, "words": "No."}]

    def decide(number):
        form = {**forms[number], "state": state}
        return clients[number].post(url, form, follow=True).content.decode()

    pages = run_in_parallel(decide, arguments=[0, 1])

    assert sorted("Decided already, by" in page for page in pages) == [False, True]
    assert review.decisions.count() == 1
    assert LogEntry.objects.count() == 1


@pytest.mark.django_db
def test_queue_is_closed_to_who_may_not_decide():
    shop = ShopFactory(status=ShopStatus.PENDING)
    client = Client()
    client.force_login(StaffFactory(is_superuser=False))

    for url in ("/admin/shops/shop/queue/", f"/admin/shops/shop/queue/{shop.pk}/"):
        assert client.get(url).status_code == 403
        assert client.post(url, {"accept": 1}).status_code == 403

    assert Shop.objects.get().status == ShopStatus.PENDING
