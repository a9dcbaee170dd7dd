"""What products are found by: written set by set, in one statement each, from the rows themselves.

Services call `index_products` in the transaction of their change. Renames of shops, brands and
categories concern many products: handlers call `index_after_rename` after the commit.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from catalog.models import Product, SearchDocument, SearchRebuild
from catalog.search.filters import SEPARATOR
from catalog.search.tiers import REST, refresh_tiers

BATCH: Final = 1_000
# The beginning of a description says what it is about; long ones would slow ranking.
DESCRIPTION_LENGTH: Final = 4_000

# The attributes of a product and of its active variants, for filters; of a list, each text.
_VALUES: Final = f"""
    ARRAY(
        SELECT DISTINCT pair.key || '{SEPARATOR}' || (one.value #>> '{{}}')
        FROM (
            SELECT key, value FROM jsonb_each(product.attributes)
            UNION ALL
            SELECT key, value
            FROM catalog_productvariant variant, jsonb_each(variant.attributes)
            WHERE variant.product_id = product.id
                AND variant.is_active AND variant.archived_at IS NULL
        ) pair, jsonb_path_query(pair.value, '$[*]') one(value)
        WHERE jsonb_typeof(one.value) = 'string'
        ORDER BY 1
    )
"""  # noqa: S608 - a character of ours
_SET_VALUES: Final = f"""
    UPDATE catalog_product product SET filter_values = found.texts
    FROM (
        SELECT product.id, {_VALUES} AS texts
        FROM catalog_product product WHERE product.id = ANY (%s)
    ) found
    WHERE product.id = found.id AND product.filter_values <> found.texts
"""  # noqa: S608 - nothing of the caller's

_INDEX = f"""
    WITH valued AS ({_SET_VALUES}),
    text AS MATERIALIZED (
        SELECT
            product.id,
            normalize(product.title) AS title,
            normalize(concat_ws(' ', brand.name, shop.name, above.names)) AS names,
            normalize(concat_ws(' ', own.texts, offered.texts)) AS attributes,
            -- To see that a text is composed takes a third of composing it.
            CASE WHEN about.text IS NORMALIZED THEN about.text ELSE normalize(about.text) END
                AS description
        FROM catalog_product product
        CROSS JOIN LATERAL (SELECT left(product.description, {DESCRIPTION_LENGTH}) AS text) about
        JOIN shops_shop shop ON shop.id = product.shop_id
        JOIN catalog_category category ON category.id = product.category_id
        LEFT JOIN catalog_brand brand
            ON brand.id = product.brand_id AND brand.is_active AND brand.archived_at IS NULL
        LEFT JOIN LATERAL (
            SELECT string_agg(node.name, ' ' ORDER BY node.depth DESC) AS names
            FROM catalog_category node
            WHERE node.id = ANY (string_to_array(trim('/' FROM category.path), '/')::uuid[])
        ) above ON true
        LEFT JOIN LATERAL (
            SELECT string_agg(pair.value, ' ' ORDER BY pair.key) AS texts
            FROM jsonb_each_text(product.attributes) pair
        ) own ON true
        LEFT JOIN LATERAL (
            SELECT string_agg(DISTINCT pair.value, ' ') AS texts
            FROM catalog_productvariant variant, jsonb_each_text(variant.attributes) pair
            WHERE variant.product_id = product.id
                AND variant.is_active AND variant.archived_at IS NULL
        ) offered ON true
        WHERE product.id = ANY (%s)
    )
    INSERT INTO catalog_searchdocument AS document
        (product_id, exact_vector, folded_vector, tier, updated_at)
    SELECT
        text.id,
        catalog_search_vector(text.title, text.names, '', ''),
        catalog_search_vector(
            catalog_fold(text.title), catalog_fold(text.names),
            catalog_fold(text.attributes), catalog_fold(text.description)
        ),
        %s,
        now()
    FROM text
    ORDER BY text.id
    ON CONFLICT (product_id) DO UPDATE
    SET exact_vector = excluded.exact_vector,
        folded_vector = excluded.folded_vector,
        updated_at = excluded.updated_at
    WHERE document.exact_vector IS DISTINCT FROM excluded.exact_vector
        OR document.folded_vector IS DISTINCT FROM excluded.folded_vector
"""  # noqa: S608 - a number of ours

# A word with a letter in it: numbers are not mistyped into words.
_IS_WORD = "length(found.word) BETWEEN 2 AND 60 AND found.word ~ '[[:alpha:]]'"

_ADD_WORDS = f"""
    INSERT INTO catalog_searchword (word, display, uses)
    SELECT DISTINCT ON (folded) folded, word, 1
    FROM (
        SELECT found.word, catalog_fold(found.word) AS folded
        FROM catalog_searchdocument document,
             unnest(tsvector_to_array(ts_filter(document.exact_vector, '{{a,b}}'))) found(word)
        WHERE document.product_id = ANY (%s) AND {_IS_WORD}
    ) words
    WHERE length(folded) BETWEEN 2 AND 60
    ORDER BY folded, word
    ON CONFLICT (word) DO NOTHING
"""  # noqa: S608 - a condition of ours

_REBUILD_WORDS = f"""
    INSERT INTO catalog_searchword (word, display, uses)
    SELECT folded, (array_agg(word ORDER BY ndoc DESC, word DESC))[1], sum(ndoc)
    FROM (
        SELECT found.word, found.ndoc, catalog_fold(found.word) AS folded
        FROM ts_stat('SELECT exact_vector FROM catalog_searchdocument', 'ab') found
        WHERE {_IS_WORD}
    ) words
    WHERE length(folded) BETWEEN 2 AND 60
    GROUP BY folded
    ON CONFLICT (word) DO UPDATE SET display = excluded.display, uses = excluded.uses
"""  # noqa: S608 - a condition of ours


def index_products(product_ids: Iterable[UUID]) -> None:
    """Bring the documents of products up to date, in the caller's transaction.

    Idempotent: an unchanged document is not written. The words that typing errors are measured
    against follow after the commit, so that no two transactions wait for each other over a word.
    """
    ids = sorted(set(product_ids))
    if not ids:
        return
    _execute(_INDEX, [ids, ids, REST])
    transaction.on_commit(lambda: _execute(_ADD_WORDS, [ids]), robust=True)


def index_after_rename(**of: UUID) -> None:
    """Bring every product of a shop, brand or category tree up to date, batch by batch.

    Takes `shop_id`, `brand_id` or `category_id`, which includes what is below it. Each batch is a
    transaction of its own. Idempotent.
    """
    products = Product.objects.filter(archived_at=None)
    if category_id := of.pop("category_id", None):
        products = products.filter(category__path__contains=f"{category_id.hex}/")
    _in_batches(products.filter(**of), index_products)


@transaction.atomic
def write_documents(ids: Sequence[UUID]) -> None:
    """Bring the documents of products up to date, and leave the words to `rebuild_words`."""
    _execute("SET LOCAL statement_timeout = 0", [])
    _execute(_INDEX, [list(ids), list(ids), REST])


def rebuild_documents(
    *,
    batch: int = BATCH,
    is_restart: bool = False,
    on_progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Bring every document up to date, batch by batch in the order of ids; return how many.

    Each batch is committed with the place it ends at. After an interruption the next call goes on
    from there, unless `is_restart`. `on_progress` gets how many are done.
    """
    if is_restart:
        SearchRebuild.objects.all().delete()
    begun = SearchRebuild.objects.first()
    products, done = Product.objects.filter(archived_at=None), begun.products if begun else 0

    def work(ids: Sequence[UUID]) -> None:
        nonlocal done
        done += len(ids)
        with transaction.atomic():
            write_documents(ids)
            place = {"last_product": ids[-1], "products": done}
            SearchRebuild.objects.update_or_create(pk=1, defaults=place)
        on_progress(done)

    _in_batches(products.filter(pk__gt=begun.last_product) if begun else products, work, batch)
    with transaction.atomic():
        _execute("SET LOCAL statement_timeout = 0", [])
        SearchDocument.objects.exclude(product__archived_at=None).delete()
        SearchRebuild.objects.all().delete()
    refresh_tiers()
    return done


@transaction.atomic
def rebuild_words() -> None:
    """Count the words of all documents anew, with how each is mostly written."""
    _execute("SET LOCAL statement_timeout = 0", [])
    _execute("DELETE FROM catalog_searchword", [])
    _execute(_REBUILD_WORDS, [])


def _in_batches(products: Any, work: Callable[[Sequence[UUID]], None], batch: int = BATCH) -> None:
    last: UUID | None = None
    while True:
        rest = products if last is None else products.filter(pk__gt=last)
        ids = list(rest.order_by("pk").values_list("pk", flat=True)[:batch])
        if not ids:
            return
        work(ids)
        last = ids[-1]


def _execute(sql: str, params: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
