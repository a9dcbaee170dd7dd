"""The statements that count days. Each writes only what has changed, and takes away what is gone.

`days` are the days to count; `placed` their orders. Parameters: `days` and `zone`.
"""

from typing import Final

_DAYS: Final = """
    WITH days AS (
        SELECT day,
            day::timestamp AT TIME ZONE %(zone)s AS starts_at,
            (day + 1)::timestamp AT TIME ZONE %(zone)s AS ends_at
        FROM unnest(%(days)s::date[]) AS day
    )
"""
_PLACED: Final = (
    _DAYS
    + """
    , placed AS MATERIALIZED (
        SELECT days.day, "order".id, "order".shop_id, "order".status, "order".total_amount
        FROM days JOIN orders_order "order"
            ON "order".placed_at >= days.starts_at AND "order".placed_at < days.ends_at
    )
"""
)

SHOP_DAYS: Final = (
    _PLACED
    + """
    , by_status AS (
        SELECT day, shop_id, status, count(*) AS orders, sum(total_amount) AS total_amount
        FROM placed GROUP BY day, shop_id, status
    ), sold AS (
        SELECT day, shop_id, sum(orders) AS orders, jsonb_object_agg(status, orders) AS statuses,
            coalesce(sum(orders) FILTER (WHERE status = 'cancelled'), 0) AS cancelled_orders,
            coalesce(sum(total_amount) FILTER (WHERE status <> 'cancelled'), 0) AS revenue_amount
        FROM by_status GROUP BY day, shop_id
    ), goods AS (
        SELECT placed.day, placed.shop_id, sum(item.quantity) AS units
        FROM placed JOIN orders_orderitem item ON item.order_id = placed.id
        WHERE placed.status <> 'cancelled' GROUP BY placed.day, placed.shop_id
    ), sent_back AS (
        SELECT placed.day, placed.shop_id, sum(refund.amount) AS refunded_amount
        FROM placed JOIN payments_refund refund
            ON refund.order_id = placed.id AND refund.status = 'succeeded'
                -- Money that was paid twice was never the order's.
                AND refund.kind <> 'surplus'
        WHERE placed.status <> 'cancelled' GROUP BY placed.day, placed.shop_id
    ), seen AS (
        SELECT days.day, product.shop_id, sum(view.views) AS views
        FROM days JOIN catalog_productview view ON view.day = days.day
        JOIN catalog_product product ON product.id = view.product_id
        GROUP BY days.day, product.shop_id
    ), counted AS (
        SELECT day, shop_id, coalesce(orders, 0) AS orders,
            coalesce(statuses, '{}') AS statuses,
            coalesce(cancelled_orders, 0) AS cancelled_orders, coalesce(units, 0) AS units,
            coalesce(revenue_amount, 0) AS revenue_amount,
            coalesce(refunded_amount, 0) AS refunded_amount, coalesce(views, 0) AS views
        FROM sold FULL JOIN seen USING (day, shop_id)
        LEFT JOIN goods USING (day, shop_id) LEFT JOIN sent_back USING (day, shop_id)
    ), gone AS (
        DELETE FROM metrics_shopday old USING days
        WHERE old.day = days.day AND NOT EXISTS (
            SELECT FROM counted WHERE counted.day = old.day AND counted.shop_id = old.shop_id
        )
    )
    INSERT INTO metrics_shopday AS old (shop_id, day, orders, statuses, cancelled_orders, units,
        revenue_amount, refunded_amount, views)
    SELECT shop_id, day, orders, statuses, cancelled_orders, units, revenue_amount,
        refunded_amount, views
    FROM counted ORDER BY shop_id, day
    ON CONFLICT (shop_id, day) DO UPDATE
    SET orders = excluded.orders, statuses = excluded.statuses,
        cancelled_orders = excluded.cancelled_orders, units = excluded.units,
        revenue_amount = excluded.revenue_amount, refunded_amount = excluded.refunded_amount,
        views = excluded.views
    WHERE (old.orders, old.statuses, old.cancelled_orders, old.units, old.revenue_amount,
            old.refunded_amount, old.views)
        IS DISTINCT FROM (excluded.orders, excluded.statuses, excluded.cancelled_orders,
            excluded.units, excluded.revenue_amount, excluded.refunded_amount, excluded.views)
"""
)

PRODUCT_DAYS: Final = (
    _PLACED
    + """
    , sold AS (
        SELECT placed.day, item.product_id, sum(item.quantity) AS units,
            sum(item.line_total_amount - item.seller_discount_amount
                - item.platform_discount_amount) AS revenue_amount
        FROM placed JOIN orders_orderitem item ON item.order_id = placed.id
        WHERE placed.status <> 'cancelled' GROUP BY placed.day, item.product_id
    ), seen AS (
        SELECT days.day, view.product_id, view.views
        FROM days JOIN catalog_productview view ON view.day = days.day
    ), counted AS (
        SELECT day, product_id, product.shop_id, coalesce(units, 0) AS units,
            coalesce(revenue_amount, 0) AS revenue_amount, coalesce(views, 0) AS views
        FROM sold FULL JOIN seen USING (day, product_id)
        JOIN catalog_product product ON product.id = product_id
    ), gone AS (
        DELETE FROM metrics_productday old USING days
        WHERE old.day = days.day AND NOT EXISTS (
            SELECT FROM counted
            WHERE counted.day = old.day AND counted.product_id = old.product_id
        )
    )
    INSERT INTO metrics_productday AS old (product_id, day, shop_id, units, revenue_amount, views)
    SELECT product_id, day, shop_id, units, revenue_amount, views
    FROM counted ORDER BY product_id, day
    ON CONFLICT (product_id, day) DO UPDATE
    SET units = excluded.units, revenue_amount = excluded.revenue_amount, views = excluded.views
    WHERE (old.units, old.revenue_amount, old.views)
        IS DISTINCT FROM (excluded.units, excluded.revenue_amount, excluded.views)
"""
)

# After the shops' days, in their transaction: so the two agree whatever happens meanwhile.
PLATFORM_DAYS: Final = (
    _DAYS
    + """
    , counted AS (
        SELECT days.day, coalesce(sold.orders, 0) AS orders,
            coalesce(sold.cancelled_orders, 0) AS cancelled_orders,
            coalesce(sold.units, 0) AS units, coalesce(sold.revenue_amount, 0) AS revenue_amount,
            coalesce(sold.refunded_amount, 0) AS refunded_amount, coalesce(sold.views, 0) AS views,
            (SELECT count(*) FROM accounts_user person
                WHERE person.created_at >= days.starts_at AND person.created_at < days.ends_at
            ) AS new_users,
            (SELECT count(*) FROM shops_shop shop
                WHERE shop.created_at >= days.starts_at AND shop.created_at < days.ends_at
            ) AS new_shops,
            coalesce(searched.searches, 0) AS searches,
            coalesce(searched.empty_searches, 0) AS empty_searches
        FROM days
        LEFT JOIN (
            SELECT day, sum(orders) AS orders, sum(cancelled_orders) AS cancelled_orders,
                sum(units) AS units, sum(revenue_amount) AS revenue_amount,
                sum(refunded_amount) AS refunded_amount, sum(views) AS views
            FROM metrics_shopday WHERE day = ANY(%(days)s::date[]) GROUP BY day
        ) sold ON sold.day = days.day
        LEFT JOIN (
            SELECT day, sum(searches) AS searches, sum(empty_searches) AS empty_searches
            FROM catalog_searchquery WHERE day = ANY(%(days)s::date[]) GROUP BY day
        ) searched ON searched.day = days.day
    )
    INSERT INTO metrics_platformday AS old (day, orders, cancelled_orders, units, revenue_amount,
        refunded_amount, views, new_users, new_shops, searches, empty_searches)
    SELECT day, orders, cancelled_orders, units, revenue_amount, refunded_amount, views, new_users,
        new_shops, searches, empty_searches
    FROM counted
    ON CONFLICT (day) DO UPDATE
    SET orders = excluded.orders, cancelled_orders = excluded.cancelled_orders,
        units = excluded.units, revenue_amount = excluded.revenue_amount,
        refunded_amount = excluded.refunded_amount, views = excluded.views,
        new_users = excluded.new_users, new_shops = excluded.new_shops,
        searches = excluded.searches, empty_searches = excluded.empty_searches
    WHERE old IS DISTINCT FROM excluded
"""
)

PAYMENT_DAYS: Final = (
    _DAYS
    + """
    , counted AS (
        SELECT days.day, payment.provider, count(*) AS started,
            count(*) FILTER (
                WHERE payment.status IN ('captured', 'partially_refunded', 'refunded')
            ) AS captured,
            count(*) FILTER (
                WHERE payment.status IN ('failed', 'cancelled', 'expired')
            ) AS failed
        FROM days JOIN payments_payment payment
            ON payment.created_at >= days.starts_at AND payment.created_at < days.ends_at
        GROUP BY days.day, payment.provider
    ), gone AS (
        DELETE FROM metrics_paymentday old USING days
        WHERE old.day = days.day AND NOT EXISTS (
            SELECT FROM counted WHERE counted.day = old.day AND counted.provider = old.provider
        )
    )
    INSERT INTO metrics_paymentday AS old (day, provider, started, captured, failed)
    SELECT day, provider, started, captured, failed FROM counted
    ON CONFLICT (day, provider) DO UPDATE
    SET started = excluded.started, captured = excluded.captured, failed = excluded.failed
    WHERE (old.started, old.captured, old.failed)
        IS DISTINCT FROM (excluded.started, excluded.captured, excluded.failed)
"""
)

# Days that something since `since` may have changed: steps of orders and refunds reach back to the
# day of the order, whenever that was. Ids of events say when they were made (`floor`).
TOUCHED_DAYS: Final = """
    WITH changed AS (
        SELECT event.order_id FROM orders_orderevent event WHERE event.id >= %(floor)s
        UNION
        SELECT refund.order_id FROM payments_refund refund
        WHERE refund.status = 'succeeded' AND refund.ended_at >= %(since)s
    )
    SELECT ("order".placed_at AT TIME ZONE %(zone)s)::date
    FROM changed JOIN orders_order "order" ON "order".id = changed.order_id
    WHERE "order".placed_at IS NOT NULL
    UNION
    SELECT (payment.created_at AT TIME ZONE %(zone)s)::date
    FROM changed JOIN orders_order "order" ON "order".id = changed.order_id
    JOIN payments_payment payment ON payment.checkout_id = "order".checkout_id
"""

# Where counting begins on a site that has never counted.
FIRST_DAY: Final = """
    SELECT (least(
        (SELECT min(placed_at) FROM orders_order),
        (SELECT min(created_at) FROM accounts_user)
    ) AT TIME ZONE %(zone)s)::date
"""
