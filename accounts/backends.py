"""How the Django admin signs people in."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.identifiers import normal_identifier
from accounts.models import User
from accounts.services import check_credentials, record_refusal
from marketplace.common.audit.context import Origin, origin_of
from marketplace.common.errors import DomainError


class IdentifierBackend(ModelBackend):
    """Phone number or e-mail address with the password; suspended and closed accounts never.

    `get_user` asks `is_active` on each request, so that their browser sessions are dead as well.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        identifier = username or kwargs.get("email")
        if not identifier or password is None:
            return None
        origin = origin_of(request) if request is not None else Origin("", "local")
        try:
            normal = normal_identifier(identifier)
            user = check_credentials(normal, password, origin=origin)
        except (DomainError, ValueError):
            return None
        if user.is_active:
            return user
        if user.is_staff:
            record_refusal(user, "suspended", origin=origin)
        return None

    def get_user(self, user_id: Any) -> User | None:
        """Read the user of a browser's session together with the second factor."""
        found = User.objects.get_queryset().select_related("second_factor").filter(pk=user_id)
        user = found.first()
        return user if user is not None and self.user_can_authenticate(user) else None
