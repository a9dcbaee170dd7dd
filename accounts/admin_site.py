"""The console of the staff."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse


class AdminSite(admin.AdminSite):
    """Django's admin with the login and password forms of accounts."""

    site_header = "Marketplace"
    site_title = "Marketplace"
    index_title = "Console"

    @property
    def login_form(self) -> Any:  # type: ignore[override]
        from accounts.forms import LoginForm

        return LoginForm

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from accounts.forms import OwnPasswordForm

        request.current_app = self.name
        response: Any = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )(request)
        return cast(TemplateResponse, response)  # or the redirect that follows a change
