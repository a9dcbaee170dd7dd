"""Rows that staff put into an order by dragging them: the page of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from marketplace.common.errors import DomainError


class OrderedAdmin:
    """Mix in before ModelAdmin: “Order” above the list leads to where rows are dragged.

    Where rows are ordered below a parent of their own kind, `order_parents` are those.
    """

    model: Any
    opts: Any
    admin_site: Any
    change_list_template: Any = "admin/ordered_change_list.html"

    def order_rows(self, parent: Any) -> QuerySet[Any]:
        """Return the rows to be ordered, below `parent` or at the top, in their present order."""
        raise NotImplementedError

    def put_into_order(self, request: HttpRequest, ids: list[UUID], parent: Any) -> None:
        """Call the service that orders them."""
        raise NotImplementedError

    def order_parents(self) -> QuerySet[Any]:
        """Return the rows that others may be below; none unless overridden."""
        rows: QuerySet[Any] = self.model._default_manager.none()
        return rows

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            "may_order": self.has_change_permission(request),  # type: ignore[attr-defined]
            "order_url": self._order_url(),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)  # type: ignore[misc,no-any-return]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.order_view)
        return [path("order/", view, name=self._order_name()), *super().get_urls()]  # type: ignore[misc]

    def order_view(self, request: HttpRequest) -> HttpResponse:
        """Show the rows below `?parent=`, or those at the top, to be put into their order."""
        if not self.has_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        parent = self._parent(request.GET.get("parent", ""))
        if request.method == "POST":
            return self._ordered(request, parent)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Order of {parent or f'the {self.opts.verbose_name_plural}'}",
            "opts": self.opts,
            "parent": parent,
            "order_url": self._order_url(),
            "children": self.order_rows(parent),
        }
        return TemplateResponse(request, "admin/order.html", context)

    def _parent(self, text: str) -> Model | None:
        if not text:
            return None
        parent_id = _identifier(text)
        parent = self.order_parents().filter(pk=parent_id).first() if parent_id else None
        if parent is None:
            raise Http404
        return parent  # type: ignore[no-any-return]

    def _ordered(self, request: HttpRequest, parent: Model | None) -> HttpResponseRedirect:
        ids = [_identifier(text) for text in request.POST.getlist("id")]
        known = [row_id for row_id in ids if row_id is not None]
        try:
            self.put_into_order(request, known, parent)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            for row in self.model._default_manager.filter(pk__in=known[:1]):
                note = f"Put the {self.opts.verbose_name_plural} into order."
                self.log_change(request, parent or row, note)  # type: ignore[attr-defined]
            messages.success(request, "The order is kept.")
        return HttpResponseRedirect(request.get_full_path())

    def _order_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_order"

    def _order_url(self) -> str:
        return reverse(f"admin:{self._order_name()}")


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
