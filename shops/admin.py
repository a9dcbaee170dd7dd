from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin
from django.db.models import Case, When
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from accounts.models import User
from marketplace.common import personal
from marketplace.common.admin import (
    ModelAdmin,
    NoDeleteAdmin,
    ReadOnlyAdmin,
    RowsInline,
    ServiceFormAdmin,
    link_to,
    reason_action,
    row_action,
    staff,
)
from marketplace.common.columns import ColumnsAdmin
from marketplace.common.moderation.constants import Subject
from marketplace.common.moderation.queue import Queue, QueueAdmin, Step
from marketplace.common.panels import (
    SHOWN,
    Panel,
    PanelsAdmin,
    moment,
    panels,
    picture,
)
from marketplace.common.personal import masked
from shops.constants import ShopStatus, Weekday
from shops.forms import StoreLocationForm, hours_as_text
from shops.models import Shop, ShopStatusChange, StoreLocation
from shops.services.locations import (
    add_location,
    add_platform_location,
    correct_location,
    withdraw_location,
)
from shops.services.profiles import correct_shop
from shops.services.states import (
    approve_shop,
    close_shop,
    reject_shop,
    reopen_shop,
    suspend_shop,
)


class ShopStatusChangeInline(RowsInline):
    """The shop's history, newest first."""

    model = ShopStatusChange
    fields = ["created_at", "from_status", "to_status", "reason", "actor"]
    ordering = ["-id"]


def _profile(shop: Shop) -> Panel:
    address = ", ".join(str(part) for part in masked(shop.pickup_address).values() if part)
    return Panel(
        "What it says of itself",
        facts=[
            ("Name", shop.name),
            ("Address on the site", shop.slug),
            ("E-mail", masked(shop.contact_email) or "–"),
            ("Phone", masked(shop.contact_phone) or "–"),
            ("Parcels come from", address or "–"),
            ("Bank", shop.bank_name or "–"),
            ("Account", f"{shop.bank_account_name} {shop.masked_bank_account}".strip() or "–"),
            ("Registered", moment(shop.created_at)),
        ],
        text=shop.description,
        pictures=[*picture(shop.logo, "Logo"), *picture(shop.banner, "Banner")],
        is_wide=True,
    )


def _owner(shop: Shop, shown: Callable[[Any], Any] = masked) -> Panel:
    owner: User = shop.owner
    return Panel(
        "Owner",
        facts=[
            ("Name", link_to(owner)),
            ("Phone", shown(owner.phone_number) or "–"),
            ("Phone confirmed", moment(owner.phone_verified_at)),
            ("E-mail", shown(owner.email) or "–"),
            ("E-mail confirmed", moment(owner.email_verified_at)),
            ("Here since", moment(owner.created_at)),
            ("Suspended", moment(owner.suspended_at)),
        ],
    )


def _steps(shop: Shop) -> Panel:
    steps = shop.status_changes.select_related("actor").order_by("-id")[:10]
    return Panel(
        "History",
        columns=["When", "From", "To", "Reason", "By"],
        rows=[
            [moment(s.created_at), s.from_status or "–", s.to_status, s.reason or "–", s.actor]
            for s in steps
        ],
        empty="It has just been registered.",
    )


@panels("shops.shop")
def _shop_panels(request: HttpRequest, shop: Shop) -> list[Panel]:
    return [_owner(shop, partial(personal.shown, request))]


@panels("accounts.user")
def _shop_of(request: HttpRequest, user: User) -> list[Panel]:
    if not request.user.has_perm("shops.view_shop"):
        return []
    shop = Shop.objects.filter(owner=user).first()
    if shop is None:
        return []
    facts = [
        ("Name", link_to(shop)),
        ("Status", shop.status),
        ("Rating", f"{shop.average_rating} of {shop.review_count:,}"),
        ("Sold", f"{shop.sold_count:,}"),
        ("Registered", moment(shop.created_at)),
    ]
    return [Panel("Shop", facts=facts)]


@admin.register(Shop)
class ShopAdmin(
    ServiceFormAdmin, ColumnsAdmin, QueueAdmin, PanelsAdmin, NoDeleteAdmin, ModelAdmin[Shop]
):
    """Shops: sellers register them; staff judge them by actions and may correct their pages."""

    list_display = [
        "name",
        "status",
        "owner",
        "average_rating",
        "sold_count",
        "created_at",
    ]
    list_filter = ["status", "created_at"]
    list_select_related = ["owner"]
    hidden_fields = ("bank_account_number",)
    search_fields = ["^name", "=slug", "=owner__phone_number", "=owner__email"]
    search_help_text = "A whole id, slug, owner's phone number or e-mail, or how the name begins."
    # Those that wait come first.
    ordering = [Case(When(status=ShopStatus.PENDING, then=0), default=1), "-id"]
    id_fields = ("pk", "owner")
    waiting = ("Shops to approve", {"status__exact": "pending"})
    queue = Queue(
        Subject.SHOP,
        permission="moderate",
        accept=Step("Approve", approve_shop),
        refuse=Step("Reject", reject_shop),
    )
    actions = ["approve", "reject", "suspend", "reopen", "close"]
    inlines = [ShopStatusChangeInline]
    fieldsets = [
        (None, {"fields": ["name", "slug", "owner", "description", "logo", "banner"]}),
        ("State", {"fields": ["status", "status_reason", "created_at", "updated_at"]}),
        ("Contact", {"fields": ["contact_email", "contact_phone", "pickup_address"]}),
        (
            "Money",
            {
                "fields": [
                    "commission_rate_bps",
                    "bank_name",
                    "bank_account_name",
                    "masked_bank_account",
                ]
            },
        ),
        ("Figures", {"fields": ["average_rating", "review_count", "sold_count"]}),
    ]
    editable_fields = [
        "name",
        "description",
        "contact_email",
        "contact_phone",
        "commission_rate_bps",
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Shop | None = None) -> list[Any]:
        shown = [str(name) for _, options in self.fieldsets for name in options["fields"]]
        editable = set(self.editable_fields)
        if not request.user.has_perm("shops.set_commission"):
            editable.discard("commission_rate_bps")
        fixed = [name for name in shown if name not in editable]
        return [*fixed, *self.masked_fields(request, obj)]

    def save_model(
        self, request: HttpRequest, obj: Shop, form: ModelForm[Shop], change: bool
    ) -> None:
        """Write only what was changed: status and counters may have moved since the form."""
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        if changes:
            correct_shop(obj.pk, actor=staff(request), **changes)

    def queue_panels(self, request: HttpRequest, row: Shop) -> list[Panel]:
        return [_profile(row), _owner(row), _steps(row)]

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return staff(request).has_perm("shops.moderate_shop")  # type: ignore[no-any-return]

    @row_action(description="Approve selected shops", permissions=["moderate"])
    def approve(self, request: HttpRequest, shop_id: UUID) -> None:
        approve_shop(shop_id, actor=staff(request))

    @reason_action(description="Reject selected shops…", permissions=["moderate"])
    def reject(self, request: HttpRequest, shop_id: UUID, reason: str) -> None:
        reject_shop(shop_id, actor=staff(request), reason=reason)

    @reason_action(description="Suspend selected shops…", permissions=["moderate"])
    def suspend(self, request: HttpRequest, shop_id: UUID, reason: str) -> None:
        suspend_shop(shop_id, actor=staff(request), reason=reason)

    @row_action(description="Lift the suspension of selected shops", permissions=["moderate"])
    def reopen(self, request: HttpRequest, shop_id: UUID) -> None:
        reopen_shop(shop_id, actor=staff(request))

    @reason_action(description="Close selected shops for good…", permissions=["moderate"])
    def close(self, request: HttpRequest, shop_id: UUID, reason: str) -> None:
        close_shop(shop_id, actor=staff(request), reason=reason)


@admin.register(ShopStatusChange)
class ShopStatusChangeAdmin(ReadOnlyAdmin, ModelAdmin[ShopStatusChange]):
    list_display = ["shop", "from_status", "to_status", "reason", "actor", "created_at"]
    list_filter = ["to_status", "created_at"]
    list_select_related = ["shop", "actor"]
    search_fields = ["=shop__slug"]
    search_help_text = "A whole shop slug."
    ordering = ["-id"]


@panels("shops.shop")
def _stores(request: HttpRequest, shop: Shop) -> list[Panel]:
    if not request.user.has_perm("shops.view_storelocation"):
        return []
    stores = StoreLocation.objects.of(shop).order_by("-id")[:SHOWN]
    return [
        Panel(
            "Stores",
            columns=["Newest", "Address", "Shown"],
            rows=[
                [link_to(store), store.address, "yes" if store.is_active else "no"]
                for store in stores
            ],
            url=f"{reverse('admin:shops_storelocation_changelist')}?{urlencode({'q': shop.pk})}",
        )
    ]


@admin.register(StoreLocation)
class StoreLocationAdmin(ServiceFormAdmin, NoDeleteAdmin, ModelAdmin[StoreLocation]):
    """Places to visit; without a shop they are the platform's own."""

    form = StoreLocationForm
    list_display = ["name", "shop", "address", "is_active", "archived_at"]
    list_filter = ["is_active", ("archived_at", admin.EmptyFieldListFilter)]
    list_select_related = ["shop"]
    search_fields = ["^name", "=shop__slug"]
    search_help_text = "A whole id, shop's id or slug, or how the name begins."
    id_fields = ("pk", "shop")
    ordering = ["-id"]
    readonly_fields = ["archived_at"]
    actions = ["archive"]
    fieldsets = [
        (None, {"fields": ["shop", "name", "is_active", "archived_at"]}),
        ("Where", {"fields": ["address", "latitude", "longitude"]}),
        ("Contact", {"fields": ["phone_number", "email"]}),
        (
            "Opening hours",
            {
                "fields": tuple(Weekday.values),
                "description": "Such as 08:00-12:00, 13:00-21:30; nothing: closed.",
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: StoreLocation | None = None) -> Any:
        """Where nothing can be typed, the hours are one text."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [*fieldsets[:-1], ("Opening hours", {"fields": ["hours"]})]

    @admin.display(description="hours")
    def hours(self, store: StoreLocation) -> str:
        days = ((day.label, store.opening_hours.get(day)) for day in Weekday)
        lines = ((label, hours_as_text(ranges)) for label, ranges in days if ranges)
        return format_html_join("", "{}: {}<br>", lines) or "-"

    def get_readonly_fields(self, request: HttpRequest, obj: StoreLocation | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else ["shop", *fixed]

    def has_change_permission(self, request: HttpRequest, obj: StoreLocation | None = None) -> bool:
        is_there = obj is None or obj.archived_at is None
        return is_there and super().has_change_permission(request, obj)

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return staff(request).has_perm("shops.change_storelocation")  # type: ignore[no-any-return]

    @row_action(description="Archive selected locations", permissions=["archive"])
    def archive(self, request: HttpRequest, location_id: UUID) -> None:
        withdraw_location(location_id, actor=staff(request))

    def save_model(self, request: HttpRequest, obj: StoreLocation, form: Any, change: bool) -> None:
        values = form.changes()
        shop = values.pop("shop", None)
        if change:
            correct_location(obj.pk, actor=staff(request), **values)
            return
        # An unticked box is no change of an empty form.
        values["is_active"] = form.cleaned_data["is_active"]
        if shop is None:
            made = add_platform_location(actor=staff(request), **values)
        else:
            made = add_location(shop.pk, **values)
        obj.pk = made.pk
        obj._state.adding = False
