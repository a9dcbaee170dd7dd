"""Bringing ratings in line with the reviews, where something has written them past the services."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from marketplace.common.read_cache import catalogue_changed

BATCH: Final = 1_000
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True)
class _Rated:
    """A table with ratings, and the column of reviews that points to it."""

    table: str
    column: str

    def wrong(self, ids: str) -> str:
        """Return the statement that finds rows with other ratings than their reviews'."""
        return f"""
            SELECT rated.id, coalesce(found.reviews, 0) AS reviews,
                coalesce(found.stars, 0) AS stars,
                coalesce(round(found.stars::numeric / found.reviews, 2), 0) AS mean
            FROM {self.table} rated
            LEFT JOIN LATERAL (
                SELECT nullif(count(*), 0) AS reviews, sum(rating) AS stars
                FROM reviews_review review
                WHERE review.{self.column} = rated.id
                    AND review.status = 'published' AND review.archived_at IS NULL
            ) found ON true
            WHERE rated.id = ANY({ids}) AND (
                rated.review_count <> coalesce(found.reviews, 0)
                OR rated.rating_sum <> coalesce(found.stars, 0)
                OR rated.average_rating
                    <> coalesce(round(found.stars::numeric / found.reviews, 2), 0)
            )
        """  # noqa: S608 - names of ours


PRODUCTS: Final = _Rated("catalog_product", "product_id")
SHOPS: Final = _Rated("shops_shop", "shop_id")


@dataclass
class Rebuilt:
    """How many rows were looked at, and how many of them had other ratings than their reviews."""

    products: int = 0
    wrong_products: int = 0
    shops: int = 0
    wrong_shops: int = 0


def rebuild_ratings(
    *,
    dry_run: bool = False,
    batch: int = BATCH,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Rebuilt:
    """Set the ratings of all products and shops to those of their public reviews.

    Safe beside live writes: only what is wrong is locked, by key, a batch at a time, and computed
    anew once it is. Idempotent.
    """
    rebuilt = Rebuilt()
    for ids in _batches(PRODUCTS, batch):
        rebuilt.products += len(ids)
        rebuilt.wrong_products += _rebuild(PRODUCTS, ids, dry_run)
        on_progress(len(ids))
    for ids in _batches(SHOPS, batch):
        rebuilt.shops += len(ids)
        rebuilt.wrong_shops += _rebuild(SHOPS, ids, dry_run)
    return rebuilt


def _batches(rated: _Rated, batch: int) -> Iterator[list[UUID]]:
    last = _FIRST
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM {rated.table} WHERE id > %s ORDER BY id LIMIT %s",  # noqa: S608
                [last, batch],
            )
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        yield ids
        last = ids[-1]


def _rebuild(rated: _Rated, ids: list[UUID], dry_run: bool) -> int:
    """Return how many of these were wrong, and correct them unless it is a dry run."""
    with connection.cursor() as cursor:
        cursor.execute(rated.wrong("%s"), [ids])
        wrong = [row[0] for row in cursor.fetchall()]
    if not wrong or dry_run:
        return len(wrong)
    with transaction.atomic(), connection.cursor() as cursor:
        # Locked by a statement of its own: the next one then sees what was committed meanwhile,
        # and whoever adds to these rows waits and adds to the new values.
        cursor.execute(
            f"SELECT FROM {rated.table} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [wrong],
        )
        cursor.execute(
            f"UPDATE {rated.table} target SET review_count = found.reviews, "  # noqa: S608
            "rating_sum = found.stars, average_rating = found.mean "
            f"FROM ({rated.wrong('%s')}) found WHERE target.id = found.id",
            [wrong],
        )
        corrected = int(cursor.rowcount)
        catalogue_changed()
    return corrected
