from django.db import migrations

from marketplace.common.audit.operations import audited, audited_link

CHANGES = "UPDATE OR DELETE"
RATINGS = ["average_rating", "review_count", "rating_sum", "sold_count"]


class Migration(migrations.Migration):
    """The tables of every app that staff and sellers write; a later one says so in its own app.

    Left out are histories, which say themselves who did what, and what only follows from others:
    `marketplace/tests/test_audit.py` has the list with reasons.
    """

    dependencies = [
        ("audit", "0002_functions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("accounts", "0007_second_factor"),
        ("shops", "0006_rating_sum"),
        ("shipping", "0003_carrier_service"),
        ("catalog", "0010_search_tiers"),
        ("inventory", "0003_stockitem_hold_seconds"),
        ("bulk", "0001_initial"),
        ("vouchers", "0002_uses_by_checkout"),
        ("orders", "0008_indexes_of_days"),
        ("payments", "0006_compared_days"),
        ("returns", "0002_append_only"),
        ("settlement", "0003_open_differences"),
        ("fulfilment", "0003_booking"),
        ("reviews", "0003_fill_shops_and_ratings"),
        ("notifications", "0003_time_of_the_database"),
        ("outbox", "0001_initial"),
        ("moderation", "0002_reasons_to_begin_with"),
    ]

    operations = [
        # People and their rights.
        audited(
            "accounts_user",
            "accounts.user",
            name="full_name",
            hidden=["password"],
            ignored=["last_login", "sign_in_version"],
        ),
        audited_link(
            "accounts_user_groups",
            "accounts.user",
            of="user_id",
            column="group_id",
            field="groups",
        ),
        audited_link(
            "accounts_user_user_permissions",
            "accounts.user",
            of="user_id",
            column="permission_id",
            field="user_permissions",
        ),
        audited("auth_group", "auth.group", name="name"),
        audited_link(
            "auth_group_permissions",
            "auth.group",
            of="group_id",
            column="permission_id",
            field="permissions",
        ),
        audited(
            "accounts_session",
            "accounts.session",
            name="ip_address",
            hidden=["token_id"],
            ignored=["last_used_at", "expires_at"],
        ),
        audited(
            "accounts_apikey",
            "accounts.apikey",
            name="name",
            hidden=["key_hash"],
            ignored=["last_used_at"],
        ),
        audited("accounts_secondfactor", "accounts.secondfactor", ignored=["last_step"]),
        audited("accounts_recoverycode", "accounts.recoverycode", hidden=["code_hash"]),
        # Shops.
        audited(
            "shops_shop",
            "shops.shop",
            name="name",
            masked=["bank_account_number"],
            ignored=RATINGS,
        ),
        audited("shops_storelocation", "shops.storelocation", name="name"),
        audited("shipping_shippingmethod", "shipping.shippingmethod", name="name"),
        audited("shipping_shippingrate", "shipping.shippingrate", name="zone"),
        # Goods.
        audited(
            "catalog_category",
            "catalog.category",
            name="name",
            ignored=["folded_name", "path", "depth"],
        ),
        audited("catalog_brand", "catalog.brand", name="name"),
        audited(
            "catalog_product",
            "catalog.product",
            name="title",
            ignored=[
                *("folded_title", "filter_values", "min_price_amount", "max_price_amount"),
                *("compare_at_price_amount", "is_on_sale", "in_stock", "thumbnail"),
                *RATINGS,
            ],
        ),
        audited("catalog_productvariant", "catalog.productvariant", name="sku"),
        audited(
            "catalog_productimage",
            "catalog.productimage",
            name="alt_text",
            ignored=["width", "height", "has_renditions"],
        ),
        audited("catalog_synonym", "catalog.synonym", name="term"),
        audited("inventory_stockitem", "inventory.stockitem", ignored=["reserved", "hold_seconds"]),
        audited(
            "bulk_importjob",
            "bulk.importjob",
            name="file_name",
            ignored=[
                *("lease", "leased_until", "cursor", "attempts", "started_at", "total_rows"),
                *("processed_rows", "created_rows", "updated_rows", "unchanged_rows"),
                "failed_rows",
            ],
        ),
        audited(
            "vouchers_voucher",
            "vouchers.voucher",
            name="code",
            ignored=["used_count", "spent_amount"],
        ),
        audited_link(
            "vouchers_voucher_categories",
            "vouchers.voucher",
            of="voucher_id",
            column="category_id",
            field="categories",
        ),
        audited_link(
            "vouchers_voucher_products",
            "vouchers.voucher",
            of="voucher_id",
            column="product_id",
            field="products",
        ),
        # Orders and money.
        audited("orders_order", "orders.order", name="number", events=CHANGES),
        audited(
            "payments_payment",
            "payments.payment",
            name="provider",
            hidden=["client_secret", "redirect_url"],
            ignored=["queried_at"],
            events=CHANGES,
        ),
        audited("payments_refund", "payments.refund", ignored=["attempts", "next_try_at"]),
        audited("payments_reconciliationtask", "payments.reconciliationtask", name="kind"),
        audited("returns_return", "returns.return"),
        audited("returns_returnline", "returns.returnline"),
        audited("returns_dispute", "returns.dispute"),
        audited("settlement_commissionrule", "settlement.commissionrule", name="name"),
        audited("settlement_payout", "settlement.payout", masked=["bank_account_number"]),
        audited("settlement_remittance", "settlement.remittance", name="file_name"),
        audited(
            "settlement_remittanceline",
            "settlement.remittanceline",
            name="reference",
            events=CHANGES,
        ),
        audited(
            "fulfilment_shipment",
            "fulfilment.shipment",
            name="tracking_number",
            ignored=["attempts", "next_try_at", "next_poll_at", "last_report_at"],
        ),
        # What people write, and what they are told.
        audited("moderation_moderationreason", "moderation.moderationreason", name="text"),
        audited("reviews_review", "reviews.review", name="title", ignored=["helpful_count"]),
        audited("reviews_question", "reviews.question"),
        audited(
            "notifications_delivery",
            "notifications.delivery",
            hidden=["destination", "text"],
            ignored=["tries", "first_try_at", "next_try_at"],
            events=CHANGES,
        ),
        audited(
            "outbox_outboxevent",
            "outbox.outboxevent",
            name="topic",
            hidden=["payload"],
            ignored=["attempts", "available_at", "handled_by", "done_at"],
            events=CHANGES,
        ),
    ]
