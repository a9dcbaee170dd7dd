"""How bearer tokens and API keys stand in the OpenAPI document."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse

from accounts.api.authentication import takes_keys


def refusal(codes: str) -> OpenApiResponse:
    """Document an error answer of a call that needs no token."""
    return OpenApiResponse({"$ref": "#/components/schemas/Refusal"}, description=codes)


class SessionTokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api.authentication.SessionTokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_requirement(self, auto_schema: Any) -> Any:
        return {"apiKey": []} if takes_keys(auto_schema.view) else None

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "header", "name": "X-API-Key"}
