"""A day of the staff in a real browser: approve, reject by keyboard, refund and pay with others."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from accounts.models import Session, User
from accounts.services import enrol_second_factor, setup_groups
from accounts.tests.factories import PASSWORD, StaffFactory, UserFactory
from accounts.totp import code_at, key_of, step_at
from catalog.constants import ProductStatus
from catalog.models import Category
from catalog.tests.factories import CategoryFactory, VariantFactory
from marketplace.common.ids import uuid7
from marketplace.common.moderation.constants import Subject
from marketplace.common.moderation.models import ModerationReason
from marketplace.common.testing.outbox import drain_outbox
from notifications.models import Notification
from orders.payments.constants import RefundStatus
from orders.payments.models import Refund
from orders.payments.services.capture import apply_outcome
from orders.payments.services.send_refunds import send_refund
from orders.payments.tests.factories import captured, pay_at_fake, place_online
from orders.settlement.tests.factories import make_payout
from shops.constants import ShopStatus
from shops.tests.factories import ShopFactory

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]
QUEUE_READY = "body[data-queue=ready]"


@pytest.fixture
def browser(monkeypatch) -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread, where the rows are looked at.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture
def sign_in(browser, live_server, settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = True

    @contextmanager
    def page_of(member: User) -> Iterator[object]:
        key, enrolled_at = enrolled(member)
        context = browser.new_context(base_url=live_server.url)
        context.set_default_timeout(15_000)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        # What the page's policy forbids is not run, and says so here.
        page.on(
            "console",
            lambda said: errors.append(said.text) if "Security Policy" in said.text else None,
        )
        page.goto("/admin/")
        page.fill("#id_username", member.email)
        page.fill("#id_password", PASSWORD)
        page.press("#id_password", "Enter")
        page.wait_for_url("**/admin/second-factor/**")
        # A code is good once, that of the enrolment too.
        step = max(enrolled_at + 1, step_at(datetime.now(UTC)))
        page.fill("#id_code", code_at(key, step))
        page.press("#id_code", "Enter")
        page.wait_for_selector("text=All lists")
        yield page
        context.close()
        assert errors == []

    return page_of


def enrolled(member: User) -> tuple[bytes, int]:
    """Give somebody a device; returns its key and the half minute of its first code."""
    factor_id = uuid7()
    key, step = key_of(member.pk, factor_id), step_at(datetime.now(UTC))
    enrol_second_factor(member.pk, factor_id=factor_id, code=code_at(key, step))
    return key, step


def member_of(group: str) -> User:
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def act(page, action: str) -> None:
    """Do an action of a list for its only row."""
    page.check("input.action-select")
    page.select_option("select[name=action]", action)
    page.click("button[name=index]")


def test_staff_decide_and_the_seller_hears_of_it(sign_in, settings):
    settings.REFUND_APPROVAL_AMOUNT = 100_000
    setup_groups()
    moderator, first, second = (member_of(g) for g in ("Moderator", "Finance", "Finance"))
    shop = ShopFactory(status=ShopStatus.PENDING)
    product = VariantFactory(product__status=ProductStatus.PENDING).product
    ModerationReason.objects.all().delete()
    ModerationReason.objects.create(subject=Subject.PRODUCT, text="Not allowed.", position=1)
    ModerationReason.objects.create(subject=Subject.PRODUCT, text="A counterfeit.", position=2)
    payment = place_online((VariantFactory(price_amount=500_000), 1))
    pay_at_fake(payment)
    apply_outcome(payment.pk, captured(payment))
    order = payment.checkout.orders.get()
    payout = make_payout()
    drain_outbox()
    Notification.objects.all().delete()

    with sign_in(moderator) as page:
        page.click("text=Shops to approve")
        page.wait_for_selector(QUEUE_READY)
        assert shop.name in page.inner_text(".queue-item")
        page.keyboard.press("a")
        page.wait_for_selector("text=Nothing waits here")

        page.goto("/admin/catalog/product/queue/")
        page.wait_for_selector(QUEUE_READY)
        page.keyboard.press("?")
        page.wait_for_selector("#queue-help[open]")
        page.keyboard.press("?")
        for key in ("r", "2", "Enter"):
            page.keyboard.press(key)
        page.wait_for_selector("text=Nothing waits here")

    with sign_in(first) as page:
        page.goto("/admin/payments/refund/add/")
        page.fill("#id_order", str(order.pk))
        page.fill("#id_amount", "150000")
        page.fill("#id_reason", "Came late.")
        page.click("input[name=_save]")
        page.goto("/admin/payments/refund/")
        act(page, "approve")
        page.wait_for_selector(".errornote, .messagelist .error")
        assert Refund.objects.get().status == RefundStatus.AWAITING_APPROVAL

        page.goto("/admin/settlement/payout/")
        act(page, "approve")
        page.wait_for_selector(".messagelist .success")

    with sign_in(second) as page:
        page.click("text=Refunds that need a second person")
        act(page, "approve")
        page.wait_for_selector(".messagelist .success")

    sign_ins = Session.objects.filter(user__in=(moderator, first, second))
    assert sign_ins.filter(second_factor_at__isnull=False).count() == 3
    assert send_refund(Refund.objects.get().pk)
    drain_outbox()
    heard = {
        (note.user_id, note.type): note.body
        for note in Notification.objects.exclude(user__is_staff=True)
    }
    assert (shop.owner_id, "shop_approved") in heard
    assert "A counterfeit." in heard[product.shop.owner_id, "product_rejected"]
    assert "Came late." in heard[order.shop.owner_id, "order_refunded"]
    assert (payout.shop.owner_id, "payout_approved") in heard


def test_categories_are_put_into_order_by_mouse_and_by_keyboard(sign_in):
    first, second, third = (CategoryFactory(name=n, position=0) for n in ("A", "B", "C"))

    with sign_in(StaffFactory()) as page:
        page.goto("/admin/catalog/category/")
        page.click(".object-tools >> text=Order")
        page.drag_and_drop("#order li:nth-child(3)", "#order li:nth-child(1) .name")
        page.focus("button[aria-label='A: down']")
        page.keyboard.press("ArrowDown")
        shown = page.locator("#order .name").all_inner_texts()
        page.click("text=Keep this order")
        page.wait_for_selector(".messagelist .success")

    in_order = Category.objects.order_by("position")
    assert [category.name for category in in_order] == shown
    assert set(shown) == {"A", "B", "C"}
    assert shown[-1] != "C"
    assert {first.pk, second.pk, third.pk} == {category.pk for category in in_order}
