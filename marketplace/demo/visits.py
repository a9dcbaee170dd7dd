"""People who came before they bought: when they registered, what they looked at and looked for."""

from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.models import User
from catalog.models import SearchQuery
from marketplace.common.local_days import local_day
from marketplace.demo.tables import id_at

# Dashboards show no more than that.
DAYS: Final = 90
VISITORS: Final = 120
# What people search for, how often a day, and whether there is any.
SEARCHES: Final = (
    ("áo thun", 40, True),
    ("tai nghe", 30, True),
    ("nồi chiên không dầu", 22, True),
    ("son môi", 18, True),
    ("giày thể thao", 16, True),
    ("bàn phím cơ", 9, True),
    ("sữa rửa mặt", 8, True),
    ("vé xem phim", 5, False),
    ("thẻ cào điện thoại", 4, False),
    ("máy xông tinh dầu", 3, False),
    ("bỉm sơ sinh", 3, False),
)

# Customers come a few days before their first order, shops before their first sale.
_REGISTER: Final = """
    UPDATE accounts_user person
    SET created_at = first.placed_at - interval '1 hour' * (abs(hashtext(email)::bigint) %% 70)
    FROM (SELECT buyer_id, min(placed_at) AS placed_at FROM orders_order GROUP BY buyer_id) first
    WHERE first.buyer_id = person.id AND email ~ '@demo\\.test$'
        AND person.created_at > first.placed_at
"""
_OPEN_SHOPS: Final = """
    WITH opened AS (
        UPDATE shops_shop shop SET created_at = first.placed_at - interval '9 days'
        FROM (SELECT shop_id, min(placed_at) AS placed_at FROM orders_order GROUP BY shop_id) first
        WHERE first.shop_id = shop.id AND shop.created_at > first.placed_at
        RETURNING shop.owner_id, shop.created_at
    )
    UPDATE accounts_user person SET created_at = opened.created_at - interval '2 hours'
    FROM opened WHERE opened.owner_id = person.id
"""
# Whoever buys has looked, and many look and do not buy.
_LOOK: Final = """
    INSERT INTO catalog_productview (id, created_at, updated_at, day, product_id, views)
    SELECT gen_random_uuid(), now(), now(), day, product_id,
        sum(quantity * (8 + abs(hashtext(product_id::text)::bigint) %% 30))
    FROM (
        SELECT ("order".placed_at AT TIME ZONE %(zone)s)::date AS day, item.product_id,
            item.quantity
        FROM orders_order "order" JOIN orders_orderitem item ON item.order_id = "order".id
        WHERE "order".placed_at >= %(since)s
    ) bought
    GROUP BY day, product_id
    ON CONFLICT (day, product_id) DO NOTHING
"""


def make_visits(*, now: datetime, zone: str, seed: int) -> None:
    """Have the demo's people register, look and search; what is there already stays."""
    parameters: dict[str, Any] = {"now": now, "since": now - timedelta(days=DAYS), "zone": zone}
    with connection.cursor() as cursor:
        cursor.execute(_REGISTER, parameters)
        cursor.execute(_OPEN_SHOPS)
        cursor.execute(_LOOK, parameters)
    rng = Random(seed)  # noqa: S311 - plausible, not secret
    _make_visitors(now, rng)
    SearchQuery.objects.bulk_create(
        (
            _searches(now - timedelta(days=n), *searched, rng)
            for n in range(DAYS)
            for searched in SEARCHES
        ),
        ignore_conflicts=True,
    )


def _make_visitors(now: datetime, rng: Random) -> None:
    """Make accounts of people who have not bought anything yet, and cannot sign in."""
    password = make_password(None)
    moments = {n: now - timedelta(days=DAYS * rng.random() ** 1.5) for n in range(1, VISITORS + 1)}
    User.objects.bulk_create(
        (
            User(
                id=id_at(at, rng),
                email=f"visitor{n}@demo.test",
                full_name=f"Visitor {n}",
                email_verified_at=at,
                password=password,
            )
            for n, at in moments.items()
        ),
        ignore_conflicts=True,
    )
    made = list(User.objects.filter(email__regex=r"^visitor\d+@demo\.test$"))
    for user in made:
        user.created_at = user.email_verified_at or now
    User.objects.bulk_update(made, ["created_at"])


def _searches(at: datetime, text: str, often: int, finds: bool, rng: Random) -> SearchQuery:
    searches = round(often * rng.uniform(0.5, 1.5))
    return SearchQuery(
        id=id_at(at, rng),
        day=local_day(at),
        text=text,
        searches=searches,
        empty_searches=0 if finds else searches,
        clicks=round(searches * rng.uniform(0.2, 0.6)) if finds else 0,
    )
