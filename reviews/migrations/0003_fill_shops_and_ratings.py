import django.db.models.deletion
from django.db import migrations, models

from marketplace.common.append_only import append_only

# The last line checks the foreign keys now: the table is altered in the same transaction.
FILL = """
SET LOCAL statement_timeout = 0;
UPDATE reviews_review review SET shop_id = product.shop_id
FROM catalog_product product WHERE product.id = review.product_id;
UPDATE catalog_product product SET rating_sum = found.stars
FROM (
    SELECT product_id, sum(rating) AS stars FROM reviews_review
    WHERE status = 'published' GROUP BY product_id
) found WHERE found.product_id = product.id;
UPDATE shops_shop shop SET rating_sum = found.stars
FROM (
    SELECT shop_id, sum(rating) AS stars FROM reviews_review
    WHERE status = 'published' GROUP BY shop_id
) found WHERE found.shop_id = shop.id;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_moderation_and_questions")]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="review",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviews",
                to="shops.shop",
            ),
        ),
        append_only("reviews_reviewdecision"),
        append_only("reviews_questiondecision"),
    ]
