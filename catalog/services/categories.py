"""The category tree. One lock guards its shape: it is small, and staff change it rarely."""

from collections.abc import Sequence
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, Value
from django.db.models.functions import Concat, Now, Substr
from django.utils import timezone

from accounts.models import User
from catalog.constants import MAX_CATEGORY_DEPTH
from catalog.errors import CategoryCycle, CategoryTooDeep, StillInUse
from catalog.events import CategoryRenamed
from catalog.models import Category
from catalog.services.slugs import archived_slug, free_slug, require_free_slug
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.files.renditions import announce_image
from marketplace.common.ids import uuid7
from marketplace.common.locks import transaction_lock
from marketplace.common.ordering import number_rows
from marketplace.common.outbox.services import publish
from marketplace.common.read_cache import catalogue_changed
from marketplace.common.rows import locked

_TREE = "catalog.categories"


class CategoryChanges(TypedDict, total=False):
    parent_id: UUID | None
    name: str
    slug: str
    description: str
    image: str
    position: int
    is_active: bool


@transaction.atomic
def create_category(
    *,
    actor: User | None,
    name: str,
    parent_id: UUID | None = None,
    slug: str = "",
    description: str = "",
    image: str = "",
    position: int = 0,
    is_active: bool = True,
) -> Category:
    """Add a category below `parent_id`, or a root; without a slug it is made from the name.

    `image` is a name in the storage.

    Locks: the tree. Raises: InvalidInput for an unknown parent; CategoryTooDeep; SlugTaken.
    """
    transaction_lock(_TREE)
    catalogue_changed()
    parent = _parent(parent_id)
    if slug:
        require_free_slug(Category.objects.all(), slug)
    category_id = uuid7()
    category = Category(
        id=category_id,
        parent=parent,
        name=name,
        slug=slug or free_slug(Category.objects.all(), name),
        description=description,
        image=image,
        position=position,
        is_active=is_active,
        path=_path(parent, category_id),
        depth=parent.depth + 1 if parent else 0,
    )
    _refuse_too_deep(category.depth)
    category.save(force_insert=True)
    announce_image(category, "image")
    return category


@transaction.atomic
def update_category(
    category_id: UUID, *, actor: User | None, **changes: Unpack[CategoryChanges]
) -> Category:
    """Change a category; `parent_id` moves it as well, as `move_category`.

    Locks: the tree. Raises: NotFound; SlugTaken; what `move_category` does.
    Publishes: categories.renamed.
    """
    transaction_lock(_TREE)
    catalogue_changed()
    if "parent_id" in changes:
        move_category(category_id, actor=actor, parent_id=changes.pop("parent_id"))
    category = _live(category_id)
    if changes.get("slug", category.slug) != category.slug:
        require_free_slug(Category.objects.all(), changes["slug"])
    old_name = category.name
    for name, value in changes.items():
        setattr(category, name, value)
    category.save(update_fields=[*changes, "updated_at"])
    if "image" in changes:
        announce_image(category, "image")
    if category.name != old_name:
        publish(CategoryRenamed(category_id=category.pk))
    return category


@transaction.atomic
def move_category(category_id: UUID, *, actor: User | None, parent_id: UUID | None) -> Category:
    """Put a category, with all below it, under another parent or at the root.

    Locks: the tree. Raises: NotFound; InvalidInput for an unknown parent; CategoryCycle;
    CategoryTooDeep. Publishes: categories.renamed.
    """
    transaction_lock(_TREE)
    catalogue_changed()
    category = _live(category_id)
    if category.parent_id == parent_id:
        return category
    parent = _parent(parent_id)
    if parent is not None and parent.path.startswith(category.path):
        raise CategoryCycle
    subtree = Category.objects.below(category)
    deepest = subtree.aggregate(deepest=Max("depth"))["deepest"]
    shift = (parent.depth + 1 if parent else 0) - category.depth
    _refuse_too_deep(deepest + shift)
    subtree.update(
        path=Concat(Value(_path(parent, category.pk)), Substr("path", len(category.path) + 1)),
        depth=F("depth") + shift,
        updated_at=Now(),
    )
    category.refresh_from_db()
    category.parent = parent
    category.save(update_fields=["parent", "updated_at"])
    publish(CategoryRenamed(category_id=category.pk))
    return category


@transaction.atomic
def order_categories(
    category_ids: Sequence[UUID], *, actor: User | None, parent_id: UUID | None
) -> None:
    """Put the children of `parent_id`, or the roots, into this order; all of them are named, once.

    Locks: the tree. Raises: InvalidInput when they are not, or not any more, its children.
    """
    transaction_lock(_TREE)
    catalogue_changed()
    children = Category.objects.live().filter(parent_id=parent_id)
    number_rows(children, category_ids, field="category_ids")


@transaction.atomic
def archive_category(category_id: UUID, *, actor: User | None) -> None:
    """Take an empty category out for good; its slug is free again.

    Idempotent. Locks: the tree, then the category against products that are being put into it.
    Raises: NotFound; StillInUse while it has products or children.
    """
    transaction_lock(_TREE)
    catalogue_changed()
    category = locked(Category.objects, category_id)
    if category.archived_at is not None:
        return
    if category.children.filter(archived_at=None).exists():
        raise StillInUse("The category has subcategories: move or archive them first.")
    if category.products.filter(archived_at=None).exists():
        raise StillInUse("The category has products: move them to another one first.")
    category.archived_at = timezone.now()
    category.slug = archived_slug(category.slug, category.pk)
    category.save(update_fields=["archived_at", "slug", "updated_at"])


def _live(category_id: UUID) -> Category:
    category = Category.objects.live().filter(pk=category_id).first()
    if category is None:
        raise NotFound
    return category


def _parent(parent_id: UUID | None) -> Category | None:
    if parent_id is None:
        return None
    parent = Category.objects.live().filter(pk=parent_id).first()
    if parent is None:
        raise InvalidInput("parent_id", "There is no such category.", code="does_not_exist")
    return parent


def _path(parent: Category | None, category_id: UUID) -> str:
    return f"{parent.path if parent else ''}{category_id.hex}/"


def _refuse_too_deep(depth: int) -> None:
    if depth >= MAX_CATEGORY_DEPTH:
        raise CategoryTooDeep(MAX_CATEGORY_DEPTH)
