"""Fields of products that both the sellers' API and their files of rows are read with."""

import unicodedata
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.constants import (
    MAX_ATTRIBUTE_NAME_LENGTH,
    MAX_ATTRIBUTE_VALUE_LENGTH,
    MAX_ATTRIBUTE_VALUES,
    MAX_ATTRIBUTES,
)
from marketplace.common.api.fields import LineField


@extend_schema_field(
    {
        "type": "object",
        "maxProperties": MAX_ATTRIBUTES,
        "additionalProperties": {
            "oneOf": [
                {"type": "string", "maxLength": MAX_ATTRIBUTE_VALUE_LENGTH},
                {
                    "type": "array",
                    "maxItems": MAX_ATTRIBUTE_VALUES,
                    "items": {"type": "string", "maxLength": MAX_ATTRIBUTE_VALUE_LENGTH},
                },
            ]
        },
        "example": {"Màu": "Đỏ", "Chất liệu": ["Cotton", "Lanh"]},
    }
)
class AttributesField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """Names to a text or a list of texts, in NFC; what buyers filter by."""

    default_error_messages = {
        "not_an_object": "Enter an object of names and texts.",
        "max_length": f"At most {MAX_ATTRIBUTES} attributes.",
        "name": f"Names have 1 to {MAX_ATTRIBUTE_NAME_LENGTH} characters.",
        "repeated": "The name {name} stands twice.",
        "value": f"Values are a text of 1 to {MAX_ATTRIBUTE_VALUE_LENGTH} characters, "
        f"or a list of 1 to {MAX_ATTRIBUTE_VALUES} of them.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        if len(data) > MAX_ATTRIBUTES:
            self.fail("max_length")
        attributes: dict[str, Any] = {}
        for raw_name, value in data.items():
            name = _plain(raw_name)
            if not 1 <= len(name) <= MAX_ATTRIBUTE_NAME_LENGTH:
                self.fail("name")
            if name in attributes:
                self.fail("repeated", name=name)
            attributes[name] = self._value(value)
        return attributes

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            if not 1 <= len(value) <= MAX_ATTRIBUTE_VALUES:
                self.fail("value")
            return [self._text(item) for item in value]
        return self._text(value)

    def _text(self, value: Any) -> str:
        text = _plain(value) if isinstance(value, str) else ""
        if not 1 <= len(text) <= MAX_ATTRIBUTE_VALUE_LENGTH:
            self.fail("value")
        return text


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


class SkuField(LineField):
    """A sku in NFKC: full-width letters and the like are no other sku."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_internal_value(data))
