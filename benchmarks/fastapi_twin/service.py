# mypy: ignore-errors
# FastAPI and SQLAlchemy are in a venv of their own, which the type checker does not see.
"""The service that one would write instead: FastAPI, SQLAlchemy and Redis, on the same tables.

Run by uvicorn with as many processes as granian has; `/cached/...` answers from Redis for a minute.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import unquote, urlsplit
from uuid import UUID

import redis.asyncio
from fastapi import Depends, FastAPI, HTTPException, Response
from models import CardAnswer, Product, ProductAnswer, Shop, Variant
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload, undefer

KEPT_SECONDS = 60
CARDS = TypeAdapter(list[CardAnswer])

_database = urlsplit(os.environ["DATABASE_URL"])
engine = create_async_engine(
    URL.create(
        "postgresql+asyncpg",
        username=_database.username,
        database=_database.path.strip("/"),
        query={"host": unquote(_database.netloc.rpartition("@")[2])},
    ),
    pool_size=8,
    max_overflow=0,
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
store = redis.asyncio.from_url(os.environ["REDIS_URL"])
app = FastAPI()


async def session():
    async with sessions() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]

PUBLIC = (
    select(Product)
    .join(Product.shop)
    .where(Product.status == "active", Product.archived_at.is_(None), Shop.status == "approved")
    .options(
        joinedload(Product.shop),
        joinedload(Product.category),
        joinedload(Product.brand),
    )
)
DETAIL = PUBLIC.options(
    undefer(Product.description),
    undefer(Product.attributes),
    selectinload(Product.variants).joinedload(Variant.stock),
    selectinload(Product.images),
)


async def read_products(opened: AsyncSession) -> list[Product]:
    page = PUBLIC.order_by(Product.created_at.desc(), Product.id.desc()).limit(20)
    return list(await opened.scalars(page))


async def read_product(opened: AsyncSession, product_id: UUID) -> Product:
    found = await opened.scalar(DETAIL.where(Product.id == product_id))
    if found is None:
        raise HTTPException(404)
    return found


async def from_store(key: str, make: Callable[[], Awaitable[bytes]]) -> Response:
    body = await store.get(key)
    if body is None:
        body = await make()
        await store.set(key, body, ex=KEPT_SECONDS)
    return Response(body, media_type="application/json")


@app.get("/products")
async def products(opened: Session) -> list[CardAnswer]:
    return await read_products(opened)


@app.get("/products/{product_id}")
async def product(product_id: UUID, opened: Session) -> ProductAnswer:
    return await read_product(opened, product_id)


@app.get("/cached/products")
async def cached_products() -> Response:
    async def make() -> bytes:
        async with sessions() as opened:
            rows = await read_products(opened)
            return CARDS.dump_json(CARDS.validate_python(rows, from_attributes=True))

    return await from_store("fastapi:products", make)


@app.get("/cached/products/{product_id}")
async def cached_product(product_id: UUID) -> Response:
    async def make() -> bytes:
        async with sessions() as opened:
            row = await read_product(opened, product_id)
            return ProductAnswer.model_validate(row).model_dump_json().encode()

    return await from_store(f"fastapi:product:{product_id}", make)


@app.get("/health")
async def health() -> dict[str, str]:
    return {}
