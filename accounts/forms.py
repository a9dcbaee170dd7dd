"""Forms of the Django admin: identifiers in one spelling, passwords through the services."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.forms import AdminPasswordChangeForm as SetPasswordForm
from django.contrib.auth.forms import ReadOnlyPasswordHashField, SetPasswordMixin

from accounts.identifiers import normal_email, normal_identifier
from accounts.models import User
from accounts.services import is_login_limited, set_password
from marketplace.common.api.network import client_ip
from marketplace.common.phones import normalise_phone


class LoginForm(AdminAuthenticationForm):
    """Says when there were too many attempts; the backend would refuse them anyway."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Phone number or e-mail"

    def clean(self) -> dict[str, Any]:
        try:
            identifier = normal_identifier(self.cleaned_data.get("username") or "")
        except ValueError:
            identifier = ""
        address = client_ip(self.request) if self.request is not None else "local"
        if identifier and is_login_limited(identifier, ip_address=address):
            raise forms.ValidationError(
                "Too many attempts. Try again in a quarter of an hour.", code="throttled"
            )
        return super().clean()


class OwnPasswordForm(AdminPasswordChangeForm):
    """Staff change their own password: every sign-in elsewhere ends, in the API too."""

    def __init__(self, *args: Any, keep_session: UUID | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keep_session = keep_session

    def save(self, commit: bool = True) -> Any:
        set_password(
            self.user.pk,
            self.cleaned_data["new_password1"],
            actor=None,
            keep_session=self.keep_session,
        )
        self.user.refresh_from_db()
        return self.user


class StaffSetsPasswordForm(SetPasswordForm):
    """Staff set a user's password: every sign-in of that user ends."""

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["set_usable_password"]:
            set_password(self.user.pk, self.cleaned_data["password1"], actor=None)
        else:
            set_password(self.user.pk, None, actor=None)
        self.user.refresh_from_db()
        return self.user


class UserForm(forms.ModelForm[User]):
    """Phone number and e-mail address as people type them."""

    class Meta:
        model = User
        fields = ("full_name", "phone_number", "email", "language")
        field_classes = {"phone_number": forms.CharField, "email": forms.CharField}

    def clean_phone_number(self) -> str | None:
        return self._clean_identifier("phone_number", normalise_phone)

    def clean_email(self) -> str | None:
        return self._clean_identifier("email", normal_email)

    def _clean_identifier(self, name: str, normalise: Callable[[str], str]) -> str | None:
        text = self.cleaned_data.get(name)
        if not text:
            return None
        try:
            value = normalise(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        if User.objects.identified_by(value).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another account has it.")
        return value

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        named = {"phone_number", "email"} & set(self.fields)
        if named and not self.errors and not any(data.get(name) for name in named):
            raise forms.ValidationError("Give a phone number, an e-mail address or both.")
        return data


class ChangeUserForm(UserForm):
    """An account that is there; its password can only be replaced, on a page of its own."""

    password = ReadOnlyPasswordHashField()


class NewUserForm(SetPasswordMixin, UserForm):
    """A new account; it still has to confirm its phone number or e-mail address."""

    password1, password2 = SetPasswordMixin.create_password_fields()

    def clean(self) -> dict[str, Any] | None:
        self.validate_passwords()
        self.validate_password_for_user(self.instance)
        return super().clean()

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        user.set_password(self.cleaned_data["password1"])
        if commit:
            user.save()
        return user


class SecondFactorForm(forms.Form):
    """A code of the device, or a recovery code."""

    code = forms.CharField(
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autofocus": True,
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )
