"""Requests as views see them."""

from typing import TYPE_CHECKING

from rest_framework.request import Request

if TYPE_CHECKING:
    from accounts.models import User


class AuthenticatedRequest(Request):
    """A request past IsAuthenticated: narrows `user` for the type checker."""

    user: "User"
