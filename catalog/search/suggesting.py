"""What an autocomplete box offers for what has been typed so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.contrib.postgres.search import SearchQuery

from catalog.models import Category, PopularQuery, Product
from catalog.search.words import Word, folded_tsquery, normal_text, words_in
from marketplace.common.texts import fold

PRODUCTS: Final = 5
CATEGORIES: Final = 3
QUERIES: Final = 5


@dataclass(frozen=True)
class Suggestions:
    products: list[Product] = field(default_factory=list)
    categories: list[Category] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)


def suggestions(text: str) -> Suggestions:
    """Return the most popular products, categories and queries that go on like the text."""
    words, typed = words_in(text), normal_text(text)
    if not typed:
        return Suggestions()
    parts = [word.folded for word in words] or typed.split()
    return Suggestions(
        products=_products(words, parts),
        categories=list(
            Category.objects.public()
            .with_words(parts)
            .order_by("depth", "position", "id")[:CATEGORIES]
        ),
        queries=list(
            PopularQuery.objects.filter(folded__startswith=fold(typed))
            .order_by("-searches", "text")
            .values_list("text", flat=True)[:QUERIES]
        ),
    )


def _products(words: Sequence[Word], parts: Sequence[str]) -> list[Product]:
    found = Product.objects.public()
    if words:
        query = SearchQuery(folded_tsquery([words]), config="simple", search_type="raw")
        found = found.filter(search_document__folded_vector=query)
    else:
        found = found.with_words(parts)
    return list(found.for_cards().order_by("-sold_count", "-id")[:PRODUCTS])
