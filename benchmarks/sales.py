"""A year of sales for the console: orders and what hangs on them, made in the database itself."""

import json
import time
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model

from accounts.models import Session
from benchmarks.data import _analyze, _without_indexes
from marketplace.common.outbox.models import OutboxEvent
from notifications.models import Notification
from orders.fulfilment.models import Shipment
from orders.models import Checkout, Order, OrderEvent, OrderItem
from orders.payments.models import Payment, PaymentShare
from orders.settlement.models import LedgerEntry
from reviews.models import Review

# One of so many orders has it.
REVIEWED = 5
NOTIFIED = 2
_STATUS = (
    "CASE WHEN n > {orders} * 0.998 THEN 'placed' WHEN n % 12 = 0 THEN 'cancelled'"
    " WHEN n > {orders} * 0.98 THEN 'shipped' ELSE 'completed' END"
)
_MODELS = (
    *(Checkout, Order, OrderItem, OrderEvent, Payment, PaymentShare, LedgerEntry, Shipment),
    *(Review, Notification, Session, OutboxEvent),
)


def fill(orders: int) -> None:
    """Write orders of a year, each a checkout of its own with one item, and all that follows."""
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(
            "SET statement_timeout = 0; SET session_replication_role = replica;"
            " SET synchronous_commit = off; SET maintenance_work_mem = '512MB'"
        )
        _base(cursor, orders)
        with _without_indexes(*_MODELS):
            _rows(orders)
    _analyze()
    connection.close()
    print(f"sales: {orders:,} orders ready after {time.monotonic() - started:.0f} s")


def _base(cursor: Any, orders: int) -> None:
    """Put what all tables are made of into one: ids in the order of time, buyer, goods, amount."""
    cursor.execute(
        f"""
        CREATE TEMP TABLE sale AS
        SELECT n, at, lower(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')) AS ms,
               (array_agg_buyers.ids)[1 + n % cardinality(array_agg_buyers.ids)] AS buyer_id,
               (goods.ids)[1 + (n::bigint * 7919) % cardinality(goods.ids)] AS variant_id,
               {_STATUS.format(orders=orders)} AS status
        FROM generate_series(1, {orders}) AS n,
             LATERAL (SELECT now() - interval '365 days' * (1 - n::float8 / {orders}) AS at) AS t,
             (SELECT array_agg(id) AS ids FROM accounts_user WHERE NOT is_staff)
                AS array_agg_buyers,
             (SELECT array_agg(id) AS ids FROM (
                SELECT id FROM catalog_productvariant LIMIT 50000) AS few) AS goods
        """
    )
    cursor.execute(
        "CREATE TEMP TABLE base AS SELECT sale.*, variant.shop_id, variant.product_id,"
        " variant.sku, variant.price_amount AS amount, product.title FROM sale"
        " JOIN catalog_productvariant AS variant ON variant.id = sale.variant_id"
        " JOIN catalog_product AS product ON product.id = variant.product_id"
    )


def _id(kind: str) -> str:
    """Return an expression for a UUIDv7 of its sale's time, the same whenever it is asked for."""
    return (
        f"(ms || '7' || substr(md5(n || '{kind}'), 1, 3) || '8'"
        f" || substr(md5(n || '{kind}'), 4, 15))::uuid"
    )


def _rows(orders: int) -> None:
    buyer = {"buyer_id": "buyer_id", "payment_method": "'COD'", "currency": "'VND'"}
    totals = {"subtotal_amount": "amount", "total_amount": "amount"}
    address = "'{}'::jsonb"
    _insert(Checkout, **buyer, **totals, id=_id("checkout"))
    _insert(
        Order,
        **buyer,
        **totals,
        id=_id("order"),
        number="'ORD-' || to_char(at, 'YYYYMMDD') || '-' || lpad(n::text, 7, '0')",
        checkout_id=_id("checkout"),
        shop_id="shop_id",
        status="status",
        payment_status="CASE WHEN status = 'completed' THEN 'paid' ELSE 'unpaid' END",
        shipping_address=address,
        billing_address=address,
        placed_at="at",
    )
    _insert(
        OrderItem,
        id=_id("item"),
        order_id=_id("order"),
        variant_id="variant_id",
        product_id="product_id",
        title="title",
        sku="sku",
        unit_price_amount="amount",
        quantity="1",
        line_total_amount="amount",
    )
    _insert(
        OrderEvent, id=_id("event"), order_id=_id("order"), to_status="status", actor_kind="'buyer'"
    )
    paid = "CASE WHEN status = 'completed' THEN 'captured' ELSE 'pending' END"
    _insert(
        Payment,
        id=_id("payment"),
        checkout_id=_id("checkout"),
        provider="'COD'",
        status=paid,
        amount="amount",
        currency="'VND'",
    )
    _insert(
        PaymentShare,
        id=_id("share"),
        payment_id=_id("payment"),
        order_id=_id("order"),
        amount="amount",
    )
    for number, account in enumerate(("shop_pending", "provider"), start=1):
        _insert(
            LedgerEntry,
            id=_id(account),
            transaction_id=_id("sale"),
            kind="'sale'",
            account=f"'{account}'",
            shop_id="shop_id" if account == "shop_pending" else "NULL",
            order_id=_id("order"),
            amount="-amount" if number == 1 else "amount",
            source_type="'payment'",
            source_id=_id("payment"),
        )
    _insert(
        Shipment,
        id=_id("shipment"),
        order_id=_id("order"),
        carrier="'GHTK'",
        tracking_number="'T' || n",
    )
    _insert(
        Review,
        only=f"n % {REVIEWED} = 0",
        id=_id("review"),
        order_item_id=_id("item"),
        product_id="product_id",
        shop_id="shop_id",
        user_id="buyer_id",
        rating="1 + n % 5",
        report_count="CASE WHEN n % 10000 = 0 THEN 1 ELSE 0 END",
    )
    _insert(
        Notification,
        only=f"n % {NOTIFIED} = 0",
        id=_id("notification"),
        user_id="buyer_id",
        type="'order_placed'",
        event_key="n::text",
        title="'Đặt hàng'",
    )
    _insert(
        Session,
        only=f"n % {REVIEWED} = 0",
        id=_id("session"),
        user_id="buyer_id",
        token_id=_id("token"),
        expires_at="at + interval '7 days'",
        last_used_at="at",
    )
    _insert(
        OutboxEvent,
        only=f"n % {NOTIFIED} = 0",
        id=_id("outbox"),
        topic="'orders.placed'",
        payload="'{}'::jsonb",
        key="n::text",
        status="'done'",
    )


def _insert(model: type[Model], *, only: str = "true", **given: str) -> None:
    """Insert a row for each sale; columns that are not given get the field's default."""
    columns = {}
    for field in model._meta.concrete_fields:
        name = str(field.column)
        if field.generated:
            continue
        if name in given:
            columns[name] = given.pop(name)
        elif getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            columns[name] = "at"
        elif field.null:
            columns[name] = "NULL"
        elif (literal := _literal(field)) != "DEFAULT":
            columns[name] = literal
    if given:
        raise ValueError(f"{model.__name__} has no {', '.join(given)}")
    names = ", ".join(f'"{name}"' for name in columns)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names})"
            f" SELECT {', '.join(columns.values())} FROM base WHERE {only} ORDER BY n"
        )
        print(f"sales: {cursor.rowcount:,} rows of {table}", flush=True)


def _literal(field: Any) -> str:
    if field.has_db_default():
        return "at" if field.get_internal_type() == "DateTimeField" else "DEFAULT"
    value = field.get_default()
    if value is None or (value == "" and not field.empty_strings_allowed):
        if field.get_internal_type() == "DateTimeField":
            return "at"
        raise ValueError(f"{field} needs a value")
    if isinstance(field, JSONField):
        return f"'{json.dumps(value)}'::jsonb"
    if isinstance(value, list):
        return "'{}'"
    if isinstance(value, bool | int | float):
        return str(value)
    return f"'{value}'"
