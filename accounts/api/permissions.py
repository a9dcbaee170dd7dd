"""Who may call what."""

from typing import Any, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.constants import ApiScope
from accounts.errors import NoShop, NotAllowed, RoleRequired, SecondFactorRequired
from accounts.models import ApiKey, Session, User
from accounts.selectors import lacks_second_factor, works_for_shop


class HasScope(BasePermission):
    """Lets API keys in that have the view's scope; callers with a token pass.

    A view names it after IsAuthenticated, and its scopes:

        permission_classes = (IsAuthenticated, HasShop, HasScope)
        read_scope, write_scope = ApiScope.READ_PRODUCTS, ApiScope.WRITE_PRODUCTS

    Views without it do not take keys at all.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            return True
        name = "read_scope" if request.method in SAFE_METHODS else "write_scope"
        scope: ApiScope | None = getattr(view, name, None)
        if scope is None or scope.value not in request.auth.scopes:
            needed = f"the scope {scope.value}" if scope else "a bearer token"
            raise NotAllowed(f"This call needs {needed}.")
        return True


class OwnsShop(BasePermission):
    """The caller has a shop, in whatever state. Raises: NoShop; RoleRequired for its members."""

    def has_permission(self, request: Request, view: Any) -> bool:
        # The shop is a higher app's: only that there is one is looked at.
        if not hasattr(request.user, "shop"):
            user = cast("User", request.user)  # who is nobody was refused before
            raise RoleRequired if works_for_shop(user) else NoShop
        return True


class HasRight(BasePermission):
    """Staff with the right that the view names for the method; everybody else gets a 403.

        permission_classes = (IsAuthenticated, HasRight)
        rights = {"GET": "accounts.view_user", "PATCH": "accounts.suspend_user"}

    The rights are those of the Django admin; an empty one lets all staff in. Where the console asks
    for a second factor, a token that was got without one opens nothing here.
    Raises: SecondFactorRequired.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not user.is_authenticated or not user.is_staff:
            return False
        shown_at = request.auth.second_factor_at if isinstance(request.auth, Session) else None
        if lacks_second_factor(user, shown_at):
            raise SecondFactorRequired
        method = str(request.method)
        if not hasattr(view, method.lower()):
            return True  # there is no such method, which is what the caller should hear
        if method == "OPTIONS":
            return True
        right: str = view.rights["GET" if method in SAFE_METHODS else method]
        return not right or user.has_perm(right)
