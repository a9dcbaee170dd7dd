"""The console of the staff: what waits for them, and its sections in their order."""

from dataclasses import dataclass
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from marketplace.common.audit.constants import ActorKind
from marketplace.common.audit.context import begin
from marketplace.common.charts import console_charts

MAX_WAITING = 99
# How many days the charts can show.
CHART_DAYS = (7, 30, 90)
DEFAULT_DAYS = 30


def _chosen_days(request: HttpRequest) -> int:
    chosen = request.GET.get("days", "")
    return next((days for days in CHART_DAYS if str(days) == chosen), DEFAULT_DAYS)


@dataclass(frozen=True)
class Waiting:
    """Rows that wait for staff: how many, as far as a person would count, and where they are."""

    title: str
    count: int
    is_more: bool
    url: str


class AdminSite(admin.AdminSite):
    """Django's admin with the login and password forms of accounts."""

    site_header = "Marketplace"
    site_title = "Marketplace"
    index_title = "Console"
    index_template = "admin/console.html"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        queues = self.waiting(request)
        days = _chosen_days(request)
        context = {
            "queues": [queue for queue in queues if queue.count],
            "empty_queues": [queue for queue in queues if not queue.count],
            "charts": [chart for make in console_charts for chart in make(request, days)],
            "days": days,
            "day_choices": CHART_DAYS,
        }
        return super().index(request, {**context, **(extra_context or {})})

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Have what is changed on any page of the console written down."""

        @wraps(view)
        def audited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            begin(request, request.user.pk, ActorKind.STAFF)
            return view(request, *args, **kwargs)

        return super().admin_view(audited, cacheable)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        order = {label: place for place, label in enumerate(settings.CONSOLE_SECTIONS)}
        sections = super().get_app_list(request, app_label)
        for section in sections:
            if section["app_label"] == "auth":
                section["name"] = "Rights of staff"
        return sorted(sections, key=lambda section: order.get(section["app_label"], len(order)))

    def waiting(self, request: Any) -> list[Waiting]:
        """Return every queue that the caller may see, the empty ones too; one statement each."""
        # Knows models, which are not there yet when the site is made.
        from marketplace.common.moderation.queue import QueueAdmin

        found = []
        for model, model_admin in self._registry.items():
            waiting = getattr(model_admin, "waiting", None)
            if waiting is None or not model_admin.has_view_permission(request):
                continue
            title, where = waiting
            rows = model_admin.get_queryset(request).filter(**where).order_by()
            count = rows[: MAX_WAITING + 1].count()
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            url = f"{reverse(name)}?{urlencode(where)}"
            if isinstance(model_admin, QueueAdmin) and model_admin.may_decide(request):
                url = model_admin.queue_url()
            found.append(Waiting(title, min(count, MAX_WAITING), count > MAX_WAITING, url))
        return found

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff whose second factor was asked for, from a browser that was not shut out."""
        from accounts.console import Standing, standing_of

        return super().has_permission(request) and standing_of(request) is Standing.IN

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the password, and then for the second factor."""
        from accounts import console

        is_staff = request.method == "GET" and super().has_permission(request)
        if is_staff and console.standing_of(request) in console.HALF_WAY:
            return HttpResponseRedirect(console.second_factor_url(request))
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            console.password_accepted(request)
        return response

    def get_urls(self) -> list[Any]:
        from accounts import console

        # Not behind `admin_view`: who has not shown it is not let in yet.
        second_factor = never_cache(csrf_protect(partial(console.second_factor, self)))
        return [
            path("second-factor/", second_factor, name="second_factor"),
            path("sign-ins/", self.admin_view(partial(console.sign_ins, self)), name="sign_ins"),
            *super().get_urls(),
        ]

    @property
    def login_form(self) -> Any:  # type: ignore[override]
        from accounts.forms import LoginForm

        return LoginForm

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from accounts.console import OwnPasswordView

        request.current_app = self.name
        response: Any = OwnPasswordView.as_view(
            success_url=reverse("admin:password_change_done", current_app=self.name),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )(request)
        return cast(TemplateResponse, response)  # or the redirect that follows a change
