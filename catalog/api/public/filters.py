"""Reading what the address asks for; a value that makes no sense is refused by its name."""

from functools import cache
from typing import Any, Final

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from marketplace.common.api.fields import MoneyField, TextField

ORDERINGS: Final = {
    "newest": "-created_at",
    "price": "min_price_amount",
    "-price": "-min_price_amount",
    "rating": "-average_rating",
    "popular": "-sold_count",
}
# Not a column: what matches is ranked.
SEARCH_ORDERINGS: Final = {"relevance": "relevance", **ORDERINGS}
ATTRIBUTE_PREFIX: Final = "attr."
MAX_ATTRIBUTES: Final = 10
MAX_ATTRIBUTE_VALUES: Final = 20
MAX_TEXT: Final = 280


def _ordering_field(orderings: dict[str, str], default: str) -> serializers.ChoiceField:
    return serializers.ChoiceField(
        choices=list(orderings),
        default=default,
        error_messages={"invalid_choice": f"Choose one of: {', '.join(orderings)}."},
    )


class ProductListInput(serializers.Serializer[None]):
    """The filters of `GET /products`; what is left empty does not filter."""

    category = TextField(
        required=False, max_length=MAX_TEXT, help_text="Id or slug; what is below it counts too."
    )
    brand = TextField(required=False, max_length=MAX_TEXT, help_text="Id or slug.")
    shop = TextField(required=False, max_length=MAX_TEXT, help_text="Id or slug.")
    min_price = MoneyField(required=False, help_text="Of the cheapest variant.")
    max_price = MoneyField(required=False, help_text="Of the cheapest variant.")
    min_rating = serializers.DecimalField(
        required=False, max_digits=3, decimal_places=2, min_value=0, max_value=5
    )
    in_stock = serializers.BooleanField(required=False)
    on_sale = serializers.BooleanField(required=False)
    featured = serializers.BooleanField(required=False)
    ordering = _ordering_field(ORDERINGS, "newest")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "min_price" in attrs and attrs.get("max_price", attrs["min_price"]) < attrs["min_price"]:
            raise ValidationError({"max_price": "Must be at least min_price."}, code="min_value")
        return attrs


class ProductSearchInput(ProductListInput):
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        help_text="Empty finds everything. 100 characters and 10 words count.",
    )
    ordering = _ordering_field(SEARCH_ORDERINGS, "relevance")


def parse_filters(
    request: Request, input_class: type[ProductListInput]
) -> tuple[dict[str, Any], str]:
    """Return the filters by name (and `q`), and the column to order by. Raises: ValidationError."""
    given = {name: str(text) for name, text in request.query_params.items() if text}
    filters = _parsed(input_class, given)
    order = SEARCH_ORDERINGS[filters.pop("ordering")]
    filters["attributes"] = _attributes(request)
    return filters, order


def _parsed(input_class: type[ProductListInput], given: dict[str, str]) -> dict[str, Any]:
    """Return what the serializer's `validated_data` would be, without making one.

    To copy its dozen fields takes longer than the page.
    """
    reader = _reader(input_class)
    values, errors = {}, {}
    for name, field in reader.fields.items():
        if name in given:
            try:
                values[name] = field.run_validation(given[name])
            except ValidationError as error:
                errors[name] = error.detail
        elif field.default is not serializers.empty:
            values[name] = field.default
    if errors:
        raise ValidationError(errors)
    return reader.validate(values)


@cache
def _reader(input_class: type[ProductListInput]) -> ProductListInput:
    return input_class(data={})


def _attributes(request: Request) -> dict[str, list[str]]:
    found = {
        key.removeprefix(ATTRIBUTE_PREFIX): texts
        for key, values in request.query_params.lists()
        if key.startswith(ATTRIBUTE_PREFIX) and (texts := [text for text in values if text])
    }
    for name, values in found.items():
        if not name:
            raise _refusal(name, "Enter attr.<name>=<value>.")
        if len(values) > MAX_ATTRIBUTE_VALUES:
            raise _refusal(name, f"At most {MAX_ATTRIBUTE_VALUES} values.")
        if any(len(text) > MAX_TEXT for text in [name, *values]):
            raise _refusal(name[:MAX_TEXT], f"At most {MAX_TEXT} characters.")
    if len(found) > MAX_ATTRIBUTES:
        raise _refusal("", f"At most {MAX_ATTRIBUTES} attributes.")
    return found


def _refusal(name: str, message: str) -> ValidationError:
    return ValidationError({f"{ATTRIBUTE_PREFIX}{name}": [message]}, code="invalid")
