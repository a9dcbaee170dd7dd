"""Filters and locks of shops."""

import math
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import connection, models
from django.db.models import DateTimeField, DecimalField, F, FloatField, Func, Q, Value
from django.db.models.functions import ASin, Cast, Cos, Least, Now, Power, Radians, Sin, Sqrt

from marketplace.common.texts import slugify
from shops.constants import ShopStatus, TeamRole

if TYPE_CHECKING:
    from shops.models import (  # noqa: F401
        Shop,
        ShopInvitation,
        ShopMember,
        StoreLocation,
    )

EARTH_RADIUS_KM = 6_371.0088


class ClockEnds(Func):
    """When a clock of a shop runs out: of the shop's id, its beginning, and how long it runs.

    It stands still while the shop is on holiday, also in a holiday that is planned. What is late is
    decided by this alone, wherever it is shown, warned of or enforced.
    """

    function = "shops_clock_ends"
    arity = 3
    output_field = DateTimeField()


class ShopQuerySet(models.QuerySet["Shop"]):
    def public(self) -> Self:
        """Shops that buyers see and can buy from."""
        return self.filter(status=ShopStatus.APPROVED)

    def named_like(self, text: str) -> Self:
        """Shops whose name holds the text; the slug finds it without its diacritics."""
        condition = Q(name__icontains=text)
        if folded := slugify(text):
            condition |= Q(slug__contains=folded)
        return self.filter(condition)

    def lock(self, shop_id: UUID) -> "Shop":
        """Lock one shop and read it. Raises: Shop.DoesNotExist."""
        return self.select_for_update(of=("self",)).get(pk=shop_id)

    def hold(self, shop_id: UUID) -> "Shop | None":
        """Keep a shop from being changed until the transaction ends, and read it; None: not there.

        `FOR KEY SHARE`, which many transactions may hold at once; Django has no word for it.
        """
        statement = f"SELECT id FROM {self.model._meta.db_table} WHERE id = %s FOR KEY SHARE"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(statement, [shop_id])
        return self.filter(pk=shop_id).first()


class ShopMemberQuerySet(models.QuerySet["ShopMember"]):
    def of(self, shop: "Shop") -> Self:
        """Row scope: a shop's own team, the oldest first."""
        return self.filter(shop=shop).order_by("pk")

    def with_role(self, role: TeamRole) -> Self:
        return self.filter(roles__contains=[role])


class ShopInvitationQuerySet(models.QuerySet["ShopInvitation"]):
    def of(self, shop: "Shop") -> Self:
        """Row scope: a shop's invitations that were neither accepted nor revoked."""
        return self.filter(shop=shop, accepted_at=None, revoked_at=None).order_by("pk")

    def live(self) -> Self:
        """Invitations that can be accepted."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=Now())


class StoreLocationQuerySet(models.QuerySet["StoreLocation"]):
    def public(self) -> Self:
        """Locations to show: active, the platform's own or an approved shop's."""
        return self.filter(
            Q(shop=None) | Q(shop__status=ShopStatus.APPROVED), is_active=True, archived_at=None
        )

    def of(self, shop: "Shop") -> Self:
        """Row scope: a shop's own locations that are not archived."""
        return self.filter(shop=shop, archived_at=None)

    def within(self, latitude: float, longitude: float, radius_km: float) -> Self:
        """Locations at most that far away, with `distance_km` to three decimals.

        A box around the point, which an index can answer, is cut out before distances are computed.
        """
        boxed = self.filter(_box(latitude, longitude, radius_km))
        measured = boxed.annotate(distance_km=_distance(latitude, longitude))
        return measured.filter(distance_km__lte=round(radius_km, 3))


def _box(latitude: float, longitude: float, radius_km: float) -> Q:
    """Return the condition of a box that holds the circle, also over a pole or the date line."""
    # A thousandth more, so that rounding leaves nothing out at the rim.
    angle = radius_km * 1.001 / EARTH_RADIUS_KM
    reach = math.degrees(angle)
    rows = Q(latitude__range=(latitude - reach, latitude + reach))
    if abs(latitude) + reach >= 90:
        return rows
    side = math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(latitude))))
    west, east = longitude - side, longitude + side
    if west < -180:
        return rows & (Q(longitude__gte=west + 360) | Q(longitude__lte=east))
    if east > 180:
        return rows & (Q(longitude__gte=west) | Q(longitude__lte=east - 360))
    return rows & Q(longitude__range=(west, east))


def _distance(latitude: float, longitude: float) -> Cast:
    """Return the haversine distance to a point; numeric, so that equal ones compare as equal."""
    here_lat = Value(math.radians(latitude), output_field=FloatField())
    here_lng = Value(math.radians(longitude), output_field=FloatField())
    lat = Radians(Cast(F("latitude"), FloatField()))
    lng = Radians(Cast(F("longitude"), FloatField()))
    half = Value(2.0, output_field=FloatField())
    chord = Power(Sin((lat - here_lat) / half), 2) + Cos(here_lat) * Cos(lat) * Power(
        Sin((lng - here_lng) / half), 2
    )
    angle = ASin(Sqrt(Least(chord, Value(1.0, output_field=FloatField()))))
    kilometres = angle * Value(2 * EARTH_RADIUS_KM, output_field=FloatField())
    return Cast(kilometres, DecimalField(max_digits=8, decimal_places=3))
