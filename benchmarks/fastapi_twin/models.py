# mypy: ignore-errors
# FastAPI and SQLAlchemy are in a venv of their own, which the type checker does not see.
"""The tables of the catalogue as SQLAlchemy maps them, and the answers as pydantic has them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __tablename__ = "shops_shop"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]
    status: Mapped[str]


class Category(Base):
    __tablename__ = "catalog_category"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]


class Brand(Base):
    __tablename__ = "catalog_brand"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]


class Product(Base):
    __tablename__ = "catalog_product"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops_shop.id"))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_category.id"))
    brand_id: Mapped[UUID | None] = mapped_column(ForeignKey("catalog_brand.id"))
    slug: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(deferred=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, deferred=True)
    status: Mapped[str]
    archived_at: Mapped[datetime | None]
    min_price_amount: Mapped[int]
    max_price_amount: Mapped[int]
    compare_at_price_amount: Mapped[int | None]
    thumbnail: Mapped[str]
    average_rating: Mapped[float]
    review_count: Mapped[int]
    sold_count: Mapped[int]
    in_stock: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    shop: Mapped[Shop] = relationship()
    category: Mapped[Category] = relationship()
    brand: Mapped[Brand | None] = relationship()
    variants: Mapped[list["Variant"]] = relationship(order_by="Variant.position")
    images: Mapped[list["Image"]] = relationship(order_by="Image.position")


class Variant(Base):
    __tablename__ = "catalog_productvariant"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_product.id"))
    sku: Mapped[str]
    name: Mapped[str]
    price_amount: Mapped[int]
    compare_at_price_amount: Mapped[int | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    weight_grams: Mapped[int]
    is_active: Mapped[bool]
    position: Mapped[int]

    stock: Mapped["Stock"] = relationship()

    @property
    def available(self) -> int:
        return self.stock.on_hand - self.stock.reserved


class Stock(Base):
    __tablename__ = "inventory_stockitem"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_productvariant.id"))
    on_hand: Mapped[int]
    reserved: Mapped[int]


class Image(Base):
    __tablename__ = "catalog_productimage"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_product.id"))
    file: Mapped[str]
    alt_text: Mapped[str]
    position: Mapped[int]
    is_primary: Mapped[bool]


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class LinkAnswer(Answer):
    id: UUID
    name: str
    slug: str


class VariantAnswer(Answer):
    id: UUID
    sku: str
    name: str
    price_amount: int
    compare_at_price_amount: int | None
    attributes: dict[str, Any]
    weight_grams: int
    available: int
    is_active: bool


class ImageAnswer(Answer):
    id: UUID
    file: str
    alt_text: str
    position: int
    is_primary: bool


class CardAnswer(Answer):
    id: UUID
    slug: str
    title: str
    min_price_amount: int
    max_price_amount: int
    compare_at_price_amount: int | None
    thumbnail: str
    average_rating: float
    review_count: int
    sold_count: int
    in_stock: bool
    shop: LinkAnswer
    category: LinkAnswer
    brand: LinkAnswer | None
    created_at: datetime


class ProductAnswer(CardAnswer):
    description: str
    attributes: dict[str, Any]
    variants: list[VariantAnswer]
    images: list[ImageAnswer]
    updated_at: datetime
