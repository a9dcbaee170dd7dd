from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.staff import MaskedMixin
from accounts.constants import (
    AVATAR_MAX_PIXELS,
    COUNTRIES,
    MAX_PASSWORD_LENGTH,
    OTP_DIGITS,
    AddressKind,
    ApiScope,
    Channel,
    Language,
    Role,
)
from accounts.identifiers import normal_email
from accounts.models import Address, ApiKey, User
from accounts.selectors import pending_identifiers, works_for_shop
from marketplace.common.api.fields import (
    CoordinateField,
    ImageUploadField,
    LineField,
    MediaUrlField,
    PhoneField,
    SparseFieldsMixin,
    TextField,
)

MAX_TOKEN_LENGTH = 4096


@extend_schema_field({"type": "string", "format": "email", "maxLength": 254})
class EmailAddressField(TextField):
    """An e-mail address, in lower case inside."""

    default_error_messages = {"invalid_email": "Enter an e-mail address, such as name@example.com."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            return normal_email(text) if text else text
        except ValueError:
            self.fail("invalid_email")


class PasswordField(serializers.CharField):
    """A password as typed: spaces count."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            trim_whitespace=False,
            max_length=MAX_PASSWORD_LENGTH,
            write_only=True,
            style={"input_type": "password"},
            **kwargs,
        )

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class CodeField(TextField):
    """The digits of a one-time code."""

    default_error_messages = {"invalid_code": f"Enter the {OTP_DIGITS} digits of the code."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not (text.isascii() and text.isdigit() and len(text) == OTP_DIGITS):
            self.fail("invalid_code")
        return text


class UserSerializer(SparseFieldsMixin, serializers.ModelSerializer[User]):
    """An account as its owner reads it."""

    avatar_url = MediaUrlField(source="avatar")
    is_phone_verified = serializers.SerializerMethodField()
    is_email_verified = serializers.SerializerMethodField()
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "id",
            "phone_number",
            "email",
            "full_name",
            "avatar_url",
            "is_phone_verified",
            "is_email_verified",
            "roles",
            "created_at",
        )
        read_only_fields: tuple[str, ...] = fields

    def get_is_phone_verified(self, user: User) -> bool:
        return user.phone_verified_at is not None

    def get_is_email_verified(self, user: User) -> bool:
        return user.email_verified_at is not None

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Role.choices)))
    def get_roles(self, user: User) -> list[str]:
        roles = [Role.BUYER.value]
        if not user._state.adding and works_for_shop(user):
            roles.append(Role.SELLER.value)
        if user.is_staff:
            roles.append(Role.STAFF.value)
        return roles


class StaffUserSerializer(MaskedMixin, UserSerializer):
    """An account as staff see it."""

    class Meta(UserSerializer.Meta):
        fields = (
            *UserSerializer.Meta.fields,
            "suspended_at",
            "suspension_reason",
            "closed_at",
        )
        read_only_fields = fields


class UserSearchInput(serializers.Serializer[Any]):
    """The query of the staff's list of accounts."""

    q = serializers.CharField(
        required=False, max_length=254, help_text="A whole phone number, e-mail address or id."
    )
    role = serializers.ChoiceField(
        choices=Role.choices, required=False, help_text="Everybody is a buyer."
    )
    suspended = serializers.BooleanField(required=False)


class SuspendUserInput(serializers.Serializer[Any]):
    suspended = serializers.BooleanField()
    reason = TextField(
        max_length=500,
        default="",
        allow_blank=True,
        help_text="Needed to suspend; the user reads it.",
    )


class ProfileSerializer(UserSerializer):
    """The account with what only its own settings page shows."""

    pending_phone_number = serializers.SerializerMethodField(
        help_text="A new number that waits for its code."
    )
    pending_email = serializers.SerializerMethodField(
        help_text="A new address that waits for its code."
    )

    class Meta(UserSerializer.Meta):
        fields = (*UserSerializer.Meta.fields, "language", "pending_phone_number", "pending_email")
        read_only_fields = fields

    def get_pending_phone_number(self, user: User) -> str | None:
        return self._pending(user)["pending_phone_number"]

    def get_pending_email(self, user: User) -> str | None:
        return self._pending(user)["pending_email"]

    def _pending(self, user: User) -> dict[str, str | None]:
        if not hasattr(self, "_pending_cache"):
            self._pending_cache = pending_identifiers(user)
        return self._pending_cache


class IdentifierInput(serializers.Serializer[None]):
    """A phone number or an e-mail address."""

    phone_number = PhoneField(required=False, allow_null=True, allow_blank=True)
    email = EmailAddressField(required=False, allow_null=True, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("phone_number", "email"):
            attrs[name] = attrs.get(name) or None
        if not (attrs["phone_number"] or attrs["email"]):
            raise serializers.ValidationError(
                {"phone_number": ["Give a phone number or an e-mail address."]}, code="required"
            )
        return attrs

    @property
    def identifier(self) -> str:
        """The one that counts when both were given: the phone number."""
        data: dict[str, Any] = self.validated_data
        return str(data["phone_number"] or data["email"])


class RegisterInput(IdentifierInput):
    password = PasswordField()
    full_name = LineField(max_length=150)
    language = serializers.ChoiceField(choices=Language.choices, required=False)


class VerificationSerializer(serializers.Serializer[Any]):
    channel = serializers.ChoiceField(choices=Channel.choices)
    destination = serializers.CharField(help_text="Masked.")
    expires_in = serializers.IntegerField(help_text="Seconds.")


class RegistrationSerializer(serializers.Serializer[Any]):
    """The answer to a registration; whether an account came of it, only the code shows."""

    user = UserSerializer()
    verification = VerificationSerializer(source="*")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        instance.user.created_at = timezone.now()
        return super().to_representation(instance)


class VerifyOtpInput(IdentifierInput):
    code = CodeField()


class LoginInput(IdentifierInput):
    password = PasswordField()
    code = TextField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="Of staff: the code of the second factor, or a recovery code.",
    )


class RefreshInput(serializers.Serializer[None]):
    refresh = TextField(max_length=MAX_TOKEN_LENGTH)


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class SignInSerializer(TokensSerializer):
    user = UserSerializer()


class ResetPasswordInput(IdentifierInput):
    code = CodeField()
    new_password = PasswordField()


class ChangePasswordInput(serializers.Serializer[None]):
    current_password = PasswordField()
    new_password = PasswordField()


class UpdateProfileInput(serializers.Serializer[None]):
    """A new phone number or e-mail address needs the present password and then its code."""

    full_name = LineField(max_length=150)
    language = serializers.ChoiceField(choices=Language.choices, required=False)
    phone_number = PhoneField(required=False, allow_null=True)
    email = EmailAddressField(required=False, allow_null=True)
    current_password = PasswordField(required=False)


class CloseAccountInput(serializers.Serializer[None]):
    password = PasswordField()


class AvatarInput(serializers.Serializer[None]):
    avatar = ImageUploadField(max_side=AVATAR_MAX_PIXELS)


class AddressSerializer(SparseFieldsMixin, serializers.ModelSerializer[Address]):
    latitude = CoordinateField(limit=90, allow_null=True)
    longitude = CoordinateField(limit=180, allow_null=True)

    class Meta:
        model = Address
        fields = (
            "id",
            "kind",
            "recipient_name",
            "phone_number",
            "line1",
            "line2",
            "ward",
            "district",
            "province",
            "postal_code",
            "country",
            "latitude",
            "longitude",
            "is_default",
        )
        read_only_fields = fields


class AddressInput(serializers.Serializer[None]):
    kind = serializers.ChoiceField(choices=AddressKind.choices, default=AddressKind.SHIPPING)
    recipient_name = LineField(max_length=150)
    phone_number = PhoneField()
    line1 = LineField(max_length=255)
    line2 = LineField(max_length=255, allow_blank=True, default="")
    ward = LineField(max_length=100, allow_blank=True, default="")
    district = LineField(max_length=100, allow_blank=True, default="")
    province = LineField(max_length=100)
    postal_code = LineField(max_length=20, allow_blank=True, default="")
    country = TextField(min_length=2, max_length=2, default="VN")
    latitude = CoordinateField(limit=90, allow_null=True, default=None)
    longitude = CoordinateField(limit=180, allow_null=True, default=None)
    is_default = serializers.BooleanField(required=False)

    def validate_country(self, value: str) -> str:
        if value.upper() not in COUNTRIES:
            raise serializers.ValidationError(
                "Enter a country code of ISO 3166-1 alpha-2, such as VN.", code="invalid_choice"
            )
        return value.upper()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = {name for name in ("latitude", "longitude") if attrs.get(name) is not None}
        named = {name for name in ("latitude", "longitude") if name in attrs}
        if named and len(given) == 1:
            missing = ({"latitude", "longitude"} - given).pop()
            raise serializers.ValidationError(
                {missing: ["Latitude and longitude go together."]}, code="required"
            )
        return attrs


class ApiKeySerializer(SparseFieldsMixin, serializers.ModelSerializer[ApiKey]):
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=ApiScope.choices))

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = (
            "id",
            "shop_id",
            "name",
            "prefix",
            "scopes",
            "expires_at",
            "last_used_at",
            "created_at",
        )
        read_only_fields: tuple[str, ...] = fields


class NewApiKeySerializer(ApiKeySerializer):
    """The only answer that ever shows a key."""

    key = serializers.CharField(read_only=True)

    class Meta(ApiKeySerializer.Meta):
        fields = (*ApiKeySerializer.Meta.fields, "key")
        read_only_fields = fields


class CreateApiKeyInput(serializers.Serializer[None]):
    name = LineField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=ApiScope.choices), allow_empty=False, max_length=10
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_expires_at(self, value: Any) -> Any:
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("Must be in the future.", code="min_value")
        return value


class ExportSerializer(serializers.Serializer[Any]):
    """All data held about the caller; further sections as the site has more to tell."""

    profile = ProfileSerializer()
    addresses = serializers.ListField(child=serializers.DictField())
    sign_ins = serializers.ListField(child=serializers.DictField())
    one_time_codes = serializers.ListField(child=serializers.DictField())
    api_keys = serializers.ListField(child=serializers.DictField())
