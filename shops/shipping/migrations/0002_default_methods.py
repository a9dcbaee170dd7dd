"""Give a new deployment in VND two methods to sell with; staff change them in the admin."""

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# service code, name, least and most days, then by zone: steps of (up to grams, fee) and the fee of
# each further started kilo. In đồng.
METHODS = [
    (
        "standard",
        "Giao hàng tiêu chuẩn",
        2,
        5,
        {
            "same_province": ([(500, 16_500), (1_000, 18_000), (3_000, 23_000)], 3_000),
            "same_region": ([(500, 25_000), (1_000, 29_000), (3_000, 37_000)], 5_000),
            "national": ([(500, 29_000), (1_000, 34_000), (3_000, 45_000)], 7_000),
        },
    ),
    (
        "express",
        "Giao hàng nhanh",
        1,
        2,
        {
            "same_province": ([(500, 27_000), (1_000, 30_000), (3_000, 38_000)], 5_000),
            "same_region": ([(500, 40_000), (1_000, 46_000), (3_000, 60_000)], 8_000),
            "national": ([(500, 49_000), (1_000, 57_000), (3_000, 79_000)], 14_000),
        },
    ),
]


def create_methods(apps: Apps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    """Create the methods where there are none; in another currency the figures would be wrong."""
    method_model = apps.get_model("shipping", "ShippingMethod")
    rate_model = apps.get_model("shipping", "ShippingRate")
    if settings.MARKETPLACE_CURRENCY != "VND" or method_model.objects.exists():
        return
    for position, (code, name, min_days, max_days, zones) in enumerate(METHODS):
        method = method_model.objects.create(
            service_code=code,
            name=name,
            min_days=min_days,
            max_days=max_days,
            position=position,
        )
        rate_model.objects.bulk_create(
            rate_model(
                method=method,
                zone=zone,
                up_to_grams=grams,
                fee_amount=fee,
                per_extra_kg_amount=extra,
            )
            for zone, (steps, extra) in zones.items()
            for grams, fee in steps
        )


class Migration(migrations.Migration):
    dependencies = [("shipping", "0001_initial")]
    operations = [migrations.RunPython(create_methods, migrations.RunPython.noop)]
