"""Bodies of requests, made from what the OpenAPI document says of them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from marketplace.tests.routes import resolved

# The way to a value inside a body: names of fields and positions in lists.
Way = tuple[str | int, ...]

_BY_FORMAT = {
    "uuid": "01900000-0000-7000-8000-000000000000",
    "email": "an@example.test",
    "date-time": "2030-01-01T00:00:00Z",
    "decimal": "100000",
    "uri": "https://example.test/",
}
_BY_NAME = {
    "phone_number": "+84911222333",
    "code": "123456",
    "country": "VN",
    "password": "correct-horse-battery",
    "new_password": "staple-battery-horse",
}


def example(schema: dict[str, Any], names: dict[str, Any], name: str = "") -> Any:
    """Return a plausible value; `names` are values for fields of those names, also in lists."""
    schema = resolved(schema)
    if name in names:
        return str(names[name])
    if "enum" in schema:
        return schema["enum"][0]
    if "oneOf" in schema:
        return example(schema["oneOf"][0], names, name)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {
                key: example(value, names, key)
                for key, value in fields.items()
                if not resolved(value).get("readOnly")
            }
        case "array":
            return [example(schema["items"], names, name.removesuffix("s"))]
        case "integer":
            return schema.get("minimum", 1)
        case "number":
            return 1.5
        case "boolean":
            return True
    return _BY_NAME.get(name) or _BY_FORMAT.get(schema.get("format", ""), "Xin chào")


def ways(body: Any) -> list[Way]:
    """Return the way to every value inside a body, those of lists and objects too.

    Of fields with one name at one depth, such as the hours of each weekday, one stands for all.
    """
    return list({(len(way), way[-1]): way for way in _ways(body)}.values())


def _ways(body: Any, way: Way = ()) -> Iterator[Way]:
    if way:
        yield way
    items = body.items() if isinstance(body, dict) else enumerate(body)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from _ways(value, (*way, key))
        else:
            yield (*way, key)


def replaced(body: Any, way: Way, value: Any) -> Any:
    """Return a copy of a body with one value replaced."""
    copy = deepcopy(body)
    target = copy
    for step in way[:-1]:
        target = target[step]
    target[way[-1]] = value
    return copy
