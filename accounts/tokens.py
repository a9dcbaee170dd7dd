"""Access and refresh tokens of a session, signed by simplejwt; the session row is the truth."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.errors import TokenNotValid
from accounts.models import Session


class AccessToken(Token):
    """Opens the API for a quarter of an hour while its session lives."""

    token_type = "access"
    lifetime = timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)

    @property
    def session_id(self) -> UUID:
        return UUID(self["sid"])

    @property
    def user_id(self) -> UUID:
        return UUID(self["sub"])

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self["exp"], UTC)


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


def read_access_token(text: str) -> AccessToken:
    """Return what an access token says; whether its session lives is for the caller to ask.

    Raises: TokenNotValid when it is not ours, has expired, or says other things than ours do.
    """
    try:
        token = AccessToken(text)  # type: ignore[arg-type]
        _ = token.session_id, token.user_id, token.expires_at
    except (TokenError, LookupError, ArithmeticError, ValueError, OSError) as error:
        raise TokenNotValid from error
    except (TypeError, AttributeError) as error:  # claims of other types than ours
        raise TokenNotValid from error
    return token


def token_pair(session: Session) -> dict[str, str]:
    """Return the tokens `{"access", "refresh"}` for a session's present `token_id`."""
    access, refresh = AccessToken(), RefreshToken()
    for token in (access, refresh):
        token["sub"] = str(session.user_id)
        token["sid"] = str(session.pk)
    refresh["jti"] = session.token_id.hex
    return {"access": str(access), "refresh": str(refresh)}
