"""Which products pass the filters of lists and of search: one WHERE clause for both.

What the values decide is written into the statement (which filters there are, yes or no); the
values themselves are parameters. `product` and `shop` are the tables it speaks of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final
from uuid import UUID

from catalog.constants import ProductStatus
from marketplace.common.errors import InvalidInput
from marketplace.common.prepared import fetch_prepared
from shops.constants import ShopStatus

# Written out, not passed: a plan for any value could not use the partial indexes.
LISTED: Final = f"product.status = '{ProductStatus.ACTIVE}' AND product.archived_at IS NULL"
APPROVED: Final = f"shop.status = '{ShopStatus.APPROVED}'"
PUBLIC: Final = (
    "FROM catalog_product product JOIN shops_shop shop "
    f"ON shop.id = product.shop_id AND {APPROVED} WHERE {LISTED}"
)
# The document is one of the product, so this is a join; the words lead to it where they are rare.
HAS_WORDS: Final = (
    "product.id IN (SELECT document.product_id FROM catalog_searchdocument document "
    "WHERE document.folded_vector @@ to_tsquery('simple', %s))"
)
# What was typed may have no word, such as `%`. No index helps, so only so many of the most sold are
# read.
TITLES_READ: Final = 5_000
HAS_TEXT: Final = "strpos(product.folded_title, catalog_fold(%s)) > 0"
IS_READ: Final = (
    "product.id = ANY (ARRAY(SELECT product.id FROM catalog_product product "  # noqa: S608 - ours
    f"WHERE {LISTED} ORDER BY product.sold_count DESC, product.id DESC LIMIT {TITLES_READ}))"
)
# Stand in a shape for any value.
_ANY_ID: Final = UUID(int=0)
_ANY_WORD: Final = "*"
# Between a name and a value in `filter_values`; no text of a seller has it.
SEPARATOR: Final = "\x1f"

_COMPARISONS: Final = {
    "min_price": "product.min_price_amount >= %s",
    "max_price": "product.min_price_amount <= %s",
    "min_rating": "product.average_rating >= %s",
}
_FLAGS: Final = {
    "in_stock": "product.in_stock",
    "on_sale": "product.is_on_sale",
    "featured": "product.is_featured",
}
REFERENCES: Final = ("category", "brand", "shop")
# What a category is looked up by leads to all below it: paths consist of hex digits and `/`.
_BELOW: Final = """
    ARRAY(SELECT below.id FROM catalog_category below
          WHERE below.path ~>=~ found.path AND below.path ~<~ (found.path || 'g'))
"""
_LOOKUPS: Final = {
    "category": ("catalog_category", _BELOW, "found.is_active AND found.archived_at IS NULL"),
    "brand": ("catalog_brand", "ARRAY[found.id]", "found.is_active AND found.archived_at IS NULL"),
    "shop": ("shops_shop", "ARRAY[found.id]", "true"),
}


@dataclass(frozen=True)
class Conditions:
    """What rows must pass besides being public; `sql` begins with AND where there is anything.

    `categories` is not in `sql`: a list reads many categories by one index range for each.
    """

    sql: str = ""
    params: tuple[Any, ...] = ()
    categories: Sequence[UUID] = field(default=())
    # What documents must match, as `to_tsquery` takes it; not in `sql` either.
    tsquery: str = ""

    def and_also(self, sql: str, value: Any) -> "Conditions":
        """Return these and one more."""
        return replace(self, sql=f"{self.sql} AND {sql}", params=(*self.params, value))

    def and_texts(self, texts: Sequence[str]) -> "Conditions":
        """Return these, and that the title has each of the texts as it stands."""
        having = self
        for text in texts:
            having = having.and_also(HAS_TEXT, text)
        return replace(having, sql=f"{having.sql} AND {IS_READ}") if texts else self

    @property
    def shape(self) -> "Conditions":
        """Return the same without the values: what the texts of statements depend on."""
        categories = (_ANY_ID,) * min(len(self.categories), 2)
        return Conditions(self.sql, (), categories, self.tsquery and _ANY_WORD)

    def everywhere(self) -> tuple[str, list[Any]]:
        """Return the whole of it as one clause."""
        if self.tsquery:
            return replace(self.and_also(HAS_WORDS, self.tsquery), tsquery="").everywhere()
        if not self.categories:
            return self.sql, [*self.params]
        if len(self.categories) == 1:
            return f"{self.sql} AND product.category_id = %s", [*self.params, *self.categories]
        return f"{self.sql} AND product.category_id = ANY (%s)", [
            *self.params,
            list(self.categories),
        ]


def conditions(filters: Mapping[str, Any]) -> Conditions:
    """Return the clause of filters whose references are ids, as `with_ids` leaves them."""
    parts, params = [], []
    for name in ("brand", "shop"):
        if filters.get(name) is not None:
            parts.append(f"product.{name}_id = %s")
            params.append(filters[name])
    for name, comparison in _COMPARISONS.items():
        if filters.get(name) is not None:
            parts.append(comparison)
            params.append(filters[name])
    for name, flag in _FLAGS.items():
        if filters.get(name) is not None:
            parts.append(flag if filters[name] else f"NOT {flag}")
    for name, values in sorted((filters.get("attributes") or {}).items()):
        parts.append("product.filter_values && %s::text[]")
        params.append([f"{name}{SEPARATOR}{value}" for value in values])
    sql = "".join(f" AND {part}" for part in parts)
    return Conditions(sql, tuple(params), filters.get("category") or ())


def with_ids(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filters with ids in the place of slugs; of a category, all below it too.

    Reads all of them in one statement. Raises: InvalidInput for a reference to nothing.
    """
    texts = {name: filters[name] for name in REFERENCES if filters.get(name) is not None}
    if not texts:
        return dict(filters)
    given = {name: _id_or_slug(text) for name, text in texts.items()}
    sql = _lookup(tuple((name, type(value) is UUID) for name, value in given.items()))
    found = dict(fetch_prepared(sql, list(given.values())))
    for name in given:
        if name not in found:
            raise InvalidInput(name, f"There is no such {name}.", code="does_not_exist")
    for name in found.keys() - {"category"}:
        found[name] = found[name][0]
    return {**filters, **found}


@cache
def _lookup(wanted: tuple[tuple[str, bool], ...]) -> str:
    selects = []
    for name, is_id in wanted:
        table, ids, condition = _LOOKUPS[name]
        column = "id" if is_id else "slug"
        selects.append(
            f"SELECT '{name}', {ids} FROM {table} found WHERE found.{column} = %s AND {condition}"  # noqa: S608 - ours
        )
    return " UNION ALL ".join(selects)


def _id_or_slug(text: str) -> UUID | str:
    try:
        return UUID(text)
    except ValueError:
        return text
