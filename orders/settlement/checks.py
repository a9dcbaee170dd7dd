"""The books, recomputed from orders, payments, refunds, payouts and remittances.

Queries that return the rows that differ. They look at the tables alone, and share no code with what
posts: the same mistake would have to be made twice.
"""

from typing import Final

CHECKS: Final[dict[str, str]] = {
    "The entries of a transaction add up to zero": """
        SELECT transaction_id, sum(amount) FROM settlement_ledgerentry
        GROUP BY transaction_id HAVING sum(amount) <> 0
    """,
    "Money that was captured is in the books, and no other": """
        SELECT coalesce(share.id, entry.source_id), share.captured_amount, entry.received
        FROM payments_paymentshare share
        FULL JOIN (
            SELECT source_id, sum(amount) AS received FROM settlement_ledgerentry
            WHERE kind = 'capture' AND account IN ('payment_clearing', 'carrier_cash')
            GROUP BY source_id
        ) entry ON entry.source_id = share.id
        WHERE coalesce(share.captured_amount, 0) <> coalesce(entry.received, 0)
    """,
    "An order is sold in the books as it was placed and paid": """
        WITH "order" AS (
            SELECT "order".*,
                seller_discount_amount + seller_shipping_discount_amount AS own_discount,
                platform_discount_amount + platform_shipping_discount_amount AS subsidy,
                "order".placed_at IS NOT NULL AND (
                    EXISTS (
                        SELECT FROM payments_paymentshare share
                        JOIN payments_payment payment ON payment.id = share.payment_id
                        WHERE share.order_id = "order".id
                            AND payment.provider <> 'COD' AND payment.captured_at IS NOT NULL
                    ) OR "order".payment_method = 'COD' AND "order".delivered_at IS NOT NULL
                ) AS is_sold,
                coalesce((
                    SELECT sum(line.amount) FROM settlement_commissionline line
                    JOIN orders_orderitem item ON item.id = line.order_item_id
                    WHERE item.order_id = "order".id AND line.kind = 'sale'
                ), 0) AS commission
            FROM orders_order "order"
        ), sale AS (
            SELECT order_id,
                sum(amount) FILTER (WHERE account = 'buyer_funds') AS buyer,
                sum(amount) FILTER (WHERE account = 'voucher_subsidy') AS subsidy,
                sum(amount) FILTER (WHERE account = 'platform_revenue') AS commission,
                sum(amount) FILTER (WHERE shop_id IS NOT NULL) AS shop
            FROM settlement_ledgerentry WHERE kind = 'sale' GROUP BY order_id
        )
        SELECT "order".id, "order".is_sold, sale.*
        FROM "order" LEFT JOIN sale ON sale.order_id = "order".id
        WHERE CASE WHEN is_sold THEN
            coalesce(sale.buyer, 0) <> total_amount
            OR coalesce(sale.subsidy, 0) <> "order".subsidy
            OR coalesce(sale.commission, 0) <> -"order".commission
            OR coalesce(sale.shop, 0) <> -(
                subtotal_amount - own_discount + shipping_fee_amount + tax_amount
                - "order".commission
            )
        ELSE sale.order_id IS NOT NULL END
    """,
    "Commission is kept once of each item, and not more than it brought in goes back": """
        SELECT item.id, sum(line.amount), sum(line.base_amount)
        FROM settlement_commissionline line
        JOIN orders_orderitem item ON item.id = line.order_item_id
        GROUP BY item.id
        HAVING sum(line.amount) < 0 OR sum(line.base_amount) < 0
            OR sum(line.base_amount) FILTER (WHERE line.kind = 'sale')
                <> item.line_total_amount - item.seller_discount_amount
    """,
    "A refund takes from shop, commission and subsidy what it gives the buyer": """
        WITH refund AS (
            SELECT refund.id, refund.status, refund.amount,
                refund.kind NOT IN ('surplus', 'late') AND EXISTS (
                    SELECT FROM settlement_ledgerentry sale
                    JOIN payments_paymentshare share ON share.id = sale.source_id
                    WHERE sale.kind = 'sale' AND share.payment_id = refund.payment_id
                        AND share.order_id = refund.order_id
                ) AND refund.status IN ('awaiting_approval', 'pending', 'succeeded') AS is_claimed,
                coalesce((
                    SELECT sum(platform_discount_amount) FROM payments_refundline line
                    WHERE line.refund_id = refund.id
                ), 0) AS subsidy,
                coalesce((
                    SELECT -sum(line.amount) FROM settlement_commissionline line
                    WHERE line.refund_id = refund.id
                ), 0) AS commission
            FROM payments_refund refund
        ), entry AS (
            SELECT source_id,
                sum(amount) FILTER (WHERE account = 'buyer_funds') AS buyer,
                sum(amount) FILTER (WHERE account = 'voucher_subsidy') AS subsidy,
                sum(amount) FILTER (WHERE account = 'platform_revenue') AS commission,
                sum(amount) FILTER (WHERE shop_id IS NOT NULL) AS shop
            FROM settlement_ledgerentry
            WHERE source_type = 'refund' AND kind IN ('refund_claim', 'refund_restored')
            GROUP BY source_id
        )
        SELECT refund.id, refund.status, refund.amount, entry.*
        FROM refund LEFT JOIN entry ON entry.source_id = refund.id
        WHERE CASE WHEN is_claimed THEN
            coalesce(entry.buyer, 0) <> -refund.amount
            OR coalesce(entry.subsidy, 0) <> -refund.subsidy
            OR coalesce(entry.commission, 0) <> refund.commission
            OR coalesce(entry.shop, 0) <> refund.amount + refund.subsidy - refund.commission
        ELSE
            refund.commission <> 0 OR coalesce(entry.buyer, 0) <> 0
            OR coalesce(entry.subsidy, 0) <> 0 OR coalesce(entry.commission, 0) <> 0
            OR coalesce(entry.shop, 0) <> 0
        END
    """,
    "Money is sent back in the books as refunds say": """
        SELECT coalesce(refund.id, entry.source_id), refund.status, refund.amount, entry.sent
        FROM (SELECT * FROM payments_refund WHERE status = 'succeeded') refund
        FULL JOIN (
            SELECT source_id, -sum(amount) AS sent FROM settlement_ledgerentry
            WHERE kind = 'refund_paid' AND account IN ('payment_clearing', 'bank')
            GROUP BY source_id
        ) entry ON entry.source_id = refund.id
        WHERE coalesce(refund.amount, 0) <> coalesce(entry.sent, 0)
    """,
    "Shops are owed for orders in the account where the orders stand": """
        SELECT entry.order_id, settlement.place, entry.account, sum(entry.amount)
        FROM settlement_ledgerentry entry
        LEFT JOIN settlement_ordersettlement settlement ON settlement.order_id = entry.order_id
        WHERE entry.account IN ('shop_pending', 'shop_available', 'shop_on_hold')
            AND entry.order_id IS NOT NULL
            AND entry.account IS DISTINCT FROM 'shop_' || settlement.place
        GROUP BY entry.order_id, settlement.place, entry.account
        HAVING sum(entry.amount) <> 0
    """,
    "A payout is the sum of the entries that it pays": """
        SELECT payout.id, payout.amount, -sum(entry.amount)
        FROM settlement_payout payout
        LEFT JOIN settlement_payoutline line ON line.payout_id = payout.id
        LEFT JOIN settlement_ledgerentry entry ON entry.id = line.entry_id
            AND entry.shop_id = payout.shop_id AND entry.account = 'shop_available'
            AND entry.kind <> 'payout'
        GROUP BY payout.id HAVING payout.amount <> coalesce(-sum(entry.amount), 0)
    """,
    "Payouts are in the books as they stand": """
        SELECT payout.id, payout.status, payout.amount, entry.due, entry.in_transit, entry.bank
        FROM settlement_payout payout
        LEFT JOIN (
            SELECT source_id,
                sum(amount) FILTER (WHERE account = 'shop_available') AS due,
                sum(amount) FILTER (WHERE account = 'payouts_in_transit') AS in_transit,
                sum(amount) FILTER (WHERE account = 'bank') AS bank
            FROM settlement_ledgerentry WHERE source_type = 'payout' GROUP BY source_id
        ) entry ON entry.source_id = payout.id
        WHERE coalesce(entry.due, 0)
                <> CASE payout.status WHEN 'failed' THEN 0 ELSE payout.amount END
            OR coalesce(entry.in_transit, 0)
                <> CASE WHEN payout.status IN ('draft', 'approved') THEN -payout.amount ELSE 0 END
            OR coalesce(entry.bank, 0)
                <> CASE payout.status WHEN 'paid' THEN -payout.amount ELSE 0 END
    """,
    "What is due to a shop is what no payout has taken": """
        SELECT shop_id, sum(amount),
            sum(amount) FILTER (WHERE kind <> 'payout' AND line.id IS NULL)
        FROM settlement_ledgerentry entry
        LEFT JOIN settlement_payoutline line ON line.entry_id = entry.id
        WHERE account = 'shop_available'
        GROUP BY shop_id
        HAVING sum(amount)
            <> coalesce(sum(amount) FILTER (WHERE kind <> 'payout' AND line.id IS NULL), 0)
    """,
    "Carriers' cash is in the books as their remittances say": """
        SELECT coalesce(line.id, entry.source_id), line.amount, entry.handed_over, entry.fee
        FROM (
            SELECT * FROM settlement_remittanceline WHERE status IN ('matched', 'accepted')
        ) line
        FULL JOIN (
            SELECT source_id,
                -sum(amount) FILTER (WHERE account = 'carrier_cash') AS handed_over,
                sum(amount) FILTER (WHERE account = 'carrier_fees') AS fee
            FROM settlement_ledgerentry WHERE kind = 'remittance' GROUP BY source_id
        ) entry ON entry.source_id = line.id
        WHERE coalesce(line.amount, 0) <> coalesce(entry.handed_over, 0)
            OR coalesce(line.fee_amount, 0) <> coalesce(entry.fee, 0)
    """,
    "Buyers are owed what was captured and neither sold to them nor sent back": """
        SELECT entry.order_id, -sum(entry.amount), min(expected.owed)
        FROM settlement_ledgerentry entry
        JOIN LATERAL (
            SELECT
                coalesce((
                    SELECT sum(captured_amount - refunded_amount) FROM payments_paymentshare share
                    WHERE share.order_id = entry.order_id
                ), 0)
                - coalesce((
                    SELECT sum(total_amount) FROM orders_order "order"
                    WHERE "order".id = entry.order_id AND EXISTS (
                        SELECT FROM settlement_ordersettlement settlement
                        WHERE settlement.order_id = "order".id
                    )
                ), 0)
                + coalesce((
                    SELECT sum(refund.amount) FROM payments_refund refund
                    WHERE refund.order_id = entry.order_id
                        AND refund.status IN ('awaiting_approval', 'pending', 'succeeded')
                        AND EXISTS (
                            SELECT FROM settlement_ledgerentry claim
                            WHERE claim.source_id = refund.id AND claim.kind = 'refund_claim'
                        )
                ), 0) AS owed
        ) expected ON true
        WHERE entry.account = 'buyer_funds'
        GROUP BY entry.order_id HAVING -sum(entry.amount) <> min(expected.owed)
    """,
}
