"""The invariants are worth something: each is seen to fail when its rows are tampered with."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import ProductImage
from catalog.tests.factories import VariantFactory
from catalog.wishlists.tests.factories import WishFactory
from marketplace.common.testing import made_once
from marketplace.invariants.checks import CHECKS, find_broken, find_violations
from orders.documents.services.invoices import issue_invoice
from orders.documents.tests.factories import ready_statement
from orders.fulfilment.tests.factories import confirmed, parcel_of
from orders.metrics.services import count_everything
from orders.returns.constants import ReturnStatus
from orders.returns.tests.factories import return_in
from orders.settlement.checks import CHECKS as LEDGER_CHECKS
from orders.tests.factories import place
from reviews.tests.factories import QuestionFactory, ReviewFactory
from vouchers.tests.factories import VoucherFactory

pytestmark = pytest.mark.django_db

TAMPERING = {
    "A shop's holiday is the last of them, and none overlap": (
        "UPDATE shops_shop SET holiday_starts_at = now(), holiday_ends_at = now() + interval '1 d'"
    ),
    "A shop's owner is no member of its team": (
        "INSERT INTO shops_shopmember (id, created_at, updated_at, shop_id, user_id, roles) "
        "SELECT gen_random_uuid(), now(), now(), id, owner_id, '{orders}' FROM shops_shop"
    ),
    "What is reserved of a variant is the sum of its held reservations": (
        "UPDATE inventory_stockitem SET reserved = reserved + 1"
    ),
    "What lies on the shelf is the sum of its movements": (
        "UPDATE inventory_stockitem SET on_hand = on_hand + 1"
    ),
    "Open orders hold exactly their items, ended ones hold nothing": (
        "UPDATE inventory_reservation SET quantity = quantity + 1"
    ),
    "An order's subtotal and discounts on goods are the sums of its items": (
        "UPDATE orders_orderitem SET quantity = 5, line_total_amount = 5 * unit_price_amount"
    ),
    "A checkout's amounts are the sums of its orders": (
        "UPDATE orders_order SET tax_amount = 1, total_amount = total_amount + 1"
    ),
    "A payment is the sum of its shares": "UPDATE payments_paymentshare SET amount = amount + 1",
    "What a provider captured is in the shares of its payment": (
        "UPDATE payments_payment SET provider = 'FAKE', status = 'captured'"
    ),
    "A cancelled order keeps no money, unless it could not be sent back": (
        "UPDATE payments_paymentshare SET captured_amount = amount; "
        "UPDATE orders_order SET status = 'cancelled'"
    ),
    "Every checkout has a payment": (
        "DELETE FROM payments_paymentshare; DELETE FROM payments_payment WHERE id NOT IN "
        "(SELECT payment_id FROM payments_refund)"
    ),
    "Cash orders are paid exactly when they were delivered": (
        "UPDATE orders_order SET payment_status = 'paid'"
    ),
    "No unit is in more parcels than it was bought for": (
        "UPDATE fulfilment_shipmentitem SET quantity = quantity + 5"
    ),
    "Carriers collect what is due for an order, once everything of it is in parcels": (
        "UPDATE fulfilment_shipment SET cod_amount = cod_amount - 1 WHERE cod_amount > 0"
    ),
    "A parcel is where the last of its carrier's steps left it": (
        "UPDATE fulfilment_shipment SET status = 'returned'"
    ),
    "No unit is returned more often than it was bought": (
        "UPDATE returns_returnline SET quantity = quantity + 5"
    ),
    "What is returned is the order's own, delivered and of its shop": (
        "UPDATE orders_order SET delivered_at = NULL"
    ),
    "A refunded return's money has gone back": (
        "UPDATE payments_refund SET status = 'failed' WHERE kind = 'return'"
    ),
    "Documents of a series are numbered from one, without gaps": (
        "UPDATE documents_documentseries SET last_position = last_position + 1"
    ),
    "An invoice is of a delivered order, over its total": (
        "UPDATE orders_order SET delivered_at = NULL"
    ),
    "A statement ends with what the ledger owed the shop then": (
        "SET LOCAL session_replication_role = replica;"
        " UPDATE documents_document SET amount = amount + 1 WHERE kind = 'statement';"
        " SET LOCAL session_replication_role = origin"
    ),
    "Every document has a file, made or to be made": "DELETE FROM documents_documentfile",
    "A return is where its timeline ends": "UPDATE returns_return SET status = 'received'",
    "An order is where its timeline ends": "UPDATE orders_order SET status = 'confirmed'",
    "An order's discount is what vouchers took off it, until it is cancelled": (
        "UPDATE vouchers_redemption SET amount = amount + 1"
    ),
    "A redemption belongs to an order of its buyer and checkout": (
        "UPDATE vouchers_redemption SET order_id = gen_random_uuid()"
    ),
    "A voucher was used, and spent, what its redemptions say": (
        "UPDATE vouchers_voucher SET spent_amount = spent_amount + 1"
    ),
    "A buyer's uses of a voucher are the checkouts with it": "DELETE FROM vouchers_buyerusage",
    "A product with images has exactly one primary image": (
        "UPDATE catalog_productimage SET is_primary = false"
    ),
    "A product is rated as its public reviews say": (
        "UPDATE catalog_product SET average_rating = 3 WHERE review_count > 0"
    ),
    "A shop is rated as the public reviews of its products say": (
        "UPDATE shops_shop SET rating_sum = rating_sum + 1"
    ),
    "A review has as many votes, images and open reports as it says": (
        "UPDATE reviews_review SET helpful_count = helpful_count + 1"
    ),
    "A question has as many open reports as it says": (
        "UPDATE reviews_question SET report_count = report_count + 1"
    ),
    "Nobody has switched off a security message": (
        "INSERT INTO notifications_preference (id, created_at, updated_at, user_id, type, channels)"
        " SELECT gen_random_uuid(), now(), now(), id, 'password_changed', '{}'"
        " FROM accounts_user LIMIT 1"
    ),
    "Only what was delivered is reviewed, by who bought it": (
        "UPDATE orders_order SET delivered_at = NULL"
    ),
    "A wishlist has as many items as it says": "UPDATE wishlists_wishlist SET item_count = 0",
    "A day of the site is what its shops sold": (
        "UPDATE metrics_platformday SET revenue_amount = revenue_amount + 1"
    ),
    "Who has wishlists has one default": "UPDATE wishlists_wishlist SET is_default = false",
}
# The table itself refuses these; the check stands behind a constraint that somebody dropped.
GUARDED = {
    "No variant is promised more often than it lies on the shelf",
}


@pytest.fixture(scope="module")
def marketplace(django_db_setup, django_db_blocker):
    with made_once(django_db_blocker):
        make_one_of_each()
        yield


def make_one_of_each():
    variant = VariantFactory()
    ProductImage.objects.create(product=variant.product, file="a.webp", is_primary=True)
    VoucherFactory(code="TET")
    place((variant, 2), (VariantFactory(), 1), voucher_codes=["TET"])
    parcel_of(confirmed(carrier="MANUAL"))
    ReviewFactory()
    QuestionFactory()
    order = return_in(ReturnStatus.REFUNDED).order
    issue_invoice(order.pk)
    ready_statement(order.shop)
    WishFactory(product=variant.product)
    count_everything()


def test_nothing_is_violated_by_what_services_make(marketplace, capsys):
    assert find_violations() == []
    assert find_broken() == []

    call_command("check_invariants")

    assert capsys.readouterr().out.strip() == f"{len(CHECKS)} invariants hold"


def test_every_invariant_is_tried():
    # The ledger's have a test of their own.
    assert TAMPERING.keys() | GUARDED == CHECKS.keys() - LEDGER_CHECKS.keys()


@pytest.mark.breaks_invariants
@pytest.mark.parametrize("invariant", TAMPERING)
def test_invariant_names_rows_that_were_tampered_with(marketplace, invariant):
    with connection.cursor() as cursor:
        cursor.execute(TAMPERING[invariant])

    violations = find_violations([invariant])

    assert [violation.invariant for violation in violations] == [invariant]
    assert invariant in find_broken()
    with pytest.raises(CommandError):
        call_command("check_invariants")
