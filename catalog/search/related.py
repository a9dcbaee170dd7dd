"""What goes with a product: what is like it, and what was bought with it."""

from collections.abc import Iterable
from itertools import permutations
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from catalog.search.listing import CARD_TABLES
from marketplace.common.prepared import fetch_prepared

RELATED: Final = 12
# Of the same category, the most sold; of what was bought together, the most often.
ALIKE_CANDIDATES: Final = 200
TOGETHER_CANDIDATES: Final = 50
# An order of hundreds of things says little about any two of them.
MAX_PRODUCTS_OF_ORDER: Final = 20

# Bought together counts 0.35 for each doubling of the orders, so that a few of them outweigh any
# likeness, which is at most 1.5 and a tenth for each tenfold of sales.
_RELATED: Final = f"""
    WITH product AS (
        SELECT id, category_id, folded_title, attributes,
            greatest((SELECT count(*) FROM jsonb_object_keys(attributes)), 1) AS attribute_count
        FROM catalog_product WHERE id = %s
    ), candidate AS (
        (SELECT other.id, other.folded_title, other.attributes, other.sold_count, 0 AS orders
         FROM catalog_product other
         JOIN shops_shop shop ON shop.id = other.shop_id AND shop.status = 'approved'
         WHERE other.category_id = (SELECT category_id FROM product)
            AND other.id <> (SELECT id FROM product)
            AND other.status = 'active' AND other.archived_at IS NULL
         ORDER BY other.sold_count DESC, other.id DESC
         LIMIT {ALIKE_CANDIDATES})
        UNION ALL
        (SELECT other.id, other.folded_title, other.attributes, other.sold_count, together.orders
         FROM catalog_boughttogether together
         JOIN catalog_product other ON other.id = together.other_id
         JOIN shops_shop shop ON shop.id = other.shop_id AND shop.status = 'approved'
         WHERE together.product_id = (SELECT id FROM product)
            AND other.status = 'active' AND other.archived_at IS NULL
         ORDER BY together.orders DESC, other.id DESC
         LIMIT {TOGETHER_CANDIDATES})
    )
    SELECT ({{card}})::text
    FROM (
        SELECT candidate.id, max(
                similarity(candidate.folded_title, product.folded_title)
                + 0.5 * (
                    SELECT count(*) FROM jsonb_each(candidate.attributes) pair
                    WHERE product.attributes @> jsonb_build_object(pair.key, pair.value)
                ) / product.attribute_count
                + 0.1 * ln(1 + candidate.sold_count) / ln(10)
            ) + 0.35 * ln(1 + max(candidate.orders)) / ln(2) AS score
        FROM candidate, product
        GROUP BY candidate.id
        ORDER BY score DESC, candidate.id DESC
        LIMIT {RELATED}
    ) nearest
    JOIN catalog_product ON catalog_product.id = nearest.id
    {CARD_TABLES}
    ORDER BY nearest.score DESC, nearest.id DESC
"""  # noqa: S608 - numbers of ours

_RECORD: Final = """
    INSERT INTO catalog_boughttogether AS together (product_id, other_id, orders)
    SELECT pair.product_id, pair.other_id, 1
    FROM unnest(%s::uuid[], %s::uuid[]) pair(product_id, other_id)
    ORDER BY 1, 2
    ON CONFLICT (product_id, other_id) DO UPDATE SET orders = together.orders + 1
"""


def related_products(product_id: UUID, *, card: str) -> list[str]:
    """Return what was bought with a product and what is like it, the nearest first.

    Like it is what shares the category, words of the title and attributes. `card` is SQL, as a list
    has it.
    """
    return [text for (text,) in fetch_prepared(_RELATED.format(card=card), [product_id])]


@transaction.atomic
def record_bought_together(product_ids: Iterable[UUID]) -> None:
    """Count that one order had all of these. Locks: the pairs, in the order of their ids."""
    ids = sorted(set(product_ids))[:MAX_PRODUCTS_OF_ORDER]
    pairs = list(permutations(ids, 2))
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(_RECORD, [[one for one, _ in pairs], [other for _, other in pairs]])
