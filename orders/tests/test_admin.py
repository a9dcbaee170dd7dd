"""What staff do to orders in the console."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.services import setup_groups
from accounts.tests.factories import UserFactory
from catalog.inventory.models import StockItem
from marketplace.common.outbox.models import OutboxEvent
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.services import change_status
from orders.models import Order, OrderEvent
from orders.tests.factories import place_one

pytestmark = pytest.mark.django_db
ORDERS = "/admin/orders/order/"


def staff_of(group: str) -> User:
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def support(client) -> Client:
    client.force_login(staff_of("Support"))
    return client


def act(client: Client, action: str, *orders: Order, **data: str):
    selected = [str(order.pk) for order in orders]
    return client.post(ORDERS, {"action": action, "_selected_action": selected, **data})


def at(status: OrderStatus) -> Order:
    order = place_one(quantity=2)
    for step in ("confirmed", "packed", "shipped", "delivered"):
        if order.status == status:
            break
        order = change_status(
            order.pk, OrderStatus(step), actor=order.shop.owner, actor_kind=ActorKind.SELLER
        )
    return order


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("confirm", OrderStatus.PLACED, OrderStatus.CONFIRMED),
        ("mark_packed", OrderStatus.CONFIRMED, OrderStatus.PACKED),
        ("mark_shipped", OrderStatus.PACKED, OrderStatus.SHIPPED),
        ("mark_delivered", OrderStatus.SHIPPED, OrderStatus.DELIVERED),
    ],
)
def test_staff_take_each_step(support, action, before, after):
    order = at(before)

    response = act(support, action, order)

    assert response.status_code == 302
    order.refresh_from_db()
    assert order.status == after
    last = OrderEvent.objects.filter(order=order).latest("pk")
    assert (last.to_status, last.actor_kind) == (after, ActorKind.STAFF)
    assert last.actor.is_staff


def test_staff_cancel_with_a_reason(support):
    order = at(OrderStatus.CONFIRMED)

    asked = act(support, "cancel", order)
    order.refresh_from_db()
    assert asked.status_code == 200
    assert order.status == OrderStatus.CONFIRMED

    act(support, "cancel", order, reason="Khách báo nhầm")

    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == (OrderStatus.CANCELLED, "Khách báo nhầm")
    assert StockItem.objects.get().reserved == 0


def test_failed_delivery_is_tried_again_or_the_goods_come_back(support):
    order = at(OrderStatus.SHIPPED)

    act(support, "mark_delivery_failed", order, reason="Không ai nghe máy")
    order.refresh_from_db()
    assert order.status == OrderStatus.DELIVERY_FAILED
    act(support, "mark_shipped", order)
    order.refresh_from_db()
    assert order.status == OrderStatus.SHIPPED
    assert order.shipments.count() == 1
    act(support, "mark_delivery_failed", order, reason="Không ai nghe máy")
    act(support, "cancel", order, reason="Trả hàng")

    order.refresh_from_db()
    item = StockItem.objects.get()
    assert order.status == OrderStatus.CANCELLED
    assert (item.on_hand, item.reserved) == (item.on_hand, 0)
    assert item.on_hand == sum(row.delta for row in item.variant.movements.all())


def test_step_that_is_not_possible_is_a_message_and_does_not_undo_the_others(support):
    shipped, placed = at(OrderStatus.SHIPPED), at(OrderStatus.PLACED)

    response = support.post(
        ORDERS,
        {"action": "confirm", "_selected_action": [str(shipped.pk), str(placed.pk)]},
        follow=True,
    )

    page = response.content.decode()
    assert f"{shipped.number}: An order that is shipped cannot become confirmed." in page
    shipped.refresh_from_db()
    placed.refresh_from_db()
    assert (shipped.status, placed.status) == (OrderStatus.SHIPPED, OrderStatus.CONFIRMED)


@pytest.mark.parametrize("group", ["Finance", "Moderator", "Catalogue manager"])
@pytest.mark.parametrize("action", ["confirm", "mark_delivery_failed", "cancel"])
def test_without_the_permission_there_is_no_action(client, group, action):
    order = place_one()
    client.force_login(staff_of(group))
    published = OutboxEvent.objects.count()

    response = act(client, action, order, reason="x")

    assert response.status_code in {200, 302, 403}
    order.refresh_from_db()
    assert order.status == OrderStatus.PLACED
    assert OutboxEvent.objects.count() == published


def test_orders_are_changed_by_actions_alone(support):
    order = place_one()
    page = f"{ORDERS}{order.pk}/change/"

    assert support.get(page).status_code == 200
    assert support.post(page, {"status": "completed"}).status_code == 403
    assert support.post(f"{ORDERS}{order.pk}/delete/", {"post": "yes"}).status_code == 403
    order.refresh_from_db()
    assert order.status == OrderStatus.PLACED


@pytest.mark.parametrize(
    "address",
    [
        "orders/order",
        "orders/checkout",
        "payments/payment",
        "fulfilment/shipment",
        "inventory/stockitem",
        "inventory/reservation",
        "inventory/stockmovement",
    ],
)
def test_lists_take_the_same_queries_for_any_number_of_rows(
    client, address, django_assert_max_num_queries
):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    for _ in range(3):
        at(OrderStatus.SHIPPED)

    with django_assert_max_num_queries(9):
        response = client.get(f"/admin/{address}/")

    assert response.status_code == 200


def test_search_finds_an_order_by_what_people_say_of_it(support):
    order, other = place_one(), place_one()

    for term in (order.number, order.number.lower(), str(order.checkout_id), order.buyer.email):
        page = support.get(ORDERS, {"q": term}).content.decode()
        assert order.number in page
        assert other.number not in page
