"""What the console shows of a row beside its own columns: its orders, money, history.

    @panels("shops.shop")
    def orders_of(request: HttpRequest, shop: Any) -> list[Panel]:
        if not request.user.has_perm("orders.view_order"):
            return []
        return [Panel("Orders", columns=["Number"], rows=[[link_to(order)] for order in newest])]

An app gives panels to the models of lower apps in its `admin.py`; each is a few statements, however
many rows there are, and shows what the caller may see. `PanelsAdmin` puts them on the row's page.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.common.money import display_amount

# Newest rows that a panel shows; its link leads to all.
SHOWN: Final = 5
# Beyond this a panel says "or more": counting further costs more than it tells.
MOST_COUNTED: Final = 999


@dataclass(frozen=True)
class Picture:
    url: str
    text: str


@dataclass
class Panel:
    """One matter of a row. Texts and cells are escaped where they are shown, links are not."""

    title: str
    facts: Sequence[tuple[str, object]] = ()
    text: str = ""
    pictures: Sequence[Picture] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    # Leads to the list behind it.
    url: str = ""
    is_wide: bool = False
    empty: str = "Nothing."

    @property
    def is_empty(self) -> bool:
        return not (self.facts or self.text or self.pictures or self.rows)


Maker = Callable[[HttpRequest, Any], Iterable[Panel]]
_makers: Final[defaultdict[str, list[Maker]]] = defaultdict(list)


def panels(label: str) -> Callable[[Maker], Maker]:
    """Register what makes panels for the rows of a model, such as `shops.shop`."""

    def register(maker: Maker) -> Maker:
        _makers[label].append(maker)
        return maker

    return register


def panels_of(request: HttpRequest, row: Model) -> list[Panel]:
    """Return every panel that the caller may see, those of lower apps first."""
    makers = _makers[row._meta.label_lower]
    return [panel for maker in makers for panel in maker(request, row)]


def counted(rows: QuerySet[Any]) -> str:
    """Count as far as a person reads on."""
    number = rows.order_by()[: MOST_COUNTED + 1].count()
    return f"{number:,}" if number <= MOST_COUNTED else f"{MOST_COUNTED:,} or more"


def unbroken(text: object) -> SafeString:
    """Return what is read as one, such as an order's number, so that it stays on one line."""
    return format_html('<span class="unbroken">{}</span>', text)


def moment(at: Any) -> str:
    """Return a time as lists show it, or a dash."""
    return unbroken(f"{timezone.localtime(at):%Y-%m-%d %H:%M}") if at else "–"


def amount(units: int | None, currency: str | None = None) -> str:
    """Return money as lists show it, or a dash."""
    return "–" if units is None else unbroken(display_amount(units, currency))


def picture(file: Any, text: str = "") -> list[Picture]:
    """Return an image field's file as a picture; none where there is none."""
    return [Picture(file.url, text)] if file else []


def history_panel(row: Model) -> Panel:
    """Return what staff did to the row, the newest first."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk)
    )
    return Panel(
        "What staff did",
        columns=["When", "Who", "What"],
        rows=[
            [moment(entry.action_time), str(entry.user), entry.get_change_message() or str(entry)]
            for entry in entries.select_related("user").order_by("-id")[:SHOWN]
        ],
        empty="Nothing yet.",
    )


class PanelsAdmin:
    """Mix in before ModelAdmin: a row's page begins with its panels."""

    change_form_template: Any = "admin/panels_form.html"

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None and request.method == "GET":
            context["panels"] = [*panels_of(request, obj), history_panel(obj)]
        response: HttpResponse = super().render_change_form(  # type: ignore[misc]
            request, context, add, change, form_url, obj
        )
        return response
