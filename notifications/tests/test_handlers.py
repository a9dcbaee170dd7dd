"""Who is told of which event."""

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.events import (
    AccountClosed,
    IdentifierChanged,
    IdentifierTaken,
    PasswordChanged,
    RefreshTokenReused,
    UserReinstated,
    UserSuspended,
    UserVerified,
)
from accounts.services import setup_groups
from accounts.tests.factories import StaffFactory, UserFactory
from catalog.events import ProductModerated, ProductSubmitted
from catalog.inventory.constants import MovementReason
from catalog.inventory.events import InventoryLow
from catalog.inventory.services import set_many_on_hand
from catalog.tests.factories import ProductFactory, VariantFactory
from marketplace.common.ids import uuid7
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.outbox.registry import handlers_of
from marketplace.common.outbox.services import publish
from marketplace.common.testing import drain_outbox
from notifications.constants import NotificationType
from notifications.models import Delivery, Notification
from notifications.services.telling import notify
from notifications.tests.factories import NotificationFactory
from orders.events import OrderCancelled, OrderStatusChanged
from orders.payments.constants import RefundKind
from orders.payments.services.capture import apply_outcome
from orders.payments.services.chargebacks import record_lost_chargeback
from orders.payments.services.refunds import (
    Wanted,
    complete_refund,
    fail_refund,
    request_refund,
)
from orders.payments.services.start import create_payment
from orders.payments.tests.factories import captured, charged_back, place_paid
from orders.tests.factories import place_one
from reviews.events import (
    QuestionAnswered,
    QuestionAsked,
    QuestionHidden,
    QuestionPublished,
    ReviewCreated,
    ReviewHidden,
    ReviewPublished,
    ReviewReplied,
)
from shops.constants import TeamRole
from shops.events import (
    ShopApproved,
    ShopClosed,
    ShopReapplied,
    ShopRegistered,
    ShopRejected,
    ShopReopened,
    ShopSuspended,
)
from shops.tests.factories import ShopFactory, ShopMemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    """A placed order whose buyer and seller have not been told of anything yet."""
    order = place_one()
    OutboxEvent.objects.all().delete()
    return order


def tell(*events):
    with transaction.atomic():
        publish(*events)
    drain_outbox()


def told():
    return set(Notification.objects.values_list("user_id", "type"))


def stepped(order, to_status, actor_kind, from_status="placed"):
    return OrderStatusChanged(order.pk, from_status, to_status, actor_kind)


def test_name_that_stands_with_handled_events_says_nothing_of_where_the_handler_is():
    names = [handler.name for handler in handlers_of("orders.placed")]

    ours = "notifications.handlers."
    assert [name for name in names if name.startswith(ours)] == [
        f"{ours}tell_of_placed_order",
        f"{ours}show_placed_order",
    ]


def test_placed_order_is_told_to_buyer_and_seller_in_their_languages():
    order = place_one(buyer=UserFactory(language="en"))

    drain_outbox()

    assert told() == {
        (order.buyer_id, "order_placed"),
        (order.shop.owner_id, "order_received"),
    }
    to_buyer = Notification.objects.get(user=order.buyer)
    assert to_buyer.title == "Order placed"
    assert to_buyer.body == (
        f"Your order {order.number} from {order.shop.name} has been placed. The total is 130.000 ₫."
    )
    assert to_buyer.data == {
        "order_id": str(order.pk),
        "order_number": order.number,
        "shop_id": str(order.shop_id),
        "status": "placed",
    }
    to_seller = Notification.objects.get(user=order.shop.owner)
    assert to_seller.title == "Đơn hàng mới"


@pytest.mark.parametrize(
    ("step", "actor", "buyer_is_told", "seller_is_told"),
    [
        ("placed", "system", False, False),
        ("confirmed", "seller", True, False),
        ("packed", "seller", True, False),
        ("shipped", "seller", True, False),
        ("shipped", "carrier", True, False),
        ("delivered", "carrier", True, False),
        ("delivery_failed", "carrier", True, True),
        ("delivery_failed", "staff", True, True),
        ("completed", "buyer", False, True),
        ("completed", "system", True, True),
    ],
)
def test_steps_are_told_to_whom_they_concern(order, step, actor, buyer_is_told, seller_is_told):
    tell(stepped(order, step, actor))

    expected = set()
    if buyer_is_told:
        expected.add((order.buyer_id, f"order_{step}"))
    if seller_is_told:
        expected.add((order.shop.owner_id, f"order_{step}"))
    assert told() == expected


@pytest.mark.parametrize(
    ("from_status", "actor", "buyer_is_told", "seller_is_told"),
    [
        ("placed", "buyer", False, True),
        ("confirmed", "seller", True, False),
        ("placed", "staff", True, True),
        ("delivery_failed", "carrier", True, True),
        ("pending_payment", "system", True, False),
        ("pending_payment", "buyer", False, False),
    ],
)
def test_cancelling_is_told_to_the_other_side(
    order, from_status, actor, buyer_is_told, seller_is_told
):
    tell(OrderCancelled(order.pk, from_status, actor, "Đổi ý"))

    expected = set()
    if buyer_is_told:
        expected.add((order.buyer_id, "order_cancelled"))
    if seller_is_told:
        expected.add((order.shop.owner_id, "order_cancelled"))
    assert told() == expected
    assert all(row.body.endswith("đã bị hủy. Đổi ý") for row in Notification.objects.all())


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (lambda shop: ShopApproved(shop.pk, shop.owner_id), "shop_approved"),
        (lambda shop: ShopRejected(shop.pk, shop.owner_id, "Thiếu giấy tờ."), "shop_rejected"),
        (lambda shop: ShopSuspended(shop.pk, shop.owner_id, "Hàng giả."), "shop_suspended"),
        (lambda shop: ShopReopened(shop.pk, shop.owner_id), "shop_reopened"),
        (lambda shop: ShopClosed(shop.pk, shop.owner_id, "Theo yêu cầu."), "shop_closed"),
    ],
)
def test_decisions_on_a_shop_are_told_to_its_owner(event, kind):
    shop = ShopFactory()

    tell(event(shop))

    notification = Notification.objects.get()
    assert (notification.user, notification.type) == (shop.owner, kind)
    assert shop.name in notification.body
    assert getattr(event(shop), "reason", "") in notification.body
    assert notification.data == {"shop_id": str(shop.pk)}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("active", "product_approved"),
        ("rejected", "product_rejected"),
        ("suspended", "product_suspended"),
    ],
)
def test_moderation_of_a_product_is_told_to_the_shops_owner(status, kind):
    product = ProductFactory(title="Áo {dài}" + "x" * 240)

    tell(ProductModerated(product.pk, product.shop_id, status, "Ảnh mờ."))

    notification = Notification.objects.get()
    assert (notification.user, notification.type) == (product.shop.owner, kind)
    assert product.title in notification.body


def test_shop_is_told_of_money_that_the_buyers_bank_took_back():
    order = place_paid()
    made = request_refund(
        order.pk,
        Wanted(amount=1_000),
        kind=RefundKind.CHARGEBACK,
        source="test",
        actor=None,
        reason="Taken back.",
    )
    complete_refund(made.pk)
    drain_outbox()

    told = Notification.objects.get(type=NotificationType.ORDER_REFUNDED)
    assert told.user == order.shop.owner
    assert told.body.endswith("Taken back.")


def test_shop_is_not_told_of_money_that_never_was_its():
    order = place_paid()
    first = order.checkout.payments.get()
    twice = create_payment(
        order.checkout, [order], method=first.provider, expires_at=first.expires_at
    )
    apply_outcome(twice.pk, captured(twice))
    fail_refund(twice.refunds.get().pk, error="charge_disputed")
    task = charged_back(twice, twice.amount)
    record_lost_chargeback(task.pk, actor=StaffFactory(), note="Letter.")
    drain_outbox()

    assert not Notification.objects.filter(type=NotificationType.ORDER_REFUNDED).exists()


def test_event_handed_over_again_tells_nobody_twice(order):
    tell(stepped(order, "shipped", "seller"))
    OutboxEvent.objects.update(status="pending", handled_by=[], available_at=timezone.now())

    assert drain_outbox() == 1

    assert Notification.objects.count() == 1


def test_step_that_happens_twice_is_told_twice(order):
    tell(stepped(order, "delivery_failed", "carrier"))
    tell(stepped(order, "delivery_failed", "carrier"))

    assert Notification.objects.filter(user=order.buyer).count() == 2


def test_telling_takes_as_many_queries_for_any_number_of_users(django_assert_num_queries):
    users = UserFactory.create_batch(5, email_verified_at=timezone.now())

    with django_assert_num_queries(8):
        notify(
            [(user.pk, NotificationType.SHOP_APPROVED) for user in users],
            event_key="x",
            values={"shop": "A"},
            data={},
        )

    assert Notification.objects.count() == 5


def test_closed_account_is_forgotten():
    gone, kept = NotificationFactory(), NotificationFactory()

    tell(AccountClosed(gone.user_id))

    assert list(Notification.objects.all()) == [kept]


def test_notifications_are_in_the_export(api_as):
    mine = NotificationFactory()
    NotificationFactory()

    response = api_as(mine.user).get("/api/v1/profile/export")

    assert [row["id"] for row in response.json()["notifications"]] == [str(mine.pk)]


def test_owner_is_told_once_of_all_that_ran_low_in_one_purchase():
    shop = ShopFactory(owner=UserFactory(language="en"))
    shirts = VariantFactory.create_batch(7, product__shop=shop, stock=10)
    other = VariantFactory(stock=10)
    refilled = VariantFactory(product__shop=shop, stock=10)
    keeper = UserFactory()
    for each in (shop, other.shop):
        ShopMemberFactory(shop=each, user=keeper, roles=[TeamRole.CATALOGUE])
    tell(InventoryLow(tuple(row.pk for row in [*shirts, other, refilled])))
    assert told() == set()
    lots = {row.pk: 2 for row in [*shirts, other]}
    set_many_on_hand(lots, actor=None, reason=MovementReason.IMPORTED)

    drain_outbox()

    people = (shop.owner_id, other.shop.owner_id, keeper.pk)
    assert told() == {(user_id, "stock_low") for user_id in people}
    assert Notification.objects.filter(user=keeper).count() == 2
    note = Notification.objects.get(user=shop.owner)
    first = min(shirts, key=lambda row: row.pk)
    assert note.title == "Stock is low"
    assert note.body.startswith(f"Left to sell: “{first.product.title}” ({first.sku}): 2, ")
    assert note.body.endswith(", +2")
    assert note.data == {
        "shop_id": str(shop.pk),
        "product_id": str(first.product_id),
        "variant_id": str(first.pk),
        "count": 7,
    }


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (lambda user: PasswordChanged(user.pk), "password_changed"),
        (lambda user: RefreshTokenReused(uuid7(), user.pk), "sign_in_ended"),
        (lambda user: UserSuspended(user.pk, "Gian lận."), "account_suspended"),
        (lambda user: UserReinstated(user.pk), "account_reinstated"),
        (lambda user: UserVerified(user.pk), "welcome"),
    ],
)
def test_what_happens_to_an_account_is_told_to_its_owner(event, kind):
    user = UserFactory()

    tell(event(user))

    notification = Notification.objects.get()
    assert (notification.user, notification.type) == (user, kind)
    assert getattr(event(user), "reason", "") in notification.body


def test_suspended_owner_is_told_by_the_surest_contact():
    user = UserFactory(suspended_at=timezone.now())

    tell(UserSuspended(user.pk, "Gian lận."))

    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.is_urgent) == ("sms", True)


def test_old_contact_is_told_that_it_was_removed():
    user = UserFactory(email_verified_at=timezone.now())

    tell(IdentifierChanged(user.pk, "sms", "+84900000001"))

    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.destination) == ("sms", "+84900000001")


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_registration_with_a_taken_contact_is_told_by_that_contact(channel):
    user = UserFactory(email_verified_at=timezone.now())

    tell(IdentifierTaken(user.pk, channel))

    delivery = Delivery.objects.get()
    expected = user.email if channel == "email" else user.phone_number
    assert (delivery.channel, delivery.destination) == (channel, expected)
    assert delivery.notification.type == "registration_attempted"


def test_what_waits_for_staff_is_told_to_those_whose_work_it_is():
    setup_groups()
    moderator, support = (UserFactory(is_staff=True) for _ in range(2))
    moderator.groups.add(Group.objects.get(name="Moderator"))
    support.groups.add(Group.objects.get(name="Support"))
    suspended = StaffFactory(suspended_at=timezone.now())
    administrator = StaffFactory()
    product = ProductFactory()

    tell(
        ShopRegistered(product.shop_id, product.shop.owner_id),
        ShopReapplied(product.shop_id, product.shop.owner_id),
        ProductSubmitted(product.pk, product.shop_id),
    )

    assert told() == {
        (user.pk, kind)
        for user in (moderator, administrator)
        for kind in ("shop_submitted", "product_submitted")
    }
    assert Notification.objects.filter(type="shop_submitted", user=moderator).count() == 2
    assert not Notification.objects.filter(user__in=[support, suspended]).exists()


@pytest.mark.parametrize(
    ("event_class", "also", "reader", "kind"),
    [
        (ReviewCreated, (4,), "owner", "review_received"),
        (ReviewReplied, (), "author", "review_replied"),
        (ReviewHidden, ("Spam.", False), "author", "review_hidden"),
        (ReviewHidden, ("", True), "staff", "review_reported"),
        (ReviewPublished, ("",), "author", "review_published"),
        (QuestionAsked, (), "owner", "question_received"),
        (QuestionAnswered, (), "author", "question_answered"),
        (QuestionHidden, ("Spam.", False), "author", "question_hidden"),
        (QuestionHidden, ("", True), "staff", "question_reported"),
        (QuestionPublished, ("",), "author", "question_published"),
    ],
)
def test_reviews_and_questions_are_told_to_whom_they_concern(event_class, also, reader, kind):
    product, staff, subject_id = ProductFactory(), StaffFactory(), uuid7()
    readers = {"owner": product.shop.owner, "author": UserFactory(), "staff": staff}

    tell(event_class(subject_id, product.pk, product.shop_id, readers["author"].pk, *also))

    assert told() == {(readers[reader].pk, kind)}
    note = Notification.objects.get()
    assert product.title in note.body
    assert "Spam." in note.body or also[:1] != ("Spam.",)
    subject = "review_id" if kind.startswith("review") else "question_id"
    assert note.data == {
        "product_id": str(product.pk),
        "product_slug": product.slug,
        "shop_id": str(product.shop_id),
        subject: str(subject_id),
    }
