"""The exact keys of each resource, by who reads it: a new field shows up here before it leaks."""

import pytest
from rest_framework.test import APIClient

from marketplace.tests.world import sign_in
from shops.models import Shop

pytestmark = pytest.mark.django_db

USER = """id phone_number email full_name avatar_url is_phone_verified is_email_verified roles
    created_at"""
STAFF_USER = f"{USER} suspended_at suspension_reason closed_at"
PROFILE = f"{USER} language pending_phone_number pending_email"
ADDRESS = """id kind recipient_name phone_number line1 line2 ward district province postal_code
    country latitude longitude is_default"""
SHOP = """id name slug description logo_url banner_url average_rating review_count sold_count
    created_at holiday"""
OWN_SHOP = f"""{SHOP} status status_reason contact_email contact_phone pickup_address bank_name
    bank_account_name bank_account_number commission_rate_bps updated_at"""
CARD = """id slug title price max_price compare_at_price currency thumbnail_url average_rating
    review_count sold_count in_stock shop category brand created_at"""
DETAIL = f"""{CARD} description attributes images variants breadcrumbs meta_title meta_description
    updated_at holiday"""
STATE = "status status_reason is_featured is_on_sale"
VARIANT = "id sku name price compare_at_price attributes weight_grams available is_active"
OWN_VARIANT = f"{VARIANT} stock reserved low_stock_threshold is_low position created_at updated_at"
ORDER = """id number checkout_id shop status payment_status payment_method items subtotal discount
    shipping_discount shipping_fee tax total currency created_at updated_at"""
ORDER_DETAIL = f"""{ORDER} vouchers shipping_address billing_address shipping_carrier
    shipping_service_code shipping_service_name shipping_fee_is_estimate note cancel_reason
    placed_at confirmed_at packed_at shipped_at delivered_at completed_at cancelled_at shipment
    shipments timeline refunds returns"""
SHIPMENT = """id carrier service_code tracking_number status fee items events created_at
    updated_at"""
OWN_SHIPMENT = f"{SHIPMENT} booking_status reference weight_grams cash_on_delivery problem"
BUYERS_AFFAIR = {"billing_address", "vouchers"}
SELLER_ORDER_DETAIL = " ".join(
    [
        *(name for name in ORDER_DETAIL.split() if name not in BUYERS_AFFAIR),
        *("buyer_name", "discount_paid_by_shop", "discount_paid_by_platform"),
    ]
)
VOUCHER = """id code name kind value max_discount min_spend currency shop starts_at ends_at
    remaining per_user_limit is_first_order_only category_ids product_ids"""
OFFER = f"{VOUCHER} discount is_applicable reason message missing_amount"
OWN_VOUCHER = """id code name kind value max_discount min_spend budget spent currency shop starts_at
    ends_at usage_limit used_count remaining per_user_limit is_first_order_only category_ids
    product_ids platform_share_bps is_public is_active created_at updated_at"""
RETURN = """id order_id order_number status reason comment answer items photos refund_shipping
    refund dispute send_to deadline_at received_at closed_at timeline created_at updated_at"""
RETURN_ITEM = "order_item_id title variant_name sku image_url quantity received_quantity"
DISPUTE = "status reason decision decided_at refund created_at"
STATEMENT = """id number month period_start period_end issued_at status currency opening sales
    refunds commission payouts other closing carrier_cash"""
NOTIFICATION = "id type title body data read_at created_at"
PREFERENCE = "type title audience channels allowed_channels is_locked"
REVIEW = """id rating title content author_name variant_name images helpful_count reply created_at
    edited_at"""
OWN_REVIEW = f"{REVIEW} product order_item_id status status_reason editable_until"
QUESTION = "id content author_name answer created_at edited_at"
API_KEY = "id shop_id name prefix scopes expires_at last_used_at created_at"
WEBHOOK = """id url description topics is_active failing_since switched_off_at rotated_at
    created_at updated_at"""
WEBHOOK_DELIVERY = """id event_id topic state tries response_status response_ms last_error
    first_try_at last_try_at next_try_at delivered_at body created_at"""
STAFF_BANNER = """id title alt_text image_url link starts_at ends_at position is_active created_at
    updated_at"""
ALERT = """id kind product variant target_price price_when_asked price currency is_available told_at
    created_at"""
WISHLIST = "id name is_default item_count share_token created_at updated_at"
SALES = "orders cancelled_orders units revenue refunded views"
DASHBOARD = "from to time_zone currency counted_until"
SELLER_DASHBOARD = f"""{DASHBOARD} totals days orders_by_status top_products ratings low_stock
    due"""
DUE = "to_confirm to_pack to_hand_over returns_to_answer returns_due_today"
ADMIN_DASHBOARD = f"{DASHBOARD} waiting sales registrations payments searches"
SHARED_WISH = "id product variant price currency is_available"
WISH = f"{SHARED_WISH} price_when_added note created_at updated_at"

LEDGER_ENTRY = "id kind balance amount currency order payout_id created_at"
PAYOUT = """id status amount currency period_start period_end bank_name bank_account_name
    bank_account_number bank_reference failure_reason approved_at paid_at failed_at created_at"""
EXPLAINED_LINE = """order_item_id title sku quantity goods seller_discount platform_discount
    shipping tax commission commission_rate_bps commission_rule net"""

# Reader, address, where in the answer, keys.
SEEN = [
    ("buyer", "profile", "", PROFILE),
    ("seller", "profile", "", PROFILE),
    ("buyer", "profile/addresses", "results.0", ADDRESS),
    ("buyer", "notifications", "results.0", NOTIFICATION),
    ("buyer", "notifications/preferences", "", "digest preferences"),
    ("buyer", "notifications/preferences", "preferences.0", PREFERENCE),
    ("buyer", "alerts", "results.0", ALERT),
    ("buyer", "wishlists", "results.0", WISHLIST),
    ("buyer", "wishlists/{}", "", WISHLIST),
    ("buyer", "wishlists/{}/items", "results.0", WISH),
    ("guest", "wishlists/shared/{}", "", "name owner_name results next previous"),
    ("guest", "wishlists/shared/{}", "results.0", SHARED_WISH),
    ("buyer", "orders", "results.0", ORDER),
    ("buyer", "orders/{}", "", ORDER_DETAIL),
    ("seller", "seller/orders", "results.0", f"{ORDER} buyer_name"),
    ("seller", "seller/orders/{}", "", SELLER_ORDER_DETAIL),
    ("buyer", "orders/{}", "vouchers.0", "code name kind discount"),
    ("buyer", "vouchers/available", "results.0", OFFER),
    ("seller", "seller/vouchers", "results.0", OWN_VOUCHER),
    ("seller", "seller/vouchers/{}", "", OWN_VOUCHER),
    ("buyer", "orders/{}", "shipments.0", SHIPMENT),
    ("buyer", "orders/{}", "shipment", SHIPMENT),
    ("seller", "seller/orders/{}", "shipments.0", OWN_SHIPMENT),
    ("seller", "seller/orders/{}", "shipment", OWN_SHIPMENT),
    ("buyer", "returns", "results.0", RETURN),
    ("buyer", "returns/{}", "", RETURN),
    ("buyer", "returns/{}", "items.0", RETURN_ITEM),
    ("buyer", "returns/{}", "dispute", DISPUTE),
    ("buyer", "returns/{}", "timeline.0", "status at by note"),
    ("seller", "seller/returns", "results.0", f"{RETURN} buyer_name"),
    ("seller", "seller/returns/{}", "", f"{RETURN} buyer_name"),
    ("seller", "seller/returns/{}", "items.0", f"{RETURN_ITEM} disposition"),
    ("seller", "seller/dashboard", "", SELLER_DASHBOARD),
    ("seller", "seller/dashboard", "totals", f"{SALES} conversion_rate"),
    ("seller", "seller/dashboard", "days.0", f"{SALES} day"),
    ("seller", "seller/dashboard", "due", DUE),
    ("staff", "admin/dashboard", "", ADMIN_DASHBOARD),
    ("staff", "admin/dashboard", "waiting.0", "title count is_more url"),
    ("staff", "admin/dashboard", "sales", "totals days top_shops"),
    ("staff", "admin/dashboard", "sales.days.0", f"{SALES} day"),
    ("staff", "admin/dashboard", "registrations.days.0", "day new_users new_shops"),
    ("staff", "admin/dashboard", "searches", "searches empty_searches empty_rate days"),
    ("staff", "admin/users", "results.0", STAFF_USER),
    ("staff", "admin/shops", "results.0", f"{OWN_SHOP} owner_id owner_name"),
    ("staff", "admin/products", "results.0", f"{CARD} {STATE} updated_at"),
    ("staff", "admin/banners", "results.0", STAFF_BANNER),
    ("guest", "shops", "results.0", SHOP),
    ("guest", "shops/{}", "", SHOP),
    ("seller", "shops/{}", "", SHOP),
    ("seller", "seller/shops/me", "", OWN_SHOP),
    ("guest", "products", "results.0", CARD),
    ("guest", "products/{}", "", DETAIL),
    ("guest", "products/{}", "shop", "id name slug"),
    ("guest", "products/{}", "variants.0", VARIANT),
    ("seller", "products/{}", "variants.0", VARIANT),
    ("seller", "seller/products", "results.0", f"{CARD} {STATE} updated_at"),
    ("seller", "seller/products/{}", "", f"{DETAIL} {STATE}"),
    ("seller", "seller/products/{}", "variants.0", OWN_VARIANT),
    ("guest", "products/{}/reviews", "", "results next previous histogram"),
    ("guest", "products/{}/reviews", "results.0", REVIEW),
    ("guest", "products/{}/reviews", "results.0.images.0", "id url"),
    ("seller", "seller/reviews", "results.0", f"{REVIEW} product"),
    ("buyer", "reviews", "results.0", OWN_REVIEW),
    ("buyer", "reviews/{}", "", OWN_REVIEW),
    ("guest", "products/{}/questions", "results.0", QUESTION),
    ("seller", "seller/questions", "results.0", f"{QUESTION} product"),
    ("buyer", "questions", "results.0", f"{QUESTION} product status status_reason"),
    ("buyer", "questions/{}", "", f"{QUESTION} product status status_reason"),
    ("seller", "seller/balance", "", "currency pending available on_hold in_transit"),
    ("seller", "seller/ledger", "results.0", LEDGER_ENTRY),
    ("seller", "seller/statements", "results.0", STATEMENT),
    ("seller", "seller/statements/{}", "", f"{STATEMENT} balance lines payout_lines carriers"),
    (
        *("seller", "seller/statements/{}", "lines.0"),
        "at order_number kind buyer platform commission net",
    ),
    ("seller", "seller/payouts", "results.0", PAYOUT),
    ("seller", "seller/payouts/{}", "", PAYOUT),
    ("seller", "seller/payouts/{}/explain", "", "payout amount orders others"),
    ("seller", "seller/payouts/{}/explain", "orders.0", "id number amount steps"),
    ("seller", "seller/payouts/{}/explain", "orders.0.steps.0.lines.0", EXPLAINED_LINE),
    ("seller", "seller/api-keys", "results.0", API_KEY),
    ("seller", "seller/webhooks", "results.0", WEBHOOK),
    ("seller", "seller/webhooks/{}/deliveries", "results.0", WEBHOOK_DELIVERY),
    ("staff", "admin/webhooks", "results.0", WEBHOOK),
    ("seller", "seller/standing", "", "since measures due"),
    ("seller", "seller/standing", "measures.0", "measure count of rate"),
    (
        *("seller", "seller/standing", "due.0"),
        "obligation order_id number return_id since due_at is_late cancelled_at",
    ),
    ("seller", "seller/team", "", "owner members invitations"),
    ("seller", "seller/team", "owner", "user_id full_name email"),
    ("seller", "seller/team", "members.0", "id user_id full_name email roles created_at"),
    ("seller", "seller/team", "invitations.0", "id email roles expires_at created_at updated_at"),
    ("seller", "seller/memberships", "0", "shop roles"),
    ("seller", "seller/memberships", "0.shop", "id name slug status"),
]


@pytest.mark.parametrize(("reader", "path", "place", "keys"), SEEN)
def test_reader_sees_exactly_these_keys(reader, path, place, keys, world):
    caller = APIClient() if reader == "guest" else sign_in(getattr(world, reader))

    response = caller.get(world.path(f"/api/v1/{path}"))

    assert response.status_code == 200, response.content
    found = response.json()
    for part in place.split(".") if place else []:
        found = found[int(part)] if part.isdigit() else found[part]
    assert list(found) == keys.split()


def test_the_two_sides_of_an_order_see_no_more_of_each_other_than_they_need(world):
    Shop.objects.update(
        bank_account_number="0123456789", bank_account_name="OWNER", contact_email="c@shop.test"
    )
    order = world.path("/api/v1/orders/{}")
    pk = sign_in(world.buyer).get(order).json()["id"]

    bought = sign_in(world.buyer).get(order).content.decode()
    sold = sign_in(world.seller).get(f"/api/v1/seller/orders/{pk}").content.decode()

    for secret in (world.seller.phone_number, world.seller.email, "0123456789", "OWNER"):
        assert secret not in bought
    for secret in (world.buyer.phone_number, world.buyer.email):
        assert secret not in sold
    for secret in ("commission", "is_staff", "password"):
        assert secret not in bought
        assert secret not in sold
