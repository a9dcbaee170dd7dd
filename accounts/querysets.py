"""Filters and locks of accounts."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.contrib.auth.models import BaseUserManager
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import Address, User  # noqa: F401


class UserQuerySet(models.QuerySet["User"]):
    def open(self) -> Self:
        """Accounts that may act: neither suspended nor closed."""
        return self.filter(suspended_at=None, closed_at=None)

    def lock(self, user_id: UUID) -> "User":
        """Lock one account and read it. Raises: User.DoesNotExist."""
        return self.select_for_update(of=("self",)).get(pk=user_id)

    def identified_by(self, identifier: str) -> Self:
        """The account with this normalised phone number or e-mail address."""
        if "@" in identifier:
            return self.filter(email__iexact=identifier)
        return self.filter(phone_number=identifier)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """What Django's `createsuperuser` and authentication backends need."""

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(Q(email__iexact=username) | Q(phone_number=username))
        return user

    def create_user(self, password: str | None = None, **fields: object) -> "User":
        """Create an account; the identifiers must be normalised already."""
        user: User = self.model(**fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, password: str | None = None, **fields: object) -> "User":
        return self.create_user(password, **{**fields, "is_staff": True, "is_superuser": True})


class AddressQuerySet(models.QuerySet["Address"]):
    def of(self, user: "User") -> Self:
        """Row scope: the user's own addresses that are not archived."""
        return self.filter(user=user, archived_at=None)
