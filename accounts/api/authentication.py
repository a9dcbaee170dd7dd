"""Who is calling: a bearer access token whose session and account are still good, or a key."""

import hmac
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.api.permissions import HasScope
from accounts.errors import AccountSuspended, TokenNotValid
from accounts.keys import hash_of, prefix_of
from accounts.models import ApiKey, Session, User
from accounts.tokens import read_access_token
from marketplace.common.audit.constants import ActorKind
from marketplace.common.audit.context import begin
from marketplace.common.prepared import Given, PreparedQuery

# `last_used_at` of a key is for people: once a minute is exact enough and spares a write per call.
KEY_USE_RESOLUTION = timedelta(minutes=1)


class SessionTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access>`. One query, so that a revoked session is out at once."""

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise _refused()
        try:
            session_id = read_access_token(parts[1].decode("ascii")).session_id
        except (TokenNotValid, UnicodeDecodeError) as error:
            raise _refused() from error
        is_for_staff = request.path.startswith("/api/v1/admin/")
        live = _live_session_and_factor if is_for_staff else _live_session
        found = live.instances(id=session_id, now=timezone.now())
        if not found or not found[0].user.is_active:
            raise _refused()
        _write_down(request, found[0].user)
        return found[0].user, found[0]

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class OptionalSessionAuthentication(SessionTokenAuthentication):
    """For calls that anybody may make: a token that is not valid any more counts as none."""

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        try:
            return super().authenticate(request)
        except AuthenticationFailed:
            return None


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-Key`, on views whose permissions name `HasScope`; anywhere else a key is nothing."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        text = request.headers.get("X-API-Key")
        if not text or not takes_keys((request.parser_context or {}).get("view")):
            return None
        prefix = prefix_of(text)
        found = ApiKey.objects.live().select_related("owner").filter(prefix=prefix).first()
        if (
            found is None
            or not hmac.compare_digest(found.key_hash, hash_of(text))
            or found.owner.closed_at is not None
        ):
            raise AuthenticationFailed("The API key is not valid.", code="token_not_valid")
        if found.owner.suspended_at is not None:
            raise AccountSuspended
        now = timezone.now()
        ApiKey.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lt=now - KEY_USE_RESOLUTION), pk=found.pk
        ).update(last_used_at=now)
        _write_down(request, found.owner, note=f"with the key {found.prefix}")
        return found.owner, found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


@PreparedQuery
def _live_session() -> Any:
    return Session.objects.live(Given("now")).select_related("user").filter(pk=Given("id"))


@PreparedQuery
def _live_session_and_factor() -> Any:
    """The same with the second factor, which the staff's calls ask for."""
    sessions = Session.objects.live(Given("now")).filter(pk=Given("id"))
    return sessions.select_related("user__second_factor")


def _write_down(request: Request, user: User, *, note: str = "") -> None:
    """Have the changes that sellers and staff make as such written down; buyers' are not."""
    if request.path.startswith("/api/v1/seller/"):
        begin(request._request, user.pk, ActorKind.SELLER, note=note)
    elif user.is_staff:
        begin(request._request, user.pk, ActorKind.STAFF, note=note)


def takes_keys(view: object) -> bool:
    """Tell whether a view lets API keys in, which is whether it names a scope."""
    get_permissions = getattr(view, "get_permissions", None)
    return get_permissions is not None and any(
        isinstance(permission, HasScope) for permission in get_permissions()
    )


def _refused() -> AuthenticationFailed:
    return AuthenticationFailed("The access token is not valid any more.", code="token_not_valid")
