"""What must hold at every commit, as queries that return the rows that break it.

They look at the tables, not at what the code says of them, and take no locks: a run beside live
traffic sees one consistent snapshot.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from marketplace.common.prepared import fetch_prepared
from orders.settlement.checks import CHECKS as LEDGER_CHECKS

MAX_ROWS: Final = 20

CHECKS: Final[dict[str, str]] = {
    "A shop's owner is no member of its team": """
        SELECT shop.id, shop.owner_id FROM shops_shop shop
        JOIN shops_shopmember member ON member.shop_id = shop.id AND member.user_id = shop.owner_id
    """,
    "A shop's holiday is the last of them, and none overlap": """
        SELECT shop.id FROM shops_shop shop
        WHERE shop.holiday_ends_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM shops_shopholiday holiday
            WHERE holiday.shop_id = shop.id AND holiday.starts_at = shop.holiday_starts_at
                AND holiday.ends_at = shop.holiday_ends_at
        )
        UNION ALL
        SELECT one.shop_id FROM shops_shopholiday one JOIN shops_shopholiday other
            ON other.shop_id = one.shop_id AND other.id > one.id
            AND other.starts_at < one.ends_at AND one.starts_at < other.ends_at
    """,
    "No variant is promised more often than it lies on the shelf": """
        SELECT variant_id FROM inventory_stockitem
        WHERE reserved < 0 OR on_hand < 0 OR reserved > on_hand
    """,
    "What is reserved of a variant is the sum of its held reservations": """
        SELECT item.variant_id, item.reserved, coalesce(sum(reservation.quantity), 0)
        FROM inventory_stockitem item
        LEFT JOIN inventory_reservation reservation
            ON reservation.variant_id = item.variant_id AND reservation.status = 'held'
        GROUP BY item.variant_id, item.reserved
        HAVING item.reserved <> coalesce(sum(reservation.quantity), 0)
    """,
    "What lies on the shelf is the sum of its movements": """
        SELECT item.variant_id, item.on_hand, coalesce(sum(movement.delta), 0)
        FROM inventory_stockitem item
        LEFT JOIN inventory_stockmovement movement ON movement.variant_id = item.variant_id
        GROUP BY item.variant_id, item.on_hand
        HAVING item.on_hand <> coalesce(sum(movement.delta), 0)
    """,
    "Open orders hold exactly their items, ended ones hold nothing": """
        WITH expected AS (
            SELECT item.order_id AS reference, item.variant_id, item.quantity
            FROM orders_orderitem item JOIN orders_order "order" ON "order".id = item.order_id
            WHERE "order".status IN ('pending_payment', 'placed', 'confirmed', 'packed')
        ), held AS (
            SELECT reference, variant_id, quantity FROM inventory_reservation WHERE status = 'held'
        )
        (SELECT * FROM expected EXCEPT ALL SELECT * FROM held)
        UNION ALL (SELECT * FROM held EXCEPT ALL SELECT * FROM expected)
    """,
    "An order's subtotal and discounts on goods are the sums of its items": """
        SELECT "order".id, "order".subtotal_amount, sum(item.line_total_amount)
        FROM orders_order "order" LEFT JOIN orders_orderitem item ON item.order_id = "order".id
        GROUP BY "order".id
        HAVING "order".subtotal_amount <> coalesce(sum(item.line_total_amount), 0)
            OR "order".seller_discount_amount <> coalesce(sum(item.seller_discount_amount), 0)
            OR "order".platform_discount_amount <> coalesce(sum(item.platform_discount_amount), 0)
    """,
    "An order's discount is what vouchers took off it, until it is cancelled": """
        SELECT "order".id, "order".status, "order".discount_amount, sum(redemption.amount)
        FROM orders_order "order"
        LEFT JOIN vouchers_redemption redemption
            ON redemption.order_id = "order".id AND redemption.status = 'applied'
        GROUP BY "order".id
        HAVING coalesce(sum(redemption.amount), 0) <>
                CASE "order".status WHEN 'cancelled' THEN 0 ELSE "order".discount_amount END
            OR coalesce(sum(redemption.platform_amount), 0) <>
                CASE "order".status WHEN 'cancelled' THEN 0 ELSE
                    "order".platform_discount_amount + "order".platform_shipping_discount_amount
                END
    """,
    "A redemption belongs to an order of its buyer and checkout": """
        SELECT redemption.id, redemption.order_id FROM vouchers_redemption redemption
        LEFT JOIN orders_order "order" ON "order".id = redemption.order_id
        WHERE "order".id IS NULL OR "order".buyer_id <> redemption.user_id
            OR "order".checkout_id <> redemption.checkout_id
    """,
    "A checkout's amounts are the sums of its orders": """
        SELECT checkout.id, checkout.total_amount, sum("order".total_amount)
        FROM orders_checkout checkout
        LEFT JOIN orders_order "order" ON "order".checkout_id = checkout.id
        GROUP BY checkout.id
        HAVING checkout.total_amount <> coalesce(sum("order".total_amount), 0)
            OR checkout.subtotal_amount <> coalesce(sum("order".subtotal_amount), 0)
            OR checkout.discount_amount <> coalesce(sum("order".discount_amount), 0)
            OR checkout.shipping_fee_amount <> coalesce(sum("order".shipping_fee_amount), 0)
    """,
    "A day of the site is what its shops sold": """
        SELECT site.day, site.orders, site.revenue_amount, sum(shop.orders)
        FROM metrics_platformday site LEFT JOIN metrics_shopday shop ON shop.day = site.day
        GROUP BY site.day
        HAVING site.orders <> coalesce(sum(shop.orders), 0)
            OR site.cancelled_orders <> coalesce(sum(shop.cancelled_orders), 0)
            OR site.units <> coalesce(sum(shop.units), 0)
            OR site.revenue_amount <> coalesce(sum(shop.revenue_amount), 0)
            OR site.refunded_amount <> coalesce(sum(shop.refunded_amount), 0)
    """,
    "A payment is the sum of its shares": """
        SELECT payment.id, payment.amount, sum(share.amount)
        FROM payments_payment payment
        LEFT JOIN payments_paymentshare share ON share.payment_id = payment.id
        GROUP BY payment.id
        HAVING payment.amount <> coalesce(sum(share.amount), 0)
    """,
    "What a provider captured is in the shares of its payment": """
        SELECT payment.id, payment.amount, sum(share.captured_amount)
        FROM payments_payment payment
        JOIN payments_paymentshare share ON share.payment_id = payment.id
        WHERE payment.provider <> 'COD'
        GROUP BY payment.id
        HAVING sum(share.captured_amount) <> CASE
            WHEN payment.status IN ('captured', 'partially_refunded', 'refunded')
            THEN payment.amount ELSE 0 END
    """,
    "A cancelled order keeps no money, unless it could not be sent back": """
        SELECT "order".id, sum(share.captured_amount)
        FROM orders_order "order"
        JOIN payments_paymentshare share ON share.order_id = "order".id
        WHERE "order".status = 'cancelled' AND share.captured_amount > 0
            AND NOT EXISTS (
                SELECT FROM payments_refund refund
                WHERE refund.order_id = "order".id AND refund.status = 'failed'
            )
        GROUP BY "order".id
        HAVING sum(share.captured_amount) <> coalesce((
            SELECT sum(refund.amount) FROM payments_refund refund
            WHERE refund.order_id = "order".id
                AND refund.status IN ('awaiting_approval', 'pending', 'succeeded')
        ), 0)
    """,
    "Every checkout has a payment": """
        SELECT checkout.id FROM orders_checkout checkout
        WHERE NOT EXISTS (
            SELECT FROM payments_payment payment WHERE payment.checkout_id = checkout.id
        )
    """,
    "Cash orders are paid exactly when they were delivered": """
        SELECT id, status, payment_status FROM orders_order
        WHERE payment_method = 'COD'
            AND (payment_status = 'unpaid') = (status IN ('delivered', 'completed'))
    """,
    "No unit is in more parcels than it was bought for": """
        SELECT item.id, item.quantity, sum(packed.quantity)
        FROM fulfilment_shipmentitem packed
        JOIN fulfilment_shipment shipment ON shipment.id = packed.shipment_id
        JOIN orders_orderitem item ON item.id = packed.order_item_id
        WHERE shipment.status <> 'cancelled'
        GROUP BY item.id
        HAVING sum(packed.quantity) > item.quantity
            OR bool_or(item.order_id <> shipment.order_id)
    """,
    "Carriers collect what is due for an order, once everything of it is in parcels": """
        WITH parcels AS (
            SELECT order_id, sum(cod_amount) AS collected
            FROM fulfilment_shipment WHERE status <> 'cancelled' AND reference IS NOT NULL
            GROUP BY order_id
        ), packed AS (
            SELECT item.order_id, sum(packed.quantity) AS units
            FROM fulfilment_shipmentitem packed
            JOIN fulfilment_shipment shipment ON shipment.id = packed.shipment_id
            JOIN orders_orderitem item ON item.id = packed.order_item_id
            WHERE shipment.status <> 'cancelled' GROUP BY item.order_id
        )
        SELECT "order".id, parcels.collected, "order".total_amount
        FROM parcels JOIN packed USING (order_id)
        JOIN orders_order "order" ON "order".id = parcels.order_id
        WHERE parcels.collected >
                CASE "order".payment_method WHEN 'COD' THEN "order".total_amount ELSE 0 END
            OR "order".payment_method = 'COD' AND parcels.collected <> "order".total_amount
                AND packed.units = (
                    SELECT sum(quantity) FROM orders_orderitem WHERE order_id = "order".id
                )
    """,
    "A parcel is where the last of its carrier's steps left it": """
        SELECT shipment.id, shipment.status
        FROM fulfilment_shipment shipment
        WHERE shipment.status <> 'created' AND NOT EXISTS (
            SELECT FROM fulfilment_shipmentevent event
            WHERE event.shipment_id = shipment.id AND event.status = shipment.status
        )
    """,
    "No unit is returned more often than it was bought": """
        SELECT item.id, item.quantity, sum(line.quantity)
        FROM returns_returnline line
        JOIN returns_return returned ON returned.id = line.return_request_id
        JOIN orders_orderitem item ON item.id = line.order_item_id
        LEFT JOIN returns_dispute dispute ON dispute.return_request_id = returned.id
        WHERE returned.status <> 'cancelled'
            AND NOT (returned.status = 'rejected' AND dispute.id IS NULL)
        GROUP BY item.id
        HAVING sum(line.quantity) > item.quantity
    """,
    "What is returned is the order's own, delivered and of its shop": """
        SELECT returned.id, "order".status
        FROM returns_return returned
        JOIN orders_order "order" ON "order".id = returned.order_id
        LEFT JOIN returns_returnline line ON line.return_request_id = returned.id
        LEFT JOIN orders_orderitem item ON item.id = line.order_item_id
        WHERE "order".delivered_at IS NULL OR returned.shop_id <> "order".shop_id
            OR item.id IS NULL OR item.order_id <> returned.order_id
    """,
    "A refunded return's money has gone back": """
        SELECT returned.id, returned.status
        FROM returns_return returned
        LEFT JOIN returns_dispute dispute ON dispute.return_request_id = returned.id
        LEFT JOIN payments_refund refund
            ON refund.id IN (returned.refund_id, dispute.refund_id)
        GROUP BY returned.id
        HAVING returned.status = 'refunded' AND (
            count(*) FILTER (WHERE refund.status = 'succeeded') = 0
            OR count(*) FILTER (WHERE refund.status NOT IN ('succeeded', 'rejected')) > 0
        )
    """,
    "Documents of a series are numbered from one, without gaps": """
        SELECT series.id, series.last_position, count(document.id), max(document.position)
        FROM documents_documentseries series
        LEFT JOIN documents_document document ON document.series_id = series.id
        GROUP BY series.id
        HAVING series.last_position <> count(document.id)
            OR series.last_position <> coalesce(max(document.position), 0)
    """,
    "An invoice is of a delivered order, over its total": """
        SELECT document.number, "order".number, document.amount, "order".total_amount
        FROM documents_document document JOIN orders_order "order" ON "order".id = document.order_id
        WHERE "order".delivered_at IS NULL OR document.amount <> "order".total_amount
            OR document.shop_id <> "order".shop_id
    """,
    "A statement ends with what the ledger owed the shop then": """
        SELECT document.number, document.amount, -coalesce(sum(entry.amount), 0)
        FROM documents_document document
        LEFT JOIN settlement_ledgerentry entry ON entry.shop_id = document.shop_id
            AND entry.created_at < document.period_end
        WHERE document.kind = 'statement'
        GROUP BY document.id
        HAVING document.amount <> -coalesce(sum(entry.amount), 0)
    """,
    "Every document has a file, made or to be made": """
        SELECT document.id FROM documents_document document
        LEFT JOIN documents_documentfile file ON file.document_id = document.id
        WHERE file.id IS NULL
    """,
    "A return is where its timeline ends": """
        SELECT returned.id, returned.status, last.to_status
        FROM returns_return returned
        LEFT JOIN LATERAL (
            SELECT to_status FROM returns_returnevent event
            WHERE event.return_request_id = returned.id ORDER BY event.id DESC LIMIT 1
        ) last ON true
        WHERE last.to_status IS DISTINCT FROM returned.status
    """,
    "An order is where its timeline ends": """
        SELECT "order".id, "order".status, last.to_status
        FROM orders_order "order"
        LEFT JOIN LATERAL (
            SELECT to_status FROM orders_orderevent event
            WHERE event.order_id = "order".id ORDER BY event.id DESC LIMIT 1
        ) last ON true
        WHERE last.to_status IS DISTINCT FROM "order".status
    """,
    "A product with images has exactly one primary image": """
        SELECT product_id FROM catalog_productimage
        GROUP BY product_id HAVING count(*) FILTER (WHERE is_primary) <> 1
    """,
    "Nobody has switched off a security message": """
        SELECT user_id, type FROM notifications_preference
        WHERE type IN (
            'password_changed', 'sign_in_ended', 'contact_changed', 'registration_attempted',
            'account_suspended', 'account_reinstated'
        )
    """,
    "A voucher was used, and spent, what its redemptions say": """
        SELECT voucher.id, voucher.used_count, count(DISTINCT redemption.checkout_id),
            voucher.spent_amount, sum(redemption.amount)
        FROM vouchers_voucher voucher
        LEFT JOIN vouchers_redemption redemption
            ON redemption.voucher_id = voucher.id AND redemption.status = 'applied'
        GROUP BY voucher.id
        HAVING voucher.used_count <> count(DISTINCT redemption.checkout_id)
            OR voucher.spent_amount <> coalesce(sum(redemption.amount), 0)
    """,
    "A buyer's uses of a voucher are the checkouts with it": """
        SELECT coalesce(usage.voucher_id, used.voucher_id), usage.used_count, used.checkouts
        FROM vouchers_buyerusage usage
        FULL JOIN (
            SELECT voucher_id, user_id, count(DISTINCT checkout_id) AS checkouts
            FROM vouchers_redemption WHERE status = 'applied' GROUP BY voucher_id, user_id
        ) used ON used.voucher_id = usage.voucher_id AND used.user_id = usage.user_id
        WHERE coalesce(usage.used_count, 0) <> coalesce(used.checkouts, 0)
    """,
    "A product is rated as its public reviews say": """
        SELECT product.id, product.rating_sum, product.review_count, product.average_rating
        FROM catalog_product product
        LEFT JOIN (
            SELECT product_id,
                count(*) FILTER (WHERE status = 'published' AND archived_at IS NULL) AS reviews,
                sum(rating) FILTER (WHERE status = 'published' AND archived_at IS NULL) AS stars
            FROM reviews_review GROUP BY product_id
        ) found ON found.product_id = product.id
        WHERE product.rating_sum <> coalesce(found.stars, 0)
            OR found.product_id IS NOT NULL AND (
                product.review_count <> found.reviews
                OR product.average_rating
                    <> coalesce(round(found.stars::numeric / nullif(found.reviews, 0), 2), 0)
            )
    """,
    "A shop is rated as the public reviews of its products say": """
        SELECT shop.id, shop.rating_sum, shop.review_count, shop.average_rating
        FROM shops_shop shop
        LEFT JOIN (
            SELECT product.shop_id,
                count(*) FILTER (WHERE review.is_public) AS reviews,
                sum(review.rating) FILTER (WHERE review.is_public) AS stars
            FROM catalog_product product
            JOIN (
                SELECT product_id, rating,
                    status = 'published' AND archived_at IS NULL AS is_public
                FROM reviews_review
            ) review ON review.product_id = product.id
            GROUP BY product.shop_id
        ) found ON found.shop_id = shop.id
        WHERE shop.rating_sum <> coalesce(found.stars, 0)
            OR found.shop_id IS NOT NULL AND (
                shop.review_count <> found.reviews
                OR shop.average_rating
                    <> coalesce(round(found.stars::numeric / nullif(found.reviews, 0), 2), 0)
            )
    """,
    "A review has as many votes, images and open reports as it says": """
        SELECT review.id, review.helpful_count, review.image_count, review.report_count
        FROM reviews_review review
        LEFT JOIN (
            SELECT review_id, count(*) AS votes FROM reviews_helpfulvote GROUP BY review_id
        ) vote ON vote.review_id = review.id
        LEFT JOIN (
            SELECT review_id, count(*) AS images FROM reviews_reviewimage GROUP BY review_id
        ) image ON image.review_id = review.id
        LEFT JOIN (
            SELECT review_id, count(*) FILTER (WHERE decided_at IS NULL) AS reports
            FROM reviews_reviewreport GROUP BY review_id
        ) report ON report.review_id = review.id
        WHERE review.helpful_count <> coalesce(vote.votes, 0)
            OR review.image_count <> coalesce(image.images, 0)
            OR review.report_count <> coalesce(report.reports, 0)
    """,
    "A question has as many open reports as it says": """
        SELECT question.id, question.report_count
        FROM reviews_question question
        LEFT JOIN (
            SELECT question_id, count(*) FILTER (WHERE decided_at IS NULL) AS reports
            FROM reviews_questionreport GROUP BY question_id
        ) report ON report.question_id = question.id
        WHERE question.report_count <> coalesce(report.reports, 0)
    """,
    "Only what was delivered is reviewed, by who bought it": """
        SELECT review.id, "order".status
        FROM reviews_review review
        JOIN orders_orderitem item ON item.id = review.order_item_id
        JOIN orders_order "order" ON "order".id = item.order_id
        WHERE "order".buyer_id <> review.user_id OR item.product_id <> review.product_id
            OR "order".shop_id <> review.shop_id OR "order".delivered_at IS NULL
    """,
    "A wishlist has as many items as it says": """
        SELECT wishlist.id, wishlist.item_count, count(item.id)
        FROM wishlists_wishlist wishlist
        LEFT JOIN wishlists_wishlistitem item ON item.wishlist_id = wishlist.id
        GROUP BY wishlist.id
        HAVING wishlist.item_count <> count(item.id)
    """,
    "Who has wishlists has one default": """
        SELECT user_id FROM wishlists_wishlist
        GROUP BY user_id HAVING count(*) FILTER (WHERE is_default) <> 1
    """,
    **LEDGER_CHECKS,
}


@dataclass(frozen=True)
class Violation:
    """One broken invariant and the first rows that break it."""

    invariant: str
    rows: list[tuple[Any, ...]]

    def __str__(self) -> str:
        return f"{self.invariant}: {len(self.rows)} rows, such as {self.rows[0]}"


def find_violations(names: list[str] | None = None) -> list[Violation]:
    """Return the invariants that do not hold, of these or of all."""
    found = []
    with transaction.atomic(), connection.cursor() as cursor:
        for invariant in names or CHECKS:
            cursor.execute(f"{CHECKS[invariant]} LIMIT {MAX_ROWS}")
            if rows := cursor.fetchall():
                found.append(Violation(invariant, rows))
    return found


_BROKEN: Final = " UNION ALL ".join(
    f"SELECT {number} WHERE EXISTS ({check})".replace("%", "%%")
    for number, check in enumerate(CHECKS.values())
)


def find_broken() -> list[str]:
    """Return the names of the invariants that do not hold, and nothing of the rows.

    One statement that is planned once per connection: on small tables planning the checks takes
    thirty times as long as running them, which counts after each of some thousand tests.
    """
    names = list(CHECKS)
    return [names[number] for (number,) in fetch_prepared(_BROKEN, [])]
