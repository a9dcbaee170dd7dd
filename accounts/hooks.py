"""Where higher apps take part in what accounts do; they register in their `AppConfig.ready()`."""

import logging
from collections.abc import Callable
from typing import Any

from accounts.models import User

logger = logging.getLogger(__name__)

# Called after a sign-in with the request's X-Cart-Token, or None.
sign_in_hooks: list[Callable[[User, str | None], None]] = []
# Called in the transaction that closes an account, to end what hangs on it; raise a DomainError to
# refuse, such as while orders are open.
closing_checks: list[Callable[[User], None]] = []
# Further sections of the export of all that is held about a user; values must be JSON.
export_sections: dict[str, Callable[[User], Any]] = {}


def run_sign_in_hooks(user: User, cart_token: str | None) -> None:
    """Run every hook; none of them can make the sign-in fail."""
    for hook in sign_in_hooks:
        try:
            hook(user, cart_token)
        except Exception:
            logger.exception("Sign-in hook %r failed for user %s", hook, user.pk)
