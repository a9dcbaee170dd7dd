"""What people search for, click and look at, counted per day and never per person.

Counts are added up in Redis and moved to the database by `flush_counts`; while Redis is away, or
when it loses its memory, counts are missing and nothing else.
"""

import logging
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import chain
from typing import Any, Final
from uuid import UUID

import orjson
import redis
from django.conf import settings
from django.db import connection, transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

from catalog.models import PopularQuery, Product, SearchQuery
from catalog.search.words import normal_text, words_in
from marketplace.common.ids import uuid7
from marketplace.common.jobs import JobResult
from marketplace.common.local_days import today
from marketplace.common.locks import job_lock
from marketplace.common.redis_bytes import RedisBytes, RedisUnavailable

logger = logging.getLogger(__name__)

SEARCH, EMPTY, CLICK, VIEW = "s", "e", "c", "v"
# Between two flushes; more different texts than this are somebody's machine, not people.
MAX_BUFFERED: Final = 50_000
PAIRS_PER_CALL: Final = 1_000
RETRY_SECONDS: Final = 5.0
TIMEOUT_SECONDS: Final = 0.3
POPULAR_DAYS: Final = 30
# A text that fewer have typed may be about somebody, and is suggested to nobody.
POPULAR_SEARCHES: Final = 3
POPULAR_QUERIES: Final = 10_000
KEPT_DAYS: Final = 400
_KEY: Final = "mp:catalog:counts"
# What may be an address, a phone number or an identity card's is not kept.
_PERSONAL: Final = re.compile(r"@|(?:\d[ .-]?){8,}")
# HLEN and HINCRBY as one step, so that the bound holds whoever counts at the same time.
_ADD: Final = b"""
    if redis.call('HLEN', KEYS[1]) < tonumber(ARGV[1]) then
        for n = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[n], ARGV[n + 1]) end
    end
"""

_UPSERT_QUERIES: Final = """
    INSERT INTO catalog_searchquery AS query
        (id, created_at, updated_at, day, text, searches, empty_searches, clicks)
    SELECT id, now(), now(), day, text, searches, empty_searches, clicks
    FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::int[], %s::int[], %s::int[])
        counted(id, day, text, searches, empty_searches, clicks)
    ON CONFLICT (day, text) DO UPDATE
    SET searches = query.searches + excluded.searches,
        empty_searches = query.empty_searches + excluded.empty_searches,
        clicks = query.clicks + excluded.clicks,
        updated_at = now()
"""
_UPSERT_VIEWS: Final = """
    INSERT INTO catalog_productview AS seen (id, created_at, updated_at, day, product_id, views)
    SELECT counted.id, now(), now(), counted.day, counted.product_id, counted.views
    FROM unnest(%s::uuid[], %s::date[], %s::uuid[], %s::int[]) counted(id, day, product_id, views)
    JOIN catalog_product product ON product.id = counted.product_id
    ON CONFLICT (day, product_id) DO UPDATE
    SET views = seen.views + excluded.views, updated_at = now()
"""
_REFRESH_POPULAR: Final = """
    INSERT INTO catalog_popularquery (text, folded, searches)
    SELECT text, catalog_fold(text), sum(searches)
    FROM catalog_searchquery
    WHERE day > %s
    GROUP BY text
    HAVING sum(searches) >= %s AND sum(empty_searches) * 2 < sum(searches)
    ORDER BY sum(searches) DESC, text
    LIMIT %s
"""

_closed_until = 0.0
_client: redis.Redis | None = None


def count_search(text: str, *, is_empty: bool) -> None:
    """Count a search; `is_empty` when nothing has what was typed."""
    normal = _countable(text)
    if normal:
        _add({(SEARCH, normal): 1} | ({(EMPTY, normal): 1} if is_empty else {}))


def count_click(text: str) -> None:
    """Count that somebody went on from the results of a search to a product."""
    normal = _countable(text)
    if normal:
        _add({(CLICK, normal): 1})


def count_views(views: Mapping[str, int]) -> None:
    """Count how often people looked at products, by id or slug."""
    _add({(VIEW, ref): n for ref, n in views.items()})


def flush_counts() -> JobResult:
    """Move what was counted to the database, and find out anew what is popular.

    Safe beside itself. A crash between the commit and the end counts one minute twice.
    """
    with job_lock("catalog.flush_counts") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        try:
            return _flush()
        except (redis.RedisError, OSError):
            logger.warning("Redis is not available: what was counted stays there")
            return JobResult(failed=1)


def _flush() -> JobResult:
    client, result = _redis(), JobResult()
    if client.exists(_KEY):
        client.rename(_KEY, f"{_KEY}:{uuid7()}")
    # Also what an earlier run had taken when it was killed.
    for key in client.scan_iter(match=f"{_KEY}:*"):
        counts = {_field(name): int(n) for name, n in client.hgetall(key).items()}
        _store(counts)
        client.delete(key)
        result.done += len(counts)
    _refresh_popular()
    return result


# A day, what is counted, and the text or id it is counted of.
Field = tuple[date, str, str]


def _field(name: bytes | str) -> Field:
    day, kind, subject = orjson.loads(name)
    return date.fromisoformat(day), kind, subject


@transaction.atomic
def _store(counts: Mapping[Field, int]) -> None:
    texts: dict[tuple[date, str], dict[str, int]] = {}
    views: dict[tuple[date, str], int] = {}
    for (day, kind, subject), n in sorted(counts.items()):
        if kind == VIEW:
            views[day, subject] = n
        else:
            texts.setdefault((day, subject), {})[kind] = n
    queries = [
        (uuid7(), day, text, n.get(SEARCH, 0), n.get(EMPTY, 0), n.get(CLICK, 0))
        for (day, text), n in texts.items()
    ]
    with connection.cursor() as cursor:
        if queries:
            cursor.execute(_UPSERT_QUERIES, _columns(queries))
        if seen := _views_by_id(views):
            cursor.execute(_UPSERT_VIEWS, _columns(seen))


def _views_by_id(views: Mapping[tuple[date, str], int]) -> list[tuple[UUID, date, UUID, int]]:
    """Return the rows of views, which were counted by id or slug; unknown ones are left out."""
    slugs = Product.objects.filter(slug__in={ref for _, ref in views}).values_list("slug", "pk")
    ids = dict(slugs)
    total: Counter[tuple[date, UUID]] = Counter()
    for (day, ref), n in views.items():
        product_id = ids.get(ref) or _as_id(ref)
        if product_id is not None:
            total[day, product_id] += n
    return [(uuid7(), day, product_id, n) for (day, product_id), n in total.items()]


def _as_id(ref: str) -> UUID | None:
    try:
        return UUID(ref)
    except ValueError:
        return None


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


@transaction.atomic
def _refresh_popular() -> None:
    SearchQuery.objects.filter(day__lt=today() - timedelta(days=KEPT_DAYS)).delete()
    PopularQuery.objects.all().delete()
    with connection.cursor() as cursor:
        since = today() - timedelta(days=POPULAR_DAYS)
        cursor.execute(_REFRESH_POPULAR, [since, POPULAR_SEARCHES, POPULAR_QUERIES])


def _countable(text: str) -> str:
    """Return a text as it is counted; empty where it has no word, or may say who somebody is."""
    normal = normal_text(text)
    return normal if words_in(normal) and not _PERSONAL.search(normal) else ""


def _add(counted: Mapping[tuple[str, str], int]) -> None:
    global _closed_until
    if time.monotonic() < _closed_until:
        return
    day = today().isoformat()
    pairs = [(orjson.dumps((day, *of)), b"%d" % n) for of, n in counted.items()]
    begin = (b"EVAL", _ADD, b"1", _KEY.encode(), b"%d" % MAX_BUFFERED)
    try:
        # In parts: a script cannot take arguments without end.
        for start in range(0, len(pairs), PAIRS_PER_CALL):
            _adder(settings.REDIS_URL).call(*begin, *chain(*pairs[start : start + PAIRS_PER_CALL]))
    except RedisUnavailable:
        logger.warning("Redis is not available: searches and views are not counted")
        _closed_until = time.monotonic() + RETRY_SECONDS


@cache
def _adder(url: str) -> RedisBytes:
    """Return the client of what each search waits for: redis-py would be a tenth of it."""
    return RedisBytes(url, timeout_seconds=TIMEOUT_SECONDS)


def _redis() -> redis.Redis:
    global _client
    if _client is None:
        _client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    return _client
