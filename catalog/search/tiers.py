"""Which documents belong to the most sold products, so that common words need not read all.

Each tier has a GIN index of its own. In which one a document is only decides how soon a search has
enough: where it finds too few, it reads them all.
"""

from typing import Any, Final

from django.db import connection, transaction

from catalog.search.filters import APPROVED, LISTED, PUBLIC
from marketplace.common.jobs import JobResult
from marketplace.common.locks import job_lock

# How many products there are up to the end of each; the last tier has all others.
TIERS: Final = (100, 400, 1_000, 2_500, 5_000, 10_000, 20_000, 40_000)
# Also for new documents. The indexes and the default of the model follow.
REST: Final = len(TIERS) + 1
BATCH: Final = 1_000
# If none of this tier has the words before a prefix, few documents have them.
SAMPLE: Final = 5

_CASES: Final = " ".join(f"WHEN place <= {end} THEN {n}" for n, end in enumerate(TIERS, 1))
_MISPLACED: Final = f"""
    WITH sold AS (
        SELECT product.id, row_number() OVER (ORDER BY product.sold_count DESC, product.id DESC)
            AS place
        {PUBLIC} ORDER BY product.sold_count DESC, product.id DESC LIMIT {TIERS[-1]}
    )
    SELECT document.product_id, coalesce(CASE {_CASES} END, {REST})
    FROM catalog_searchdocument document LEFT JOIN sold ON sold.id = document.product_id
    WHERE document.tier <> coalesce(CASE {_CASES} END, {REST})
    ORDER BY document.product_id
"""  # noqa: S608 - numbers of ours
# Rows that somebody is writing just now wait for the next time: no two wait for each other.
_MOVE: Final = """
    UPDATE catalog_searchdocument document SET tier = moved.tier
    FROM (
        SELECT free.product_id, wanted.tier
        FROM (
            SELECT product_id FROM catalog_searchdocument
            WHERE product_id = ANY (%s::uuid[]) ORDER BY product_id FOR UPDATE SKIP LOCKED
        ) free
        JOIN unnest(%s::uuid[], %s::int[]) wanted(product_id, tier) USING (product_id)
    ) moved
    WHERE document.product_id = moved.product_id
"""


def typed_tables(columns: str = "", condition: str = "true") -> list[str]:
    """Return the tables that `tier_tables` needs, `typed` also with `columns`.

    Their first values are a query and its `lead_of`. `sought` is what later tiers are asked for: of
    a prefix, an index lists all matches first, tens of thousands; where the words before it are
    rare, these are looked for alone, and what they find is compared with the whole query, `rest`.
    Where PostgreSQL takes none of them for a word, it leaves them out of the query as well.
    """
    return [
        "typed AS MATERIALIZED (SELECT to_tsquery('simple', %s::text) AS query, "
        f"to_tsquery('simple', nullif(%s::text, '')) AS lead{columns} WHERE {condition})",
        "sought AS MATERIALIZED (SELECT CASE WHEN is_rare THEN lead ELSE query END AS query, "  # noqa: S608 - ours
        "CASE WHEN is_rare THEN query END AS rest FROM (SELECT query, lead, "
        "coalesce(numnode(lead), 0) > 0 AND NOT EXISTS ("
        "SELECT FROM catalog_searchdocument document "
        f"WHERE document.folded_vector @@ typed.lead AND document.tier = {SAMPLE}) AS is_rare "
        "FROM typed OFFSET 0) typed)",
    ]


def tier_tables(
    name: str,
    *,
    columns: str,
    text: str = "",
    sql: str = "",
    enough: int,
    matches: int,
) -> tuple[list[str], list[str]]:
    """Return tables of what matches `typed`, tier by tier, and the names of those that count.

    They have `columns` of products that pass `sql`, and `text`, an expression over the document. A
    tier is read where those above it have less than `enough`; it gives `matches` at
    most, and what the last one gives is called `<name>_rest`. How it is read is written out, as the
    planner knows too little of words that begin with a text or come together: each OFFSET keeps it
    from turning a join around.
    """
    tables: list[str] = []
    names: list[str] = []
    # What the expression needs is taken along, as it is for those alone that pass.
    vectors = text and ", document.folded_vector, document.exact_vector"
    for tier in range(1, REST + 1):
        found = f"{name}_rest" if tier == REST else f"{name}_tier{tier}"
        passed, seen = f"{name}_passed{tier}", f"{name}_seen{tier}"
        before = f"(SELECT n FROM {name}_seen{tier - 1})" if tier > 1 else ""  # noqa: S608 - ours
        matching = "document.folded_vector @@ (SELECT query FROM typed)"
        if tier > SAMPLE:
            # By its function no index is used.
            rest = "ts_match_vq(document.folded_vector, (SELECT rest FROM sought))"
            matching = (
                "document.folded_vector @@ (SELECT query FROM sought) "  # noqa: S608 - ours
                f"AND coalesce({rest}, true)"
            )
        tables += [
            f"{found} AS MATERIALIZED (SELECT document.product_id{vectors} "  # noqa: S608 - ours
            f"FROM catalog_searchdocument document WHERE {matching} "
            f"AND document.tier = {tier}{before and f' AND {before} < {enough}'} "
            f"LIMIT {matches})",
            f"{passed} AS MATERIALIZED (SELECT {columns}{text and f', {text} AS text'} "  # noqa: S608 - ours
            f"FROM {text and 'typed, '}{found} document, LATERAL ("
            f"SELECT {columns}, product.shop_id FROM catalog_product product "
            f"WHERE product.id = document.product_id AND {LISTED}{sql} OFFSET 0) product, "
            f"shops_shop shop WHERE shop.id = product.shop_id AND {APPROVED})",
            f"{seen} AS MATERIALIZED (SELECT count(*){before and f' + {before}'} AS n "  # noqa: S608 - ours
            f"FROM {passed})",
        ]
        names.append(passed)
    return tables, names


def refresh_tiers() -> JobResult:
    """Move documents to the tier that their product's sales put them in. Safe beside itself."""
    with job_lock("catalog.refresh_tiers") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        rows = _misplaced()
        result = JobResult()
        for start in range(0, len(rows), BATCH):
            ids, tiers = (list(column) for column in zip(*rows[start : start + BATCH], strict=True))
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_MOVE, [ids, ids, tiers])
                result.done += cursor.rowcount
                result.skipped += len(ids) - cursor.rowcount
        return result


@transaction.atomic
def _misplaced() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(_MISPLACED)
        return list(cursor.fetchall())
