"""Requests as views see them."""

from typing import TYPE_CHECKING, Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer

if TYPE_CHECKING:
    from accounts.models import User


class AuthenticatedRequest(Request):
    """A request past IsAuthenticated: narrows `user` for the type checker."""

    user: "User"


def parsed(serializer: Serializer[Any]) -> dict[str, Any]:
    """Return what was sent, as the serializer of it has checked it. Raises: ValidationError."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def query_of(request: Request, input_class: type[Serializer[Any]]) -> dict[str, Any]:
    """Return what the address asks for; what is left empty counts as left out.

    Raises: ValidationError.
    """
    given = {name: text for name, text in request.query_params.items() if text}
    return parsed(input_class(data=given))
