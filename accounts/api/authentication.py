"""Who is calling: a bearer access token whose session and account are still good."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError

from accounts.models import Session, User
from accounts.tokens import AccessToken


class SessionTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access>`. One query, so that a revoked session is out at once."""

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise _refused()
        try:
            token = AccessToken(parts[1].decode("ascii"))  # type: ignore[arg-type]
            session_id = token.session_id
        except (TokenError, UnicodeDecodeError, KeyError, ValueError, TypeError) as error:
            raise _refused() from error
        session = (
            Session.objects.select_related("user")
            .filter(pk=session_id, revoked_at=None, expires_at__gt=timezone.now())
            .first()
        )
        if session is None or not session.user.is_active:
            raise _refused()
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _refused() -> AuthenticationFailed:
    return AuthenticationFailed("The access token is not valid any more.", code="token_not_valid")
