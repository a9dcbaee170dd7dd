"""Synonyms of search: staff enter them, mostly for what was searched for in vain."""

from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from catalog.models import Synonym
from catalog.search.words import normal_key
from marketplace.common.errors import InvalidInput, NotFound


def save_synonym(
    synonym_id: UUID | None,
    *,
    actor: User | None,
    term: str,
    synonym: str,
    is_mutual: bool = True,
    is_active: bool = True,
) -> Synonym:
    """Have searches for `term` find `synonym` too, from the next search on.

    Both are kept without case, diacritics and punctuation, as they are compared.
    Raises: NotFound; InvalidInput without a word, for a word with itself, or a pair that is there.
    """
    term, synonym = _key("term", term), _key("synonym", synonym)
    if term == synonym:
        raise InvalidInput("synonym", "Without diacritics, the two are the same.", code="same")
    row = Synonym(term=term, synonym=synonym, is_mutual=is_mutual, is_active=is_active)
    if synonym_id is not None:
        found = Synonym.objects.filter(pk=synonym_id).first()
        if found is None:
            raise NotFound
        row.pk, row.created_at, row._state.adding = found.pk, found.created_at, False
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise InvalidInput("synonym", "This pair is there already.", code="unique") from error
    return row


def delete_synonym(synonym_id: UUID, *, actor: User | None) -> None:
    """Take a synonym away. Idempotent."""
    Synonym.objects.filter(pk=synonym_id).delete()


def _key(field: str, text: str) -> str:
    key = normal_key(text)
    if not key:
        raise InvalidInput(field, "Enter a word.", code="required")
    return key
