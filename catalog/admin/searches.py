"""What people search for and look at, and the synonyms made from it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from catalog.models import PopularQuery, ProductView, SearchQuery, Synonym
from catalog.services.synonyms import delete_synonym, save_synonym
from marketplace.common.admin import (
    IdSearchAdmin,
    ModelAdmin,
    ReadOnlyAdmin,
    ServiceFormAdmin,
    staff,
)


@admin.register(Synonym)
class SynonymAdmin(ServiceFormAdmin, ModelAdmin[Synonym]):
    """What else a search for a term finds; kept without case and diacritics."""

    list_display = ["term", "synonym", "is_mutual", "is_active", "updated_at"]
    list_filter = ["is_mutual", "is_active"]
    search_fields = ["term", "synonym"]
    ordering = ["term", "synonym"]
    fields = ["term", "synonym", "is_mutual", "is_active"]

    def save_model(self, request: HttpRequest, obj: Synonym, form: Any, change: bool) -> None:
        saved = save_synonym(obj.pk if change else None, actor=staff(request), **form.cleaned_data)
        obj.pk, obj.term, obj.synonym = saved.pk, saved.term, saved.synonym
        obj._state.adding = False

    def delete_model(self, request: HttpRequest, obj: Synonym) -> None:
        delete_synonym(obj.pk, actor=staff(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Synonym]) -> None:
        for synonym in queryset:
            delete_synonym(synonym.pk, actor=staff(request))


class FoundFilter(admin.SimpleListFilter):
    """The report of what was searched for in vain."""

    title = "result"
    parameter_name = "result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("nothing", "found nothing"), ("something", "found something")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "nothing":
                return queryset.filter(empty_searches__gt=0)
            case "something":
                return queryset.filter(empty_searches=0)
        return queryset


@admin.register(SearchQuery)
class SearchQueryAdmin(ReadOnlyAdmin, ModelAdmin[SearchQuery]):
    """What was searched for, per day; a synonym can be made from what found nothing."""

    list_display = ["text", "day", "searches", "empty_searches", "clicks"]
    list_filter = [FoundFilter, "day"]
    search_fields = ["text"]
    ordering = ["-day", "-empty_searches", "-searches", "text"]
    actions = ["make_synonym"]

    def has_synonym_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.add_synonym")

    @admin.action(description="Make a synonym for the selected search", permissions=["synonym"])
    def make_synonym(
        self, request: HttpRequest, queryset: QuerySet[SearchQuery]
    ) -> HttpResponseRedirect | None:
        texts = {query.text for query in queryset[:2]}
        if len(texts) != 1:
            messages.error(request, "Select one search.")
            return None
        query = urlencode({"term": texts.pop()})
        return HttpResponseRedirect(f"{reverse('admin:catalog_synonym_add')}?{query}")


@admin.register(PopularQuery)
class PopularQueryAdmin(ReadOnlyAdmin, ModelAdmin[PopularQuery]):
    """What is suggested: made anew every minute from the last 30 days."""

    list_display = ["text", "searches"]
    search_fields = ["text"]
    ordering = ["-searches", "text"]


@admin.register(ProductView)
class ProductViewAdmin(ReadOnlyAdmin, IdSearchAdmin, ModelAdmin[ProductView]):
    """How often products were looked at, by the product's id."""

    list_display = ["product", "day", "views"]
    list_select_related = ["product"]
    list_filter = ["day"]
    ordering = ["-id"]
    id_fields = ("pk", "product")
