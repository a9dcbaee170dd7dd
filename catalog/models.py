"""Categories, brands, products, variants and images; and what search keeps of them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from catalog.constants import ProductStatus
from catalog.links import check_link
from catalog.querysets import (
    BannerQuerySet,
    BrandQuerySet,
    CategoryQuerySet,
    Fold,
    ImageQuerySet,
    ProductQuerySet,
    VariantQuerySet,
)
from marketplace.common.images import rendition_name
from marketplace.common.models import BaseModel, amount_field
from shops.models import Shop


class Category(BaseModel):
    """A node of the tree; `path` is the chain of ids from the root, kept by the services."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    name = models.CharField(max_length=150)
    # What is typed is looked for in all of them at each letter.
    folded_name = models.GeneratedField(
        expression=Fold("name"), output_field=models.TextField(), db_persist=True
    )
    slug = models.SlugField(max_length=160, unique=True)
    description = models.TextField(blank=True)
    image = models.ImageField(upload_to="categories/", blank=True)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    path = models.CharField(max_length=400, help_text="`<root id>/…/<own id>/`, ids in hex.")
    depth = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    image_sides: ClassVar = {"image": 480}

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "categories"
        indexes = [
            models.Index(name="category_path", fields=["path"], opclasses=["text_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.name


class Brand(BaseModel):
    name = models.CharField(max_length=150)
    slug = models.SlugField(max_length=160, unique=True)
    description = models.TextField(blank=True)
    logo = models.ImageField(upload_to="brands/", blank=True)
    position = models.PositiveIntegerField(default=0, db_default=0)
    is_active = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    image_sides: ClassVar = {"logo": 480}

    objects = BrandQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Banner(BaseModel):
    """A picture on the start page of the shop front; shown in its period, in order of position."""

    title = models.CharField(max_length=150)
    alt_text = models.CharField(
        max_length=255, blank=True, help_text="What the picture says, for who cannot see it."
    )
    image = models.ImageField(
        upload_to="banners/", blank=True, help_text="Without one it is not shown."
    )
    link = models.CharField(
        max_length=500,
        blank=True,
        validators=[check_link],
        help_text="A path of the shop front, such as `/products?on_sale=true`, or a https address.",
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    image_sides: ClassVar = {"image": 1_600}

    objects = BannerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="banner_period_ordered", condition=Q(starts_at__lt=F("ends_at"))
            )
        ]

    def __str__(self) -> str:
        return self.title


_LISTED = Q(status="active", archived_at=None)


class Product(BaseModel):
    """What a shop offers. Prices and stock are its variants'; the columns here are derived.

    Derived columns (`min_price_amount` to `sold_count`) are written by services, in the
    transaction of what changes them, so that lists never join variants.
    """

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="products")
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="products")
    title = models.CharField(max_length=255)
    # Stored, because folding 100,000 titles anew for a word too short for the index took 0.5 s.
    folded_title = models.GeneratedField(
        expression=Fold("title"), output_field=models.TextField(), db_persist=True
    )
    slug = models.SlugField(max_length=280, unique=True)
    description = models.TextField(blank=True)
    attributes = models.JSONField(default=dict, blank=True, help_text="Name to text.")
    filter_values = ArrayField(
        models.TextField(),
        default=list,
        db_default=[],
        blank=True,
        editable=False,
        help_text="Attributes, those of active variants too, as `name␟value`: what filters ask.",
    )
    meta_title = models.CharField(max_length=255, blank=True)
    meta_description = models.CharField(max_length=500, blank=True)
    status = models.CharField(
        max_length=10, choices=ProductStatus.choices, default=ProductStatus.DRAFT
    )
    status_reason = models.CharField(max_length=500, blank=True)
    is_featured = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    min_price_amount = amount_field(default=0)
    max_price_amount = amount_field(default=0)
    compare_at_price_amount = amount_field(
        null=True, blank=True, help_text="Of the cheapest variant."
    )
    is_on_sale = models.BooleanField(default=False)
    in_stock = models.BooleanField(default=False)
    thumbnail = models.CharField(max_length=255, blank=True, help_text="Of the primary image.")
    average_rating = models.DecimalField(max_digits=3, decimal_places=2, default=0)
    review_count = models.PositiveIntegerField(default=0)
    rating_sum = models.PositiveBigIntegerField(
        db_default=0, default=0, help_text="Stars of all its public reviews."
    )
    sold_count = models.PositiveIntegerField(default=0)

    file_names: ClassVar = ("thumbnail",)

    objects = ProductQuerySet.as_manager()

    class Meta:
        permissions = [("moderate_product", "Can approve, reject and suspend products")]
        constraints = [
            models.CheckConstraint(
                name="product_prices_ordered",
                condition=Q(min_price_amount__gte=0)
                & Q(min_price_amount__lte=F("max_price_amount")),
            ),
        ]
        indexes = [
            # One per ordering of the public list; keyset pages are ranges of these.
            models.Index(name="product_newest", fields=["created_at", "id"], condition=_LISTED),
            models.Index(
                name="product_price", fields=["min_price_amount", "id"], condition=_LISTED
            ),
            models.Index(name="product_rating", fields=["average_rating", "id"], condition=_LISTED),
            models.Index(name="product_popular", fields=["sold_count", "id"], condition=_LISTED),
            models.Index(
                # With the shop, products are counted by category in the index alone.
                name="product_category_newest",
                fields=["category", "created_at", "id"],
                include=["shop"],
                condition=_LISTED,
            ),
            models.Index(name="product_of_shop", fields=["shop", "created_at", "id"]),
            # A category is a few thousand of a million products: each order has a range of its own,
            # or a page of it would be looked for in the order of all products.
            models.Index(
                name="product_category_price",
                fields=["category", "min_price_amount", "id"],
                condition=_LISTED,
            ),
            models.Index(
                name="product_category_rating",
                fields=["category", "average_rating", "id"],
                condition=_LISTED,
            ),
            models.Index(
                name="product_category_popular",
                fields=["category", "sold_count", "id"],
                condition=_LISTED,
            ),
            # What few products may have: without them, all of a list would be walked to find none.
            models.Index(
                name="product_on_sale",
                fields=["created_at", "id"],
                condition=_LISTED & Q(is_on_sale=True),
            ),
            models.Index(
                name="product_featured",
                fields=["created_at", "id"],
                condition=_LISTED & Q(is_featured=True),
            ),
            models.Index(
                name="product_sold_out",
                fields=["created_at", "id"],
                condition=_LISTED & Q(in_stock=False),
            ),
            GinIndex(name="product_filter_values", fields=["filter_values"]),
            # Search: LIKE '%word%' over titles without case and diacritics.
            GinIndex(name="product_title", fields=["folded_title"], opclasses=["gin_trgm_ops"]),
            # The moderation queue.
            models.Index(name="product_to_review", fields=["id"], condition=Q(status="pending")),
            # The console's filters of what few products are: all would be walked to find a page.
            models.Index(
                name="product_off_sale",
                fields=["status", "-id"],
                condition=Q(status__in=["draft", "rejected", "suspended"]),
            ),
            models.Index(
                name="product_archived",
                fields=["-id"],
                condition=Q(archived_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ProductVariant(BaseModel):
    """What is bought: one sku at one price."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="variants")
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="+")
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=150, blank=True)
    price_amount = amount_field()
    compare_at_price_amount = amount_field(null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    weight_grams = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = VariantQuerySet.as_manager()

    class Meta:
        constraints = [
            # Two sellers may both use "A1"; to one, "a1" is the same. An archived variant gives its
            # sku free. The sku comes first, so that staff find one without knowing its shop.
            models.UniqueConstraint(
                Lower("sku"),
                "shop",
                name="variant_sku_once_per_shop",
                condition=Q(archived_at=None),
            ),
            models.CheckConstraint(
                name="variant_price_positive",
                condition=Q(price_amount__gt=0)
                & (
                    Q(compare_at_price_amount__isnull=True)
                    | Q(compare_at_price_amount__gt=F("price_amount"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.sku


class ProductImage(BaseModel):
    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    file = models.ImageField(upload_to="products/")
    alt_text = models.CharField(max_length=255, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_primary = models.BooleanField(default=False)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    has_renditions = models.BooleanField(db_default=False, default=False)

    objects = ImageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="image_one_primary", fields=["product"], condition=Q(is_primary=True)
            )
        ]

    def __str__(self) -> str:
        return self.alt_text or str(self.file)

    def rendition(self, label: str) -> str:
        """Return the file of a rendition; the image itself while there is none."""
        name = self.file.name or ""
        return rendition_name(name, label) if self.has_renditions else name


class SearchDocument(models.Model):
    """What a product is found by; apart from the product, so that lists never read it.

    Written by `catalog.search.documents` alone. The weights are A title, B brand, shop and
    categories, C attributes, D description; the exact vector has A and B alone.
    """

    product = models.OneToOneField(
        Product, models.CASCADE, primary_key=True, related_name="search_document"
    )
    exact_vector = SearchVectorField(help_text="Words as they are written, in lower case.")
    folded_vector = SearchVectorField(help_text="Words without diacritics: what finds.")
    tier = models.PositiveSmallIntegerField(
        default=9, help_text="1: the most sold; as `catalog.search.tiers` has it."
    )
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            GinIndex(
                name="search_document_words", fields=["folded_vector"], gin_pending_list_limit=128
            ),
            # Common words are looked for among what sells. Without the list of pending entries, all
            # of which every search would read.
            *(
                GinIndex(
                    name=f"search_document_tier{tier}",
                    fields=["folded_vector"],
                    fastupdate=False,
                    condition=models.Q(tier=tier),
                )
                for tier in range(1, 9)
            ),
        ]

    def __str__(self) -> str:
        return str(self.product_id)


class SearchRebuild(models.Model):
    """How far `rebuild_search` has come; no row where none was interrupted."""

    last_product = models.UUIDField(help_text="Up to this id all documents are right.")
    products = models.PositiveIntegerField(help_text="Done so far.")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.products} up to {self.last_product}"


class SearchWord(models.Model):
    """A word of titles and names: what typing errors are measured against."""

    word = models.CharField(max_length=60, primary_key=True, help_text="Without diacritics.")
    display = models.CharField(max_length=60, help_text="As it is mostly written.")
    uses = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            GinIndex(name="search_word_similar", fields=["word"], opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.display


class Synonym(BaseModel):
    """Whoever searches for `term` also finds `synonym`; `is_mutual` says the other way too.

    Both are kept as `catalog.search.words.normal_key` makes them.
    """

    term = models.CharField(max_length=100, db_index=True)
    synonym = models.CharField(max_length=100, db_index=True)
    is_mutual = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="synonym_once", fields=["term", "synonym"]),
            models.CheckConstraint(
                name="synonym_of_another", condition=~Q(term=F("synonym")) & ~Q(term="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.term} {'=' if self.is_mutual else '→'} {self.synonym}"


class SearchQuery(BaseModel):
    """How often a text was searched for on a day, by whomever."""

    day = models.DateField()
    text = models.CharField(max_length=100, help_text="Lower case, single spaces.")
    searches = models.PositiveIntegerField(default=0)
    empty_searches = models.PositiveIntegerField(default=0, help_text="That found nothing.")
    clicks = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "search queries"
        constraints = [models.UniqueConstraint(name="search_query_once", fields=["day", "text"])]

    def __str__(self) -> str:
        return self.text


class PopularQuery(models.Model):
    """A text that many have searched for lately and that found something: for suggestions."""

    text = models.CharField(max_length=100, primary_key=True)
    folded = models.CharField(max_length=200)
    searches = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "popular queries"
        indexes = [
            models.Index(
                name="popular_query_prefix", fields=["folded"], opclasses=["text_pattern_ops"]
            )
        ]

    def __str__(self) -> str:
        return self.text


class ProductView(BaseModel):
    """How often a product was looked at on a day, by whomever."""

    day = models.DateField()
    product = models.ForeignKey(Product, models.CASCADE, related_name="daily_views")
    views = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="product_view_once", fields=["day", "product"])]

    def __str__(self) -> str:
        return f"{self.product_id} on {self.day}"


class BoughtTogether(models.Model):
    """In how many delivered orders a product came with another; kept in both directions."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="bought_with")
    other = models.ForeignKey(Product, models.CASCADE, related_name="+")
    orders = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="bought_together_once", fields=["product", "other"])
        ]

    def __str__(self) -> str:
        return f"{self.product_id} and {self.other_id}"
