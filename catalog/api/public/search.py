"""Finding: search with facets, and what an autocomplete box offers."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.public.filters import ProductSearchInput, parse_filters
from catalog.api.public.parameters import ATTRIBUTE
from catalog.api.public.reads import Page, card_sql, cards_body, json_response, read_page
from catalog.api.public.serializers import (
    ProductCardSerializer,
    ProductSearchSerializer,
    SuggestionsSerializer,
)
from catalog.models import Product
from catalog.search.analytics import count_click, count_search, count_views
from catalog.search.facets import Facets, facets_body
from catalog.search.filters import Conditions, with_ids
from catalog.search.ranking import Place
from catalog.search.searching import (
    Attempt,
    RankedPage,
    is_nothing_found,
    search_ordered,
    search_ranked,
)
from catalog.search.suggesting import suggestions
from catalog.search.words import words_in
from marketplace.common.api.caching import PublicReadMixin
from marketplace.common.api.fields import TextField
from marketplace.common.api.lookups import get_by_id_or_slug
from marketplace.common.api.pagination import KeysetPagination, Window
from marketplace.common.api.schema import FIELDS, PAGE

RELEVANCE = "relevance"


class RankedPagination(KeysetPagination):
    """Pages of a ranking, in the cursors of every other list."""

    columns = ("attempt", "score", "id")

    def place(self, request: Request) -> tuple[Place | None, int]:
        """Return where the page begins and the attempt it belongs to. Raises: ValidationError."""
        cursor = self.cursor(request, list(self.columns), True)
        if cursor is None:
            return None, 0
        attempt, score, product_id = cursor["v"]
        try:
            pk = str(UUID(str(product_id)))
            return Place(int(score), pk, bool(cursor["b"])), int(attempt)
        except ValueError as error:
            raise ValidationError({"cursor": ["Take it from `next` or `previous`."]}) from error

    def cards(self, request: Request, found: RankedPage, place: Place | None) -> list[str]:
        """Return the cards of the page in order, and set its links."""
        number = found.attempt.number if found.attempt else 0
        rows = [
            {"attempt": number, "score": score, "id": pk, "card": card}
            for (score, pk), card in zip(found.rows, found.cards, strict=True)
        ]
        window = Window(
            None,
            list(self.columns),
            descending=True,
            limit=self.limit(request),
            backwards=place is not None and place.backwards,
            is_inside=place is not None,
        )
        return [row["card"] for row in self.close(window, rows, request)]


class ProductSearchView(PublicReadMixin, GenericAPIView[Product]):
    """Products that have every word of `q`: in title, brand, shop, category, attributes, text.

    Case and diacritics do not matter, but exact ones rank first; the last word may be the start of
    one; synonyms count. Where nothing has all words, the nearest spelling is searched for instead
    (`did_you_mean`), then any of the words. The most popular matches are ranked, 200 to 1,000 where
    there are so many; each facet counts those that pass all filters but its own.
    """

    serializer_class = ProductCardSerializer
    pagination_class = KeysetPagination
    is_stored = False

    @extend_schema(
        operation_id="products_search",
        parameters=[ProductSearchInput, ATTRIBUTE, *PAGE, FIELDS],
        responses=ProductSearchSerializer,
    )
    def get(self, request: Request) -> HttpResponseBase:
        filters, order = parse_filters(request, ProductSearchInput)
        text = filters.pop("q")
        filters = with_ids(filters)
        if order == RELEVANCE and words_in(text):
            found = self._ranked(request, text, filters)
        else:
            column = "-sold_count" if order == RELEVANCE else order
            found = self._ordered(request, text, filters, column)
        if "cursor" not in request.query_params:
            count_search(text, is_empty=is_nothing_found(found.attempt))
        meant = found.attempt.did_you_mean if found.attempt else None
        return json_response(
            b'{"results":%b,"next":%b,"previous":%b,"facets":%b,"did_you_mean":%b}'
            % (
                cards_body(self, found.cards),
                orjson.dumps(found.paginator.next_url),
                orjson.dumps(found.paginator.previous_url),
                facets_body(found.facets),
                orjson.dumps(meant),
            )
        )

    @staticmethod
    def _ranked(request: Request, text: str, filters: dict[str, Any]) -> "_Found":
        paginator = RankedPagination()
        place, attempt_number = paginator.place(request)
        found = search_ranked(
            text,
            filters,
            card=card_sql(request),
            limit=paginator.limit(request),
            place=place,
            attempt_number=attempt_number,
        )
        cards = paginator.cards(request, found, place)
        return _Found(cards, paginator, found.facets, found.attempt)

    @staticmethod
    def _ordered(request: Request, text: str, filters: dict[str, Any], order: str) -> "_Found":
        pages: list[Page] = []

        def read(passing: Conditions) -> bool:
            pages.append(read_page(request, passing, order))
            return bool(pages[-1].cards)

        attempt, facets = search_ordered(text, filters, read)
        cards = [card.decode() for card in pages[-1].cards]
        return _Found(cards, pages[-1].paginator, facets, attempt)


@dataclass(frozen=True)
class _Found:
    cards: list[str]
    paginator: KeysetPagination
    facets: Facets
    attempt: Attempt | None


class ProductSuggestView(PublicReadMixin, GenericAPIView[Any]):
    """What an autocomplete box offers for the text typed so far."""

    serializer_class = SuggestionsSerializer

    @extend_schema(
        operation_id="products_suggest",
        parameters=[OpenApiParameter("q", OpenApiTypes.STR, description="The text so far.")],
    )
    def get(self, request: Request) -> HttpResponseBase:
        found = suggestions(request.query_params.get("q", ""), card=card_sql(request))
        return json_response(
            b'{"products":%b,"categories":%b,"queries":%b}'
            % (
                cards_body(self, found.products),
                f"[{','.join(found.categories)}]".encode(),
                orjson.dumps(found.queries),
            )
        )


class CountSearchClickInput(serializers.Serializer[Any]):
    q = TextField(max_length=1000, help_text="What had been searched for.")
    product_id = serializers.UUIDField(help_text="The result that was chosen.")


class _CountView(APIView):
    """Counting is for everybody, says nothing about the caller, and answers with nothing."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class SearchClickView(_CountView):
    """Tell that somebody went on from the results of a search to a product.

    Counted per text and day, never per person.
    """

    @extend_schema(
        operation_id="products_search_click", request=CountSearchClickInput, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        given = CountSearchClickInput(data=request.data)
        given.is_valid(raise_exception=True)
        get_by_id_or_slug(Product.objects.public(), str(given.validated_data["product_id"]))
        count_click(given.validated_data["q"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProductSeenView(_CountView):
    """Tell that somebody looked at a product that was shown from a cache of your own.

    Counted per product and day, never per person. Reading the detail counts by itself.
    """

    @extend_schema(operation_id="products_view", request=None, responses={204: None})
    def post(self, request: Request, ref: str) -> Response:
        product = get_by_id_or_slug(Product.objects.public().only("pk"), ref)
        count_views({str(product.pk): 1})
        return Response(status=status.HTTP_204_NO_CONTENT)
