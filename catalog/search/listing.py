"""Pages of the public list: the statement, made for what is asked and for nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from catalog.search.filters import HAS_WORDS, PUBLIC, Conditions

# The best of each category are merged, which reads so many times a page. A larger part of the tree
# is found sooner in the index of the order of all products.
MAX_MERGED_CATEGORIES: Final = 16
COLUMN_TYPES: Final = {
    "created_at": "timestamptz",
    "min_price_amount": "bigint",
    "average_rating": "numeric",
    "sold_count": "bigint",
    "id": "uuid",
}
# Between cards; JSON has no control characters.
SEPARATOR: Final = "\x1e"
CARD_TABLES: Final = (
    "JOIN shops_shop ON shops_shop.id = catalog_product.shop_id "
    "JOIN catalog_category ON catalog_category.id = catalog_product.category_id "
    "LEFT JOIN catalog_brand ON catalog_brand.id = catalog_product.brand_id"
)


def page_statement(
    conditions: Conditions,
    *,
    card: str,
    columns: Sequence[str],
    descending: bool,
    limit: int,
    after: Sequence[Any] | None = None,
) -> tuple[str, list[Any]]:
    """Return the statement of one page, which answers with one row, in binary.

    Its first column has `card` of each product and of one more, with SEPARATOR between. Then come
    the places of the first and of the last of the `limit`, as texts, which nothing has to parse.
    `columns` is the order, the id last, all in one direction; `after` are their values where the
    page begins.
    """
    read = limit + 1
    if conditions.tsquery:
        conditions = replace(
            conditions.and_also(HAS_WORDS, conditions.tsquery),
            tsquery="",
        )
    order = ", ".join(f"product.{name} {'DESC' if descending else 'ASC'}" for name in columns)
    start, start_params = _start(columns, descending, after)
    if 1 < len(conditions.categories) <= MAX_MERGED_CATEGORIES:
        # One range of the category's own index for each, however many products they have.
        rows = (
            "SELECT product.* FROM unnest(%s::uuid[]) node (id), LATERAL ("  # noqa: S608 - ours
            f"SELECT product.* {PUBLIC} AND product.category_id = node.id{conditions.sql}{start} "
            f"ORDER BY {order} LIMIT {read}) product"
        )
        params = [list(conditions.categories), *conditions.params, *start_params]
    else:
        sql, params = conditions.everywhere()
        rows = f"SELECT product.* {PUBLIC}{sql}{start}"
        params += start_params
    place = ", ".join(f"catalog_product.{name}" for name in columns)
    ends = (f"(array_agg(page.{name}))[{end}]::text" for end in (1, limit) for name in columns)
    # One row and one value, as each of both costs the driver time.
    return (
        f"SELECT convert_to(string_agg(page.card, chr({ord(SEPARATOR)})), 'UTF8'), "  # noqa: S608 - ours
        f"{', '.join(ends)} FROM (SELECT ({card})::text AS card, {place} "
        f"FROM ({rows} ORDER BY {order} LIMIT {read}) catalog_product {CARD_TABLES} "
        f"ORDER BY {order.replace('product.', 'catalog_product.')}) page"
    ), params


def _start(
    columns: Sequence[str], descending: bool, after: Sequence[Any] | None
) -> tuple[str, list[Any]]:
    if after is None:
        return "", []
    # PostgreSQL estimates a row comparison by its first column alone. With `<`, a page in a long
    # run of equal values (sold: 0) looked empty to it: 104 ms of sorting, not 0.2.
    operator = "<=" if descending else ">="
    names = ", ".join(f"product.{name}" for name in columns)
    values = ", ".join(f"%s::{COLUMN_TYPES[name]}" for name in columns)
    sql = f" AND ({names}) {operator} ({values}) AND product.id <> %s::uuid"
    return sql, [*after, after[-1]]
