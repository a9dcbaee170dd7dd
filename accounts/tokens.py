"""Access and refresh tokens of a session, signed by simplejwt; the session row is the truth."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.tokens import Token

from accounts.models import Session


class AccessToken(Token):
    """Opens the API for a quarter of an hour while its session lives."""

    token_type = "access"
    lifetime = timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)

    @property
    def session_id(self) -> UUID:
        return UUID(self["sid"])


class RefreshToken(Token):
    """Buys one new pair of tokens; `jti` is the session's `token_id` while it is unspent."""

    token_type = "refresh"
    lifetime = timedelta(seconds=settings.REFRESH_TOKEN_SECONDS)

    @property
    def session_id(self) -> UUID:
        return UUID(self["sid"])

    @property
    def token_id(self) -> UUID:
        return UUID(self["jti"])


def token_pair(session: Session) -> dict[str, str]:
    """Return the tokens `{"access", "refresh"}` for a session's present `token_id`."""
    access, refresh = AccessToken(), RefreshToken()
    for token in (access, refresh):
        token["sub"] = str(session.user_id)
        token["sid"] = str(session.pk)
    refresh["jti"] = session.token_id.hex
    return {"access": str(access), "refresh": str(refresh)}
