from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField, QuerySet
from django.forms import ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest
from django.urls import reverse

from accounts import services
from accounts.forms import ChangeUserForm, NewUserForm, StaffSetsPasswordForm
from accounts.models import Address, ApiKey, OneTimeCode, SecondFactor, Session, User
from accounts.selectors import users_found_by
from marketplace.common.admin import (
    ModelAdmin,
    NoDeleteAdmin,
    ReadOnlyAdmin,
    link_to,
    reason_action,
    row_action,
    staff,
)
from marketplace.common.audit.history import HistoryAdmin
from marketplace.common.panels import SHOWN, Panel, PanelsAdmin, moment, panels


class _EndsAccess:
    """Mix in before ModelAdmin: actions that shut people or programs out ask for one permission."""

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.suspend_user")


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("suspended", "Suspended"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        match self.value():
            case "open":
                return queryset.filter(suspended_at=None, closed_at=None)
            case "suspended":
                return queryset.filter(suspended_at__isnull=False)
            case "closed":
                return queryset.filter(closed_at__isnull=False)
        return queryset


@panels("accounts.user")
def _sign_ins(request: HttpRequest, user: User) -> list[Panel]:
    found = []
    if request.user.has_perm("accounts.view_session"):
        newest = Session.objects.filter(user=user).order_by("-id")[:SHOWN]
        found.append(
            Panel(
                "Sign-ins",
                columns=["Last used", "Address", "Program", "Ended"],
                rows=[
                    [
                        link_to(session, moment(session.last_used_at)),
                        session.ip_address,
                        session.user_agent[:60] or "–",
                        moment(session.revoked_at),
                    ]
                    for session in newest
                ],
                url=f"{reverse('admin:accounts_session_changelist')}?q={user.pk}",
            )
        )
    return found


@admin.register(User)
class UserAdmin(PanelsAdmin, _EndsAccess, NoDeleteAdmin, ModelAdmin[User], DjangoUserAdmin):
    """People. Only a superuser touches staff, groups and permissions."""

    form = ChangeUserForm
    add_form = NewUserForm
    change_password_form = StaffSetsPasswordForm
    list_display = ["full_name", "phone_number", "email", "state", "is_staff", "created_at"]
    list_filter = [StateFilter, "is_staff"]
    search_fields = ["id"]
    search_help_text = "The whole phone number, e-mail address or id."
    ordering = ["-id"]
    filter_horizontal = ["groups", "user_permissions"]
    actions = ["suspend", "unsuspend", "log_out_everywhere", "reset_second_factor"]
    readonly_fields = [
        "id",
        "state",
        "phone_verified_at",
        "email_verified_at",
        "suspended_at",
        "suspension_reason",
        "closed_at",
        "last_login",
        "created_at",
        "updated_at",
    ]
    fieldsets = [
        (None, {"fields": ["id", "full_name", "phone_number", "email", "language", "password"]}),
        ("State", {"fields": ["state", "suspended_at", "suspension_reason", "closed_at"]}),
        ("Rights", {"fields": ["is_staff", "is_superuser", "groups", "user_permissions"]}),
        (
            "Dates",
            {
                "fields": [
                    "phone_verified_at",
                    "email_verified_at",
                    "last_login",
                    "created_at",
                    "updated_at",
                ]
            },
        ),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": [
                    "full_name",
                    "phone_number",
                    "email",
                    "language",
                    "password1",
                    "password2",
                ],
            },
        )
    ]
    _rights = ("is_staff", "is_superuser", "groups", "user_permissions")

    @admin.display(description="state")
    def state(self, user: User) -> str:
        if user.closed_at:
            return "closed"
        if user.suspended_at:
            return "suspended"
        return "open" if user.is_verified else "unverified"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Exact and by index: a `LIKE` over all people would be neither fast nor needed."""
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(pk__in=users_found_by(term).values("pk")), False

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        """Permissions are named after their models: one statement, not one for each of hundreds."""
        if db_field.name == "user_permissions":
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else [*fields, *self._rights]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_staff and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool
    ) -> None:
        """Write only what was changed: a suspension meanwhile must not be undone by a stale form.

        Other rights end all sign-ins.
        """
        if not change:
            obj.save(force_insert=True)
            return
        columns = {field.name for field in User._meta.concrete_fields}
        changed = [name for name in form.changed_data if name in columns]
        identifiers = {"phone_number", "email"} & set(changed)
        if plain := [name for name in changed if name not in identifiers]:
            obj.save(update_fields=[*plain, "updated_at"])
        if identifiers:
            new = {name: getattr(obj, name) for name in sorted(identifiers)}
            services.replace_identifiers(obj.pk, actor=staff(request), **new)
        if {"is_staff", "is_superuser"} & set(changed) and obj.pk != request.user.pk:
            services.log_out_everywhere(obj.pk)

    @reason_action(description="Suspend selected users…", permissions=["suspend"])
    def suspend(self, request: HttpRequest, user_id: UUID, reason: str) -> None:
        services.suspend_user(user_id, actor=staff(request), reason=reason)

    @row_action(description="Lift the suspension of selected users", permissions=["suspend"])
    def unsuspend(self, request: HttpRequest, user_id: UUID) -> None:
        services.unsuspend_user(user_id, actor=staff(request))

    @row_action(description="Log selected users out everywhere", permissions=["suspend"])
    def log_out_everywhere(self, request: HttpRequest, user_id: UUID) -> None:
        services.end_sign_ins(user_id, actor=staff(request))

    def has_reset_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may let somebody in again who has lost the second factor."""
        return bool(request.user.is_superuser)

    @row_action(description="Take away the lost second factor", permissions=["reset"])
    def reset_second_factor(self, request: HttpRequest, user_id: UUID) -> None:
        services.reset_second_factor(user_id, actor=staff(request))

    def rows_of_history(self, object_id: str) -> dict[str, list[Any]]:
        """Add the user's keys and second factor."""
        keys = ApiKey.objects.filter(owner__id=object_id).values_list("pk", flat=True)
        factor = SecondFactor.objects.filter(user_id=object_id).values_list("pk", flat=True)
        return super().rows_of_history(object_id) | {
            "accounts.apikey": list(keys),
            "accounts.secondfactor": list(factor),
        }


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(HistoryAdmin, DjangoGroupAdmin):
    """Groups decide what staff may do, so only a superuser changes them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(Address)
class AddressAdmin(ReadOnlyAdmin, ModelAdmin[Address]):
    """Addresses are their owners' to change."""

    list_display = ["recipient_name", "phone_number", "province", "kind", "is_default", "user"]
    list_filter = ["kind"]
    list_select_related = ["user"]
    search_fields = ["=phone_number"]
    id_fields = ("pk", "user")
    search_help_text = "The whole phone number, or the user's id."
    ordering = ["-id"]


@admin.register(Session)
class SessionAdmin(_EndsAccess, ReadOnlyAdmin, ModelAdmin[Session]):
    """Sign-ins; their tokens are nowhere to be seen."""

    list_display = [
        *("user", "is_console", "ip_address", "user_agent", "last_used_at", "expires_at"),
        "revoked_at",
    ]
    list_filter = ["is_console"]
    list_select_related = ["user"]
    search_fields = ["=ip_address"]
    id_fields = ("pk", "user")
    search_help_text = "The user's id, or an address."
    ordering = ["-id"]
    exclude = ["token_id"]
    hidden_fields = ("token_id",)
    actions = ["revoke"]

    @row_action(description="End selected sign-ins", permissions=["suspend"])
    def revoke(self, request: HttpRequest, session_id: UUID) -> None:
        services.end_sign_in(session_id, actor=staff(request))


@admin.register(OneTimeCode)
class OneTimeCodeAdmin(ReadOnlyAdmin, ModelAdmin[OneTimeCode]):
    """Codes that were sent, for "I got no code"; their digits are stored nowhere."""

    list_display = ["destination", "purpose", "channel", "attempts", "created_at", "used_at"]
    list_filter = ["purpose", "channel"]
    search_fields = ["=destination"]
    id_fields = ("pk", "user")
    search_help_text = "The whole phone number or e-mail address, or the user's id."
    ordering = ["-id"]


@admin.register(ApiKey)
class ApiKeyAdmin(_EndsAccess, ReadOnlyAdmin, ModelAdmin[ApiKey]):
    """Keys of third parties; staff can end one."""

    list_display = ["name", "prefix", "owner", "scopes", "last_used_at", "expires_at", "revoked_at"]
    list_select_related = ["owner"]
    search_fields = ["=prefix"]
    id_fields = ("pk", "owner")
    search_help_text = "The whole prefix, or the owner's id."
    ordering = ["-id"]
    exclude = ["key_hash"]
    hidden_fields = ("key_hash",)
    actions = ["revoke"]

    @row_action(description="Revoke selected keys", permissions=["suspend"])
    def revoke(self, request: HttpRequest, key_id: UUID) -> None:
        services.revoke_api_key(key_id, owner=None)
