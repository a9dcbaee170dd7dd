"""Nobody decides on what is theirs, of whatever rank."""

from functools import partial

import pytest
from django.contrib.admin.models import LogEntry

from accounts.tests.factories import StaffFactory
from catalog.constants import ProductStatus
from catalog.services.products import (
    approve_product,
    feature_product,
    lift_suspension,
    reject_product,
    suspend_product,
)
from catalog.tests.factories import VariantFactory
from marketplace.tests.state import database_state
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.services import change_status
from orders.payments.constants import RefundKind
from orders.payments.services.refunds import (
    Wanted,
    approve_refund,
    complete_refund,
    fail_refund,
    reject_refund,
    request_refund,
)
from orders.payments.services.unsent_refunds import close_refund
from orders.payments.tests.factories import place_paid
from orders.returns.constants import ReturnStatus
from orders.returns.services.answering import approve_return, reject_return
from orders.returns.services.disputes import refund_dispute, refuse_dispute
from orders.returns.services.receiving import receive_return
from orders.returns.tests.factories import return_in
from orders.settlement.models import CommissionRule
from orders.settlement.services.payouts import approve_payout, mark_paid, return_payout
from orders.settlement.services.rules import change_rule, create_rule
from orders.settlement.tests.factories import make_payout
from reviews.services.moderation import (
    hide_question,
    hide_review,
    publish_question,
    publish_review,
)
from reviews.tests.factories import QuestionFactory, ReviewFactory
from shops.constants import ShopStatus
from shops.errors import ConflictOfInterest
from shops.services.profiles import correct_shop
from shops.services.states import (
    approve_shop,
    close_shop,
    end_shop_of,
    reject_shop,
    reopen_shop,
    suspend_shop,
)
from shops.tests.factories import ShopFactory, ShopMemberFactory
from vouchers.services.vouchers import create_voucher, update_voucher
from vouchers.tests.factories import VoucherFactory

pytestmark = pytest.mark.django_db

WHY = {"reason": "Because."}
AS_STAFF = {"actor_kind": ActorKind.STAFF}


def on_shop(status, step, **said):
    """Return a shop, nobody else whom it concerns, and the decision."""
    shop = ShopFactory(status=status)
    return shop, None, partial(step, shop.pk, **said)


def on_product(status, step, **said):
    product = VariantFactory(product__status=status).product
    return product.shop, None, partial(step, product.pk, **said)


def on_words(factory, step):
    row = factory(report_count=1)
    return row.shop, row.user, partial(step, row.pk, **WHY)


def on_return(status, step, **said):
    row = return_in(status)
    return row.shop, row.order.buyer, partial(step, row.pk, **AS_STAFF, **said)


def on_dispute(step):
    row = return_in(ReturnStatus.DISPUTED)
    return row.shop, row.order.buyer, partial(step, row.dispute.pk, **WHY)


def on_refund(step, **said):
    order = place_paid((VariantFactory(stock=5, price_amount=9_000_000), 1))
    asked = {"kind": RefundKind.GOODWILL, "source": "a test", "actor": StaffFactory()}
    refund = request_refund(order.pk, Wanted(), **asked)
    assert refund.status == "awaiting_approval"
    return order.shop, order.buyer, partial(step, refund.pk, **said)


def on_failed_refund():
    row = return_in(ReturnStatus.RECEIVED)
    fail_refund(row.refund_id, error="expired_card: No")
    units = Wanted(units={item.pk: item.quantity for item in row.order.items.all()})
    asked = {"kind": RefundKind.GOODWILL, "source": "a test", "actor": None}
    complete_refund(request_refund(row.order_id, units, **asked).pk)
    return row.shop, row.order.buyer, partial(close_refund, row.refund_id, **WHY)


def on_payout(step, *, is_approved=False, **said):
    payout = make_payout()
    if is_approved:
        approve_payout(payout.pk, actor=StaffFactory())
    return payout.shop, None, partial(step, payout.pk, **said)


def on_new_rule():
    shop = ShopFactory()
    return shop, None, partial(create_rule, shop=shop, position=1, name="x", rate_bps=0)


def on_rule():
    rule = CommissionRule.objects.create(shop=ShopFactory(), position=1, name="x", rate_bps=500)
    return rule.shop, None, partial(change_rule, rule.pk, rate_bps=0, shop=None)


def on_new_voucher(*, is_shops):
    product = VariantFactory().product
    whose = {"shop_id": product.shop_id} if is_shops else {"product_ids": [product.pk]}
    values = {
        "name": "x",
        "kind": "fixed",
        "value": 50_000,
        "ends_at": VoucherFactory.build().ends_at,
        "platform_share_bps": 10_000,
    }
    return product.shop, None, partial(create_voucher, code="ALL", **values, **whose)


def on_voucher(share, **changes):
    voucher = VoucherFactory(shop=ShopFactory(), platform_share_bps=share)
    return voucher.shop, None, partial(update_voucher, voucher.pk, **changes)


def on_platforms_voucher(*, is_limited, **changes):
    """Return one for goods of a shop, or that comes to be for them."""
    product = VariantFactory().product
    voucher = VoucherFactory(shop=None, platform_share_bps=10_000)
    if is_limited:
        voucher.products.add(product)
    else:
        changes["product_ids"] = [product.pk]
    return product.shop, None, partial(update_voucher, voucher.pk, **changes)


PENDING, ACTIVE, SUSPENDED = (ProductStatus[n] for n in ("PENDING", "ACTIVE", "SUSPENDED"))
DECISIONS = {
    "approve shop": partial(on_shop, ShopStatus.PENDING, approve_shop),
    "reject shop": partial(on_shop, ShopStatus.PENDING, reject_shop, **WHY),
    "suspend shop": partial(on_shop, ShopStatus.APPROVED, suspend_shop, **WHY),
    "reopen shop": partial(on_shop, ShopStatus.SUSPENDED, reopen_shop),
    "close shop": partial(on_shop, ShopStatus.SUSPENDED, close_shop, **WHY),
    "correct shop": partial(on_shop, ShopStatus.APPROVED, correct_shop, commission_rate_bps=0),
    "approve product": partial(on_product, PENDING, approve_product),
    "reject product": partial(on_product, PENDING, reject_product, **WHY),
    "suspend product": partial(on_product, ACTIVE, suspend_product, **WHY),
    "lift suspension": partial(on_product, SUSPENDED, lift_suspension),
    "feature product": partial(on_product, ACTIVE, feature_product, is_featured=True),
    "hide review": partial(on_words, ReviewFactory, hide_review),
    "keep review": partial(on_words, ReviewFactory, publish_review),
    "hide question": partial(on_words, QuestionFactory, hide_question),
    "keep question": partial(on_words, QuestionFactory, publish_question),
    "approve return": partial(on_return, ReturnStatus.REQUESTED, approve_return),
    "reject return": partial(on_return, ReturnStatus.REQUESTED, reject_return, **WHY),
    "receive return": partial(on_return, ReturnStatus.APPROVED, receive_return),
    "refund dispute": partial(on_dispute, refund_dispute),
    "refuse dispute": partial(on_dispute, refuse_dispute),
    "approve refund": partial(on_refund, approve_refund),
    "reject refund": partial(on_refund, reject_refund, **WHY),
    "close refund": on_failed_refund,
    "approve payout": partial(on_payout, approve_payout),
    "payout paid": partial(on_payout, mark_paid, is_approved=True, bank_reference="FT1"),
    "payout returned": partial(on_payout, return_payout, **WHY),
    "new commission": on_new_rule,
    "commission": on_rule,
    "new voucher at the platform's cost": partial(on_new_voucher, is_shops=True),
    "new voucher of the platform for a shop's goods": partial(on_new_voucher, is_shops=False),
    "voucher of the platform for a shop's goods": partial(
        on_platforms_voucher, is_limited=True, value=9_000
    ),
    "voucher of the platform comes to be for a shop's goods": partial(
        on_platforms_voucher, is_limited=False
    ),
    "voucher becomes the platform's cost": partial(on_voucher, 0, platform_share_bps=10_000),
    "voucher at the platform's cost": partial(on_voucher, 5_000, value=9_000),
}


@pytest.mark.parametrize("decision", DECISIONS)
def test_who_owns_or_works_for_a_shop_or_is_the_other_side_does_not_decide(settings, decision):
    settings.REFUND_APPROVAL_AMOUNT = 1_000_000
    shop, other_side, decide = DECISIONS[decision]()
    member = ShopMemberFactory(shop=shop).user
    judge = StaffFactory()
    before = database_state()

    for person in filter(None, (shop.owner, member, other_side)):
        with pytest.raises(ConflictOfInterest):
            decide(actor=person)
    assert database_state() == before

    decide(actor=judge)
    assert database_state() != before


def test_staff_do_not_move_their_own_purchase():
    order = place_paid((VariantFactory(stock=5), 1), buyer=StaffFactory())
    step = partial(change_status, order.pk, OrderStatus.CANCELLED, **AS_STAFF, **WHY)

    with pytest.raises(ConflictOfInterest):
        step(actor=order.buyer)
    order.refresh_from_db()
    assert order.status == OrderStatus.PLACED

    assert step(actor=StaffFactory()).status == OrderStatus.CANCELLED


@pytest.mark.parametrize(
    ("has_failed", "step"), [(True, OrderStatus.SHIPPED), (False, OrderStatus.CANCELLED)]
)
def test_staff_move_no_order_of_their_own_shop_as_staff(has_failed, step):
    """The carrier's word is not theirs to undo, and what they cancel counts against the shop."""
    order = place_paid((VariantFactory(stock=5), 1))
    member = ShopMemberFactory(shop=order.shop, user=StaffFactory()).user
    for status in ("confirmed", "packed", "shipped", "delivery_failed") if has_failed else ():
        change_status(order.pk, OrderStatus(status), actor=StaffFactory(), **AS_STAFF)
    move = partial(change_status, order.pk, step, **AS_STAFF, **WHY)
    before = database_state()

    for person in (order.shop.owner, member):
        with pytest.raises(ConflictOfInterest):
            move(actor=person)
    assert database_state() == before

    assert move(actor=StaffFactory()).status == step


def test_owner_who_leaves_still_ends_the_shop():
    shop = ShopFactory(owner=StaffFactory())

    end_shop_of(shop.owner)

    shop.refresh_from_db()
    assert shop.status == ShopStatus.CLOSED


@pytest.mark.parametrize("kind", ["shop", "product"])
def test_refusal_is_a_403_of_the_api_and_a_message_of_the_console(api_as, client, kind):
    staff = StaffFactory()
    variant = VariantFactory(product__status=PENDING, product__shop__owner=staff)
    shop = variant.product.shop
    shop.status = ShopStatus.SUSPENDED
    shop.save()
    row, wanted = (shop, "approved") if kind == "shop" else (variant.product, "active")
    client.force_login(staff)
    app = row._meta.app_label
    action = {"action": "reopen" if kind == "shop" else "approve", "_selected_action": [row.pk]}

    refused = api_as(staff).patch(f"/api/v1/admin/{kind}s/{row.pk}/status", {"status": wanted})
    listed = client.post(f"/admin/{app}/{kind}/", action, follow=True)

    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "conflict_of_interest"
    assert "somebody else has to decide it" in listed.content.decode()
    before = row.status
    row.refresh_from_db()
    assert row.status == before
    assert not LogEntry.objects.exists()


def test_correcting_ones_own_shop_in_the_console_is_refused_with_a_message(client):
    staff = StaffFactory()
    shop = ShopFactory(owner=staff, name="Before")
    client.force_login(staff)
    page = f"/admin/shops/shop/{shop.pk}/change/"
    form = {"name": "After", "commission_rate_bps": "0", "_save": "Save"}

    answer = client.post(page, form | _management(client.get(page)), follow=True)

    assert "somebody else has to decide it" in answer.content.decode()
    shop.refresh_from_db()
    assert (shop.name, shop.commission_rate_bps) == ("Before", None)
    assert not LogEntry.objects.exists()


def _management(shown):
    """Return what the forms below a row's own count with."""
    return {
        field.html_name: field.value()
        for below in shown.context["inline_admin_formsets"]
        for field in below.formset.management_form
    }
