"""Filters and locks of accounts."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.contrib.auth.models import BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.errors import TokenNotValid
from marketplace.common.prepared import Given

if TYPE_CHECKING:
    from accounts.models import Address, ApiKey, OneTimeCode, Session, User  # noqa: F401


class UserQuerySet(models.QuerySet["User"]):
    def open(self) -> Self:
        """Accounts that may act: neither suspended nor closed."""
        return self.filter(suspended_at=None, closed_at=None)

    def lock(self, user_id: UUID) -> "User":
        """Lock one account and read it. Raises: User.DoesNotExist.

        The weaker lock: rows that merely point at the account may be written meanwhile.
        """
        return self.select_for_update(of=("self",), no_key=True).get(pk=user_id)

    def lock_open(self, user_id: UUID) -> "User":
        """Lock the account of a caller. Raises: TokenNotValid when it was closed or shut out since.

        Who was let in a moment ago may have waited here for just that.
        """
        user = self.lock(user_id)
        if not user.is_active:
            raise TokenNotValid
        return user

    def identified_by(self, identifier: str) -> Self:
        """The account with this normalised phone number or e-mail address."""
        if "@" in identifier:
            # Spelled as in the unique index user_email_once; `iexact` would compare UPPER().
            return self.alias(email_key=Lower("email")).filter(email_key=identifier.lower())
        return self.filter(phone_number=identifier)


class UserManager(BaseUserManager["User"]):
    """The queryset's entry points, and what Django's backends and commands need.

    Written out because the type checker does not follow `BaseUserManager.from_queryset`.
    """

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def open(self) -> UserQuerySet:
        return self.get_queryset().open()

    def lock(self, user_id: UUID) -> "User":
        return self.get_queryset().lock(user_id)

    def lock_open(self, user_id: UUID) -> "User":
        return self.get_queryset().lock_open(user_id)

    def identified_by(self, identifier: str) -> UserQuerySet:
        return self.get_queryset().identified_by(identifier)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.identified_by(username or "").get()

    def create_user(self, password: str | None = None, **fields: object) -> "User":
        """Create an account; the identifiers must be normalised already."""
        user: User = self.model(**fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, password: str | None = None, **fields: object) -> "User":
        return self.create_user(password, **{**fields, "is_staff": True, "is_superuser": True})


class AddressQuerySet(models.QuerySet["Address"]):
    def of(self, user: "User | Given") -> Self:
        """Row scope: the user's own addresses that are not archived."""
        return self.filter(user=user, archived_at=None)


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self, now: datetime | Given | None = None) -> Self:
        """Sessions that may still act or refresh."""
        return self.filter(revoked_at=None, expires_at__gt=now or timezone.now())

    def of_console(self, session_id: str, user_id: UUID) -> Self:
        """A user's browser in the console that was not shut out."""
        return self.live().filter(pk=session_id, user_id=user_id, is_console=True)

    def enter_second_factor(self) -> int:
        """Note that a second factor was shown just now."""
        now = timezone.now()
        return self.update(second_factor_at=now, updated_at=now)

    def revoke(self) -> int:
        """End these sessions; returns how many were live."""
        now = timezone.now()
        return self.filter(revoked_at=None).update(revoked_at=now, updated_at=now)


class OneTimeCodeQuerySet(models.QuerySet["OneTimeCode"]):
    def live(self) -> Self:
        """Codes that can still be spent."""
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def kill(self) -> int:
        """Make these codes worthless."""
        now = timezone.now()
        return self.filter(used_at=None).update(used_at=now, updated_at=now)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def of(self, user: "User") -> Self:
        """Row scope: the user's own keys that were not revoked."""
        return self.filter(owner=user, revoked_at=None)

    def live(self) -> Self:
        """Keys that open something."""
        now = timezone.now()
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)
