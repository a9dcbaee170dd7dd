"""Who is let into the console, and the pages of its staff about themselves.

Behind the password comes the second factor: asked for where there is one, and enrolled first where
the deployment demands one. A browser that was let in is a sign-in like those to the API, listed
and revoked with them.
"""

from enum import Enum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import services
from accounts.forms import OwnPasswordForm, SecondFactorForm
from accounts.models import SecondFactor, Session, User
from accounts.totp import address_of, key_of, qr_path, readable
from marketplace.common.api.network import client_ip
from marketplace.common.audit.constants import ActorKind, Operation
from marketplace.common.audit.context import begin, origin_of
from marketplace.common.audit.services import record_event
from marketplace.common.errors import DomainError
from marketplace.common.ids import uuid7

# What the browser's session remembers.
SIGN_IN = "sign_in"
SECOND_FACTOR = "second_factor"
ENROLLING = "enrolling"
MAX_SHOWN = 100


class Standing(Enum):
    """How far somebody with the right password has come."""

    IN = "in"
    CODE = "code"
    ENROL = "enrol"
    ENDED = "ended"


HALF_WAY = frozenset({Standing.CODE, Standing.ENROL})


def standing_of(request: HttpRequest) -> Standing:
    """Tell how far the caller, who is staff, has come; found out once per request."""
    known = getattr(request, "_standing", None)
    if known is not None and known[0] == request.user.pk:
        return known[1]  # type: ignore[no-any-return]
    standing = _standing(request)
    request._standing = (request.user.pk, standing)  # type: ignore[attr-defined]
    if standing is Standing.ENDED:
        logout(request)
    return standing


def _standing(request: HttpRequest) -> Standing:
    user: Any = request.user
    sign_in = request.session.get(SIGN_IN)
    if sign_in:
        session = Session.objects.of_console(sign_in, user.pk).first()
        if session is None:
            return Standing.ENDED
        services.note_use(session)
    factor_id = _factor_of(user)
    if factor_id is None and settings.STAFF_SECOND_FACTOR_REQUIRED:
        return Standing.ENROL
    if factor_id is not None and request.session.get(SECOND_FACTOR) != str(factor_id):
        return Standing.CODE
    if not sign_in and settings.STAFF_SECOND_FACTOR_REQUIRED:
        return Standing.ENDED  # it came in past the page to sign in
    return Standing.IN


def _factor_of(user: Any) -> UUID | None:
    """Return the id of a user's factor, which the backend has read with the user."""
    factor = getattr(user, "second_factor", None)
    return factor.pk if factor else None


def _let_in(request: HttpRequest, user: User, *, has_second_factor: bool) -> None:
    address = client_ip(request)
    session = services.open_console_session(
        user,
        user_agent=request.headers.get("User-Agent", ""),
        ip_address=address,
        has_second_factor=has_second_factor,
    )
    request.session[SIGN_IN] = str(session.pk)
    record_event(
        Operation.SIGNED_IN,
        origin=origin_of(request),
        actor_id=user.pk,
        object_type="accounts.session",
        object_id=session.pk,
        object_name=address,
        note="with a second factor" if has_second_factor else "with the password alone",
    )


def password_accepted(request: HttpRequest) -> None:
    """Go on after the right password: to the second factor, or in where there is none.

    A factor that the browser showed before counts no more.
    """
    user: Any = request.user
    request.session.pop(SECOND_FACTOR, None)
    if sign_in := request.session.pop(SIGN_IN, None):
        services.log_out(UUID(sign_in))
    if _factor_of(user) is None and not settings.STAFF_SECOND_FACTOR_REQUIRED:
        _let_in(request, user, has_second_factor=False)


def second_factor_url(request: HttpRequest) -> str:
    """Return where the second factor is entered; from there it goes on to `next`."""
    query = urlencode({REDIRECT_FIELD_NAME: _next(request)})
    return f"{reverse('admin:second_factor')}?{query}"


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("admin:index")


def second_factor(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Enter the second factor, enrol one, or look after it: whichever the caller may do now."""
    user: Any = request.user
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    match standing_of(request):
        case Standing.ENDED:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        case Standing.CODE:
            return _enter(site, request, user)
        case Standing.ENROL:
            return _enrol(site, request, user)
        case Standing.IN:
            if _factor_of(user) is None:
                return _enrol(site, request, user)
            return _look_after(site, request, user)


def _enter(site: AdminSite, request: HttpRequest, user: User) -> HttpResponse:
    form = SecondFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        begin(request, user.pk, ActorKind.STAFF)
        try:
            factor_id = services.check_second_factor(
                user.pk, form.cleaned_data["code"], origin=origin_of(request)
            )
        except DomainError as error:
            form.add_error("code", str(error))
        else:
            _factor_shown(request, user, factor_id)
            return HttpResponseRedirect(_next(request))
    return _page(site, request, "admin/second_factor_enter.html", "Second factor", form=form)


def _factor_shown(request: HttpRequest, user: User, factor_id: UUID) -> None:
    """Let the browser in, under a new key of its session."""
    request.session[SECOND_FACTOR] = str(factor_id)
    request.session.pop(ENROLLING, None)
    request.session.cycle_key()
    if sign_in := request.session.get(SIGN_IN):
        Session.objects.filter(pk=sign_in).enter_second_factor()
    else:
        _let_in(request, user, has_second_factor=True)
    request._standing = (user.pk, Standing.IN)  # type: ignore[attr-defined]


def _enrol(site: AdminSite, request: HttpRequest, user: User) -> HttpResponse:
    factor_id = UUID(request.session.setdefault(ENROLLING, str(uuid7())))
    form = SecondFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        begin(request, user.pk, ActorKind.STAFF)
        try:
            codes = services.enrol_second_factor(
                user.pk, factor_id=factor_id, code=form.cleaned_data["code"]
            )
        except DomainError as error:
            form.add_error("code", str(error))
        else:
            _factor_shown(request, user, factor_id)
            return _show_codes(site, request, codes)
    key = key_of(user.pk, factor_id)
    path, side = qr_path(address_of(key, user.email or user.phone_number or str(user.pk)))
    return _page(
        site,
        request,
        "admin/second_factor_enrol.html",
        "Add a second factor",
        form=form,
        qr_path=path,
        qr_side=side,
        key=readable(key),
        is_required=settings.STAFF_SECOND_FACTOR_REQUIRED,
    )


def _look_after(site: AdminSite, request: HttpRequest, user: User) -> HttpResponse:
    form = SecondFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        begin(request, user.pk, ActorKind.STAFF)
        shown: dict[str, Any] = {"code": form.cleaned_data["code"], "origin": origin_of(request)}
        try:
            if "remove" in request.POST:
                services.remove_second_factor(user.pk, **shown)
                messages.success(request, "The second factor was removed.")
                return HttpResponseRedirect(reverse("admin:second_factor"))
            codes = services.renew_recovery_codes(user.pk, **shown)
            return _show_codes(site, request, codes)
        except DomainError as error:
            form.add_error("code", str(error))
    factor = SecondFactor.objects.get(user=user)
    return _page(
        site,
        request,
        "admin/second_factor.html",
        "Second factor",
        form=form,
        factor=factor,
        codes_left=factor.recovery_codes.filter(used_at=None).count(),
    )


def _show_codes(site: AdminSite, request: HttpRequest, codes: list[str]) -> HttpResponse:
    return _page(
        site,
        request,
        "admin/recovery_codes.html",
        "Recovery codes",
        codes=codes,
    )


def sign_ins(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """List one's own sign-ins, to the console and to the API, and end them."""
    user: Any = request.user
    own = request.session.get(SIGN_IN)
    if request.method == "POST":
        try:
            if "others" in request.POST:
                ended = services.end_other_sign_ins(user.pk, but=UUID(own) if own else None)
                messages.success(request, f"Ended {ended}.")
            else:
                services.end_own_sign_in(UUID(request.POST.get("end", "")), user=user)
                messages.success(request, "Ended.")
        except (DomainError, ValueError, ValidationError):
            messages.error(request, "There is no such sign-in any more.")
        return HttpResponseRedirect(reverse("admin:sign_ins"))
    live = Session.objects.live().filter(user=user).order_by("-last_used_at")[:MAX_SHOWN]
    return _page(
        site,
        request,
        "admin/sign_ins.html",
        "Your sign-ins",
        sign_ins=[(session, str(session.pk) == own) for session in live],
    )


class OwnPasswordView(PasswordChangeView):
    """A new password ends every sign-in but this one."""

    form_class = OwnPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        own = self.request.session.get(SIGN_IN)
        return {**super().get_form_kwargs(), "keep_session": UUID(own) if own else None}


def _page(
    site: AdminSite, request: HttpRequest, template: str, title: str, **context: Any
) -> TemplateResponse:
    request.current_app = site.name
    return TemplateResponse(
        request,
        template,
        {**site.each_context(request), "title": title, "next": _next(request), **context},
    )
