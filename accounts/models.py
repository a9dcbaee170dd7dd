"""People: accounts, addresses, sessions, one-time codes and API keys."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from accounts.constants import AddressKind, ApiScope, Channel, CodePurpose
from accounts.querysets import (
    AddressQuerySet,
    ApiKeyQuerySet,
    OneTimeCodeQuerySet,
    SessionQuerySet,
    UserManager,
)
from marketplace.common.models import BaseModel


class User(BaseModel, AbstractBaseUser, PermissionsMixin):
    """A person. Every user can buy; who owns a shop sells; staff are Django staff with groups."""

    phone_number = models.CharField(max_length=16, null=True, blank=True, help_text="E.164.")
    email = models.EmailField(null=True, blank=True)
    full_name = models.CharField(max_length=150)
    avatar = models.ImageField(upload_to="avatars/", blank=True)
    language = models.CharField(max_length=5, default="vi")
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    is_staff = models.BooleanField(default=False)
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspension_reason = models.CharField(max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    sign_in_version = models.PositiveIntegerField(
        default=0, help_text="Raised to end every sign-in to the Django admin."
    )

    image_sides: ClassVar = {"avatar": 256}

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    objects = UserManager()

    class Meta:
        permissions = [
            ("suspend_user", "Can suspend users and lift suspensions"),
            ("view_personal_data", "Can see phone numbers, e-mail addresses and addresses"),
        ]
        constraints = [
            models.UniqueConstraint(name="user_phone_once", fields=["phone_number"]),
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            # A closed account has been anonymised; any other can be reached.
            models.CheckConstraint(
                name="user_has_identifier",
                condition=Q(phone_number__isnull=False)
                | Q(email__isnull=False)
                | Q(closed_at__isnull=False),
            ),
        ]
        indexes = [
            # How many registered on a day.
            models.Index(name="user_registered", fields=["created_at"]),
            # Of the many, the few that staff look for.
            models.Index(name="user_staff", fields=["-id"], condition=Q(is_staff=True)),
            models.Index(
                name="user_suspended", fields=["-id"], condition=Q(suspended_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or self.phone_number or str(self.pk)

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether the account may act; Django's admin and backends ask for this name."""
        return self.suspended_at is None and self.closed_at is None

    @property
    def is_verified(self) -> bool:
        """Whether at least one of the two identifiers was confirmed by a code."""
        return self.phone_verified_at is not None or self.email_verified_at is not None

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What Django compares on each request of a browser session: ends it when it changes."""
        return salted_hmac(
            "accounts.User.session",
            f"{self.password}:{self.sign_in_version}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


class Address(BaseModel):
    """Where parcels and bills go. Orders keep copies, so that editing one changes no order."""

    user = models.ForeignKey(User, models.CASCADE, related_name="addresses")
    kind = models.CharField(
        max_length=10, choices=AddressKind.choices, default=AddressKind.SHIPPING
    )
    recipient_name = models.CharField(max_length=150)
    phone_number = models.CharField(max_length=16)
    line1 = models.CharField(max_length=255)
    line2 = models.CharField(max_length=255, blank=True)
    ward = models.CharField(max_length=100, blank=True)
    district = models.CharField(max_length=100, blank=True)
    province = models.CharField(max_length=100)
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, default="VN")
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    is_default = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(
                name="address_one_default_per_kind",
                fields=["user", "kind"],
                condition=Q(is_default=True, archived_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.recipient_name}, {self.province}"


class Session(BaseModel):
    """One sign-in on one device: the family of all refresh tokens that descend from it.

    Only `token_id` may be spent; presenting an older one is theft and revokes the family.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    token_id = models.UUIDField(help_text="The only refresh token that is still good.")
    user_agent = models.CharField(max_length=255, blank=True)
    ip_address = models.CharField(max_length=45, blank=True)
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    is_console = models.BooleanField(
        default=False, help_text="A browser in the Django admin; it has no tokens."
    )
    second_factor_at = models.DateTimeField(
        null=True, blank=True, help_text="When a code from the user's device was entered, too."
    )

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = "sign-in"
        indexes = [models.Index(name="session_by_age", fields=["expires_at"])]

    def __str__(self) -> str:
        return f"{self.ip_address} {self.created_at:%Y-%m-%d %H:%M}"


class SecondFactor(BaseModel):
    """A device of staff that shows another code every half minute (TOTP, RFC 6238).

    Made when its first code was entered. Its key is nowhere stored: `accounts.totp` derives it from
    this row's id and the pepper, so that a stolen database opens no account.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="second_factor")
    last_step = models.BigIntegerField(
        help_text="The half minute of the last code that was used: none counts twice."
    )

    class Meta:
        verbose_name = "second factor"

    def __str__(self) -> str:
        return f"of {self.user_id}, {self.created_at:%Y-%m-%d}"


class RecoveryCode(BaseModel):
    """Stands in for a lost device, once; only a keyed hash is stored."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "recovery code"

    def __str__(self) -> str:
        return "used" if self.used_at else "unused"


class OneTimeCode(BaseModel):
    """A code sent to prove a phone number or mailbox.

    The digits are nowhere stored: `accounts.codes` derives them from this row's id and the pepper,
    so that a stolen database reveals none of them and no queue ever carries them.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="codes")
    purpose = models.CharField(max_length=20, choices=CodePurpose.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    destination = models.CharField(max_length=254)
    attempts = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True, help_text="Used, or replaced.")

    objects = OneTimeCodeQuerySet.as_manager()

    class Meta:
        verbose_name = "one-time code"
        indexes = [
            # What is tried, and what support searches by; the partial one below serves writers.
            models.Index(name="code_by_destination", fields=["destination"]),
            models.Index(name="code_by_age", fields=["expires_at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                name="code_one_live_per_purpose",
                fields=["user", "purpose", "channel"],
                condition=Q(used_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.channel}"


class ApiKey(BaseModel):
    """A third party's key to one shop's products or orders; shown once, stored hashed."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    # A higher app's row. Keys made before there was this column got their owner's own shop.
    shop_id = models.UUIDField(null=True, editable=False)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=30, choices=ApiScope.choices))
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
