"""Serializer fields and mixins that every app uses."""

import unicodedata
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.common import money
from marketplace.common.api.links import site_url
from marketplace.common.errors import InvalidInput
from marketplace.common.images import STORED_SIDE, CleanImage, clean_image
from marketplace.common.phones import normalise_phone
from marketplace.common.texts import normalise

MAX_QUANTITY = 999
# With them, a name can make the text around it read otherwise than it is.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = {"Cf", "Mn", "Me", "Zs"}


@extend_schema_field({"type": "string", "format": "decimal", "example": "199000"})
class MoneyField(serializers.Field[int, Any, str, Any]):
    """An amount: smallest units inside, a decimal string outside.

    Input is a decimal string or a JSON integer; a JSON float is refused, as it may not be exact.
    """

    default_error_messages = {
        "invalid": 'Enter an amount as a decimal string, such as "199000".',
        "min_value": "Must be at least {least}.",
    }

    def __init__(self, *, min_amount: int = 0, **kwargs: Any) -> None:
        self.min_amount = min_amount
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("invalid")
        try:
            amount = money.parse_amount(data)
        except money.InvalidAmount as error:
            raise serializers.ValidationError(str(error), code="invalid") from error
        if amount < self.min_amount:
            self.fail("min_value", least=money.format_amount(self.min_amount))
        return amount

    def to_representation(self, value: int) -> str:
        return money.format_amount(value)


class StrictIntegerField(serializers.IntegerField):
    """A whole number: no booleans, floats, full-width digits or underscores, within bounds.

    A multipart body has only text, so there plain ASCII digits count as a number.
    """

    def __init__(self, *, min_value: int = 0, max_value: int = 2**31 - 1, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and isinstance(
            getattr(self.root, "initial_data", None), QueryDict
        ):
            digits = data.removeprefix("-")
            if digits.isascii() and digits.isdigit() and len(digits) <= 19:
                return int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class QuantityField(StrictIntegerField):
    """Units of one variant: 1 to 999."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=kwargs.pop("min_value", 1), max_value=MAX_QUANTITY, **kwargs)


class TextField(serializers.CharField):
    """Text in NFC, so that equal-looking names are equal; JSON numbers are not text."""

    default_error_messages = {
        "combining_characters": "Too many combining characters in a row.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return normalise(super().to_internal_value(data))
        except ValueError:
            self.fail("combining_characters")


class LineField(TextField):
    """Text of one line: names, titles and the like, which also go into mail headers.

    It can be seen, and does not turn what stands beside it around.
    """

    default_error_messages = {"control_characters": "Line breaks and the like are not allowed."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text.isascii() and text.isprintable():
            return text
        categories = {unicodedata.category(char) for char in text}
        if categories & {"Cc", "Zl", "Zp"} or _BIDI_CONTROLS & set(text):
            self.fail("control_characters")
        if text and not self.allow_blank and categories <= _INVISIBLE:
            self.fail("blank")
        return text


class ImageUploadField(serializers.FileField):
    """An image in a multipart body, as a `CleanImage`: checked, upright, without metadata."""

    def __init__(self, *, max_side: int = STORED_SIDE, **kwargs: Any) -> None:
        self.max_side = max_side
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> CleanImage:
        uploaded = super().to_internal_value(data)
        try:
            return clean_image(uploaded, max_side=self.max_side)
        except InvalidInput as error:
            code = error.details[0]["code"]
            raise serializers.ValidationError(str(error), code=code) from error


class ImageUploadsField(serializers.ListField):
    """Several of them in one body."""

    child = ImageUploadField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text="JPEG, PNG or WebP, at most 10 MiB each.", **kwargs)


class PhoneField(TextField):
    """A phone number: national or international in, E.164 out."""

    default_error_messages = {
        "invalid_phone": "Enter a valid phone number, such as 0912345678 or +84912345678."
    }

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            return normalise_phone(text) if text else text
        except ValueError:
            self.fail("invalid_phone")


@extend_schema_field({"type": "number", "format": "double"})
class CoordinateField(serializers.Field[Decimal, Any, float, Any]):
    """Degrees of latitude (`limit=90`) or longitude (`limit=180`), to six decimals (10 cm)."""

    default_error_messages = {"invalid": "Enter degrees as a number from -{limit} to {limit}."}

    def __init__(self, *, limit: int, **kwargs: Any) -> None:
        self.limit = limit
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid", limit=self.limit)
        # Also false for NaN, which is in no order.
        if not -self.limit <= data <= self.limit:
            self.fail("invalid", limit=self.limit)
        return Decimal(str(data)).quantize(Decimal("0.000001"))

    def to_representation(self, value: Decimal | float) -> float:
        return float(value)


@extend_schema_field({"type": "string", "description": "ISO 4217.", "example": "VND"})
class CurrencyField(serializers.Field[str, Any, str, Any]):
    """The deployment's currency code; stands once beside an object's amounts."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.update(source="*", read_only=True)
        super().__init__(**kwargs)

    def to_representation(self, value: Any) -> str:
        return str(settings.MARKETPLACE_CURRENCY)


def media_url(name: str) -> str | None:
    """Return the absolute URL of a stored file; None for an empty name."""
    if not name:
        return None
    url = str(default_storage.url(name))
    return site_url(url) if url.startswith("/") else url


@extend_schema_field({"type": "string", "format": "uri", "nullable": True})
class MediaUrlField(serializers.Field[Any, Any, str | None, Any]):
    """A stored file, or its name in the storage, as an absolute URL."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["read_only"] = True
        super().__init__(**kwargs)

    def to_representation(self, value: FieldFile | str) -> str | None:
        return media_url(value if isinstance(value, str) else value.name or "")


class WholeObjectMixin:
    """A nested object that is stored as a whole: in a PATCH, too, its required fields must come.

    DRF would let a nested field be left out as soon as the outermost serializer is partial.
    """

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)  # type: ignore[misc]
        missing = {
            field.field_name: [
                serializers.ErrorDetail(field.error_messages["required"], code="required")
            ]
            for field in self._writable_fields  # type: ignore[attr-defined]
            if field.required and field.field_name not in data
        }
        if missing:
            raise serializers.ValidationError(missing)
        return values


class SparseFieldsMixin:
    """`?fields=id,title` keeps only those top-level fields of a result.

    Mix it into serializers that render a resource; nested serializers are left whole.
    """

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        serializer = super().many_init(*args, **kwargs)  # type: ignore[misc]
        if "context" in kwargs:
            serializer.child.fields  # noqa: B018 - an unknown name is refused on an empty list, too
        return serializer

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields: dict[str, serializers.Field[Any, Any, Any, Any]]
        fields = super().get_fields()  # type: ignore[misc]
        request = self.context.get("request")  # type: ignore[attr-defined]
        is_root = self.parent is None or self.parent.parent is None  # type: ignore[attr-defined]
        if request is None or request.method not in {"GET", "HEAD"} or not is_root:
            return fields
        wanted = request.query_params.get("fields")
        if not wanted:
            return fields
        names = [name.strip() for name in wanted.split(",") if name.strip()]
        unknown = [name for name in names if name not in fields]
        if unknown:
            raise serializers.ValidationError(
                {"fields": f"Unknown: {', '.join(unknown)}. Possible: {', '.join(fields)}."}
            )
        return {name: field for name, field in fields.items() if name in names}
