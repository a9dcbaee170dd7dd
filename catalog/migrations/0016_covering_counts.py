"""Products are counted by category in an index alone, not over all of their rows."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0015_brand_position")]

    operations = [
        AddIndexConcurrently(
            "product",
            models.Index(
                name="product_category_newest",
                fields=["category", "created_at", "id"],
                include=["shop"],
                condition=models.Q(archived_at=None, status="active"),
            ),
        ),
        RemoveIndexConcurrently("product", "product_in_category"),
    ]
