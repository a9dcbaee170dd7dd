"""What higher apps add to the console's list of a lower app's rows.

    extend_list("shops.shop", More(permission="standing.view_shopstanding", related=["standing"],
                                   columns=[late], filters=[AtRiskFilter]))

`related` is joined in the list's own statement, so that columns cost none. `ColumnsAdmin` puts them
into the list of those who have the permission.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.admin import SimpleListFilter
from django.http import HttpRequest


@dataclass(frozen=True)
class More:
    permission: str
    columns: Sequence[Callable[[Any], object]] = ()
    filters: Sequence[type[SimpleListFilter]] = ()
    related: Sequence[str] = ()


_more: Final[defaultdict[str, list[More]]] = defaultdict(list)


def extend_list(label: str, more: More) -> None:
    """Add to the list of a model, such as `shops.shop`."""
    _more[label].append(more)


class ColumnsAdmin:
    """Mix in before ModelAdmin: the list shows what higher apps add to it.

    Their columns come after the first `own_columns` ones: what is far right is out of sight.
    """

    own_columns = 3

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        shown = super().get_list_display(request)  # type: ignore[misc]
        added = [column for more in self._more(request) for column in more.columns]
        return [*shown[: self.own_columns], *added, *shown[self.own_columns :]]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        shown = super().get_list_filter(request)  # type: ignore[misc]
        return [*(each for more in self._more(request) for each in more.filters), *shown]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        joined = super().get_list_select_related(request)  # type: ignore[misc]
        return [*joined, *(name for more in self._more(request) for name in more.related)]

    def _more(self, request: HttpRequest) -> list[More]:
        label = self.opts.label_lower  # type: ignore[attr-defined]
        return [more for more in _more[label] if request.user.has_perm(more.permission)]
