"""The demo's people, shops, categories and brands: what its products hang on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts.models import Address, User
from catalog.models import Brand, Category
from marketplace.common.texts import slugify
from marketplace.demo import accounts, data
from marketplace.demo.data import Department, Section
from marketplace.demo.tables import id_at
from shops.constants import ShopStatus
from shops.models import Shop, ShopStatusChange, StoreLocation

CUSTOMERS = 60
SHOPS_ARE_OLD = timedelta(days=400)


@dataclass(frozen=True)
class DemoShop:
    """A shop as products and orders need it."""

    id: UUID
    owner_id: UUID
    name: str
    province: str


@dataclass(frozen=True)
class DemoBuyer:
    """A buyer with the address that orders copy."""

    id: UUID
    address: dict[str, Any]


@dataclass(frozen=True)
class Leaf:
    """A category of the lowest level."""

    id: UUID
    name: str
    section: Section
    department: Department


@dataclass(frozen=True)
class World:
    """Everything that is there before the first product."""

    shops: list[DemoShop]
    buyers: list[DemoBuyer]
    leaves: list[Leaf]
    brands: list[tuple[UUID, str]]


def make_world(*, shops: int, seed: int, now: datetime) -> World:
    """Make what is missing of accounts, shops, categories and brands, and return all of it."""
    rng = Random(seed)  # noqa: S311 - plausible, not secret
    began = now - SHOPS_ARE_OLD
    _make_accounts(rng, shops, began)
    _make_addresses(rng, began)
    _make_shops(rng, shops, began)
    return World(
        shops=list(_shops()),
        buyers=list(_buyers()),
        leaves=_make_categories(rng, began),
        brands=_make_brands(rng, began),
    )


def _make_accounts(rng: Random, shops: int, at: datetime) -> None:
    password = make_password(accounts.PASSWORD)
    named = [(row.email, row.full_name, row.phone_number) for row in accounts.ACCOUNTS]
    named += [
        (f"seller{n}@demo.test", _full_name(rng), f"+8491{n:07d}") for n in range(3, shops + 1)
    ]
    customers = [
        (f"customer{n}@demo.test", _full_name(rng), f"+8492{n:07d}")
        for n in range(1, CUSTOMERS + 1)
    ]
    for rows, secret in ((named, password), (customers, make_password(None))):
        _bulk_create(
            User,
            [
                User(
                    id=id_at(at, rng),
                    email=email,
                    full_name=full_name,
                    phone_number=phone_number,
                    password=secret,
                    email_verified_at=at,
                    phone_verified_at=at,
                    is_staff=email in {accounts.ADMIN.email, accounts.MODERATOR.email},
                    is_superuser=email == accounts.ADMIN.email,
                )
                for email, full_name, phone_number in rows
            ],
        )
    moderators, _ = Group.objects.get_or_create(name="Moderator")
    User.objects.get(email=accounts.MODERATOR.email).groups.add(moderators)


def _make_addresses(rng: Random, at: datetime) -> None:
    buyers = User.objects.filter(
        email__regex=r"^(buyer|customer)\d*@demo\.test$", addresses=None
    ).order_by("id")
    rows = []
    for buyer in buyers:
        for number in range(2 if buyer.email in _OURS else 1):
            place = _place(rng)
            rows.append(
                Address(
                    id=id_at(at, rng),
                    user=buyer,
                    recipient_name=buyer.full_name,
                    phone_number=buyer.phone_number or "",
                    is_default=number == 0,
                    **place,
                )
            )
    _bulk_create(Address, rows)


_OURS = {accounts.BUYER.email, accounts.BUYER2.email}


def _make_shops(rng: Random, shops: int, at: datetime) -> None:
    emails = [accounts.SELLER.email, accounts.SELLER2.email]
    emails += [f"seller{n}@demo.test" for n in range(3, shops + 1)]
    owners = {
        user.email: user
        for user in User.objects.filter(email__in=[*emails, accounts.NEW_SELLER.email])
    }
    admin = User.objects.get(email=accounts.ADMIN.email)
    rows = [
        _shop(rng, owners[email], _shop_name(n), ShopStatus.APPROVED, at)
        for n, email in enumerate(emails[:shops])
    ]
    rows.append(
        _shop(rng, owners[accounts.NEW_SELLER.email], data.PENDING_SHOP, ShopStatus.PENDING, at)
    )
    missing = {row.pk: row for row in _bulk_create(Shop, rows)}
    ShopStatusChange.objects.bulk_create(
        ShopStatusChange(shop=row, to_status=ShopStatus.PENDING, actor_id=row.owner_id)
        for row in missing.values()
    )
    open_shops = [row for row in missing.values() if row.status == ShopStatus.APPROVED]
    ShopStatusChange.objects.bulk_create(
        ShopStatusChange(
            shop=row, from_status=ShopStatus.PENDING, to_status=ShopStatus.APPROVED, actor=admin
        )
        for row in open_shops
    )
    StoreLocation.objects.bulk_create(_location(rng, row) for row in open_shops)


def _shop(rng: Random, owner: User, name: str, status: ShopStatus, at: datetime) -> Shop:
    return Shop(
        id=id_at(at, rng),
        owner=owner,
        name=name,
        slug=slugify(name),
        description=f"{name} xin chào! Hàng chọn lọc, gửi trong ngày, đổi trả trong 7 ngày.",
        contact_email=owner.email or "",
        contact_phone=owner.phone_number or "",
        pickup_address={
            "recipient_name": owner.full_name,
            "phone_number": owner.phone_number,
            **_place(rng),
        },
        bank_name="Ngân hàng Demo",
        bank_account_name=owner.full_name,
        bank_account_number=f"{rng.randrange(10**9, 10**10)}",
        status=status,
    )


def _shop_name(number: int) -> str:
    if number < len(data.SHOPS):
        return data.SHOPS[number]
    rest, prefix = divmod(number - len(data.SHOPS), len(data.SHOP_PREFIXES))
    again, suffix = divmod(rest, len(data.SHOP_SUFFIXES))
    name = f"{data.SHOP_PREFIXES[prefix]} {data.SHOP_SUFFIXES[suffix]}"
    return f"{name} {again + 1}" if again else name


def _location(rng: Random, shop: Shop) -> StoreLocation:
    address = shop.pickup_address
    city = next(row for row in data.CITIES if row.province == address["province"])
    return StoreLocation(
        shop=shop,
        name=f"{shop.name} – {address['district']}",
        address=f"{address['line1']}, {address['district']}, {address['province']}",
        phone_number=shop.contact_phone,
        latitude=_jittered(rng, city.latitude),
        longitude=_jittered(rng, city.longitude),
    )


def _jittered(rng: Random, degrees: float) -> Decimal:
    return Decimal(f"{degrees + rng.uniform(-0.03, 0.03):.6f}")


def _make_categories(rng: Random, at: datetime) -> list[Leaf]:
    slugs = set(Category.objects.values_list("slug", flat=True))
    if not slugs.issuperset(slugify(row.name) for row in data.DEPARTMENTS):
        Category.objects.bulk_create(_categories(rng, at))
    ids = dict(Category.objects.values_list("slug", "id"))
    return [
        Leaf(ids[slugify(name)], name, section, department)
        for department in data.DEPARTMENTS
        for section in department.sections
        for name in section.leaves
    ]


def _categories(rng: Random, at: datetime) -> Iterator[Category]:
    def node(name: str, position: int, parent: Category | None) -> Category:
        row_id = id_at(at, rng)
        return Category(
            id=row_id,
            parent=parent,
            name=name,
            slug=slugify(name),
            position=position,
            path=(parent.path if parent else "") + f"{row_id.hex}/",
            depth=parent.depth + 1 if parent else 0,
        )

    for i, department in enumerate(data.DEPARTMENTS):
        top = node(department.name, i, None)
        yield top
        for j, section in enumerate(department.sections):
            middle = node(section.name, j, top)
            yield middle
            yield from (node(name, k, middle) for k, name in enumerate(section.leaves))


def _make_brands(rng: Random, at: datetime) -> list[tuple[UUID, str]]:
    _bulk_create(
        Brand,
        [
            Brand(
                id=id_at(at, rng),
                name=name,
                slug=slugify(name),
                description=f"{name}: một thương hiệu của bản demo.",
            )
            for name in data.BRANDS
        ],
    )
    slugs = [slugify(name) for name in data.BRANDS]
    return list(Brand.objects.filter(slug__in=slugs).order_by("slug").values_list("id", "name"))


def _shops() -> Iterator[DemoShop]:
    """Return the open shops of the demo in the order they were made, so the same every time."""
    rows = Shop.objects.filter(
        owner__email__regex=r"^seller\d*@demo\.test$", status=ShopStatus.APPROVED
    )
    order = {name: number for number, name in enumerate(_shop_name(n) for n in range(rows.count()))}
    for shop in sorted(rows, key=lambda row: (order.get(row.name, len(order)), row.name)):
        yield DemoShop(shop.pk, shop.owner_id, shop.name, shop.pickup_address["province"])


def _buyers() -> Iterator[DemoBuyer]:
    rows = Address.objects.filter(
        user__email__regex=r"^(buyer|customer)\d*@demo\.test$", is_default=True, archived_at=None
    )
    for row in rows.select_related("user").order_by("user__email"):
        copied = (
            *("recipient_name", "phone_number", "line1", "line2", "ward", "district", "province"),
            *("postal_code", "country"),
        )
        yield DemoBuyer(row.user_id, {name: getattr(row, name) for name in copied})


def _place(rng: Random) -> dict[str, str]:
    city = rng.choice(data.CITIES)
    return {
        "line1": f"{rng.randrange(1, 300)} {rng.choice(data.STREETS)}",
        "ward": f"Phường {rng.randrange(1, 16)}",
        "district": rng.choice(city.districts),
        "province": city.province,
        "country": "VN",
    }


def _full_name(rng: Random) -> str:
    words = (data.FAMILY_NAMES, data.MIDDLE_NAMES, data.GIVEN_NAMES)
    return " ".join(rng.choice(choices) for choices in words)


def _bulk_create(model: Any, rows: list[Any]) -> list[Any]:
    """Insert the rows that are not there yet; returns those."""
    model.objects.bulk_create(rows, ignore_conflicts=True)
    made = set(model.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    return [row for row in rows if row.pk in made]
