"""How the Django admin signs people in."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class IdentifierBackend(ModelBackend):
    """Phone number or e-mail address with the password; suspended and closed accounts never."""

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
        user = User.objects.identified_by(identifier).first()
        if user is None:
            User().set_password(password)  # the same time as for a known user
            return None
        return user if user.check_password(password) and user.is_active else None
