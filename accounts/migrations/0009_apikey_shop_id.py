from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_view_personal_data")]
    operations = [
        migrations.AddField("apikey", "shop_id", models.UUIDField(editable=False, null=True)),
    ]
