"""OpenAPI: every operation documents its refusals, and list parameters are the contract's."""

from typing import Any

from drf_spectacular.openapi import AutoSchema as BaseAutoSchema
from drf_spectacular.utils import OpenApiParameter

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "request_id"],
            "properties": {
                "code": {"type": "string", "description": "Stable, snake_case."},
                "message": {"type": "string", "description": "Says what would be right."},
                "details": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["field", "code", "message"],
                        "properties": {
                            "field": {"type": "string", "nullable": True},
                            "code": {"type": "string"},
                            "message": {"type": "string"},
                        },
                    },
                },
                "request_id": {"type": "string"},
            },
        }
    },
}

_DESCRIPTIONS = {
    "400": "`validation_error`, `parse_error`: not valid; `details` names the fields.",
    "401": "`not_authenticated`, `token_not_valid`: sign in.",
    "403": "`permission_denied`, `shop_not_active`, ...: not for this caller.",
    "404": "`not_found`: not there, or somebody else's.",
    "409": "A conflict with the present state, such as `out_of_stock` or `invalid_transition`.",
    "413": "`payload_too_large`.",
    "415": "`unsupported_media_type`.",
    "422": "`idempotency_key_reused`: the key was used with another body.",
    "429": "`throttled`: try again after `Retry-After` seconds.",
    "503": "`service_unavailable`: try again after `Retry-After` seconds.",
}


# For views whose answer is more than a page of rows, or one made by hand.
PAGE = [
    OpenApiParameter("limit", int, description="Rows per page: 1 to 100."),
    OpenApiParameter("cursor", str, description="Taken from `next` or `previous`."),
]
FIELDS = OpenApiParameter("fields", str, description="Keep only these fields, by comma.")


class AutoSchema(BaseAutoSchema):
    """Adds `?fields=` where the serializer takes it."""

    def get_override_parameters(self) -> list[Any]:
        from marketplace.common.api.fields import SparseFieldsMixin

        parameters: list[Any] = list(super().get_override_parameters())
        serializer = self.get_response_serializers() if self.method == "GET" else None
        serializer = getattr(serializer, "child", serializer)
        if isinstance(serializer, SparseFieldsMixin) or (
            isinstance(serializer, type) and issubclass(serializer, SparseFieldsMixin)
        ):
            parameters.append(FIELDS)
        return parameters


def document_errors(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Add the error answers that an operation can give to every operation of the schema."""
    result.setdefault("components", {}).setdefault("schemas", {})["Refusal"] = ERROR_SCHEMA
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            responses = operation["responses"]
            # A view names a refusal that is rare for its method alone, as `409: None`.
            named = [s for s in responses if s in _DESCRIPTIONS and "content" not in responses[s]]
            for status in named:
                del responses[status]
            for status in (*_statuses(path, method, operation), *named):
                responses.setdefault(
                    status,
                    {
                        "description": _DESCRIPTIONS[status],
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}
                        },
                    },
                )
    return result


def summarise(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Give each operation the first sentence of its description as the title that pages show."""
    for operations in result["paths"].values():
        for method, operation in operations.items():
            if method == "parameters" or operation.get("summary"):
                continue
            first_line = operation.get("description", "").strip().partition("\n\n")[0]
            sentence = " ".join(first_line.split()).partition(". ")[0].rstrip(".")
            if sentence:
                operation["summary"] = sentence
    return result


def _asks_for_a_row(operation: dict[str, Any]) -> bool:
    """Whether an id stands in the query: what it names may be missing, or somebody else's."""
    parameters = operation.get("parameters", [])
    return any(row.get("schema", {}).get("format") == "uuid" for row in parameters)


def _statuses(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    statuses = ["400", "429", "503"]
    if any(operation.get("security", [])):  # `{}` is the way in without signing in
        statuses += ["401", "403"]
    if "{" in path or "requestBody" in operation or _asks_for_a_row(operation):
        statuses.append("404")
    if method in {"post", "put", "patch", "delete"}:
        statuses.append("409")
    if "requestBody" in operation:
        statuses += ["413", "415"]
    if any(p.get("name") == "Idempotency-Key" for p in operation.get("parameters", [])):
        statuses.append("422")
    return statuses
