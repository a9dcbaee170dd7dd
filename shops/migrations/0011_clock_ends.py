from django.db import migrations


class Migration(migrations.Migration):
    """`shops_time_on_holiday` stays for processes of the version before; nothing else asks it."""

    dependencies = [("shops", "0010_shop_of_api_keys")]
    operations = [
        migrations.RunSQL(
            sql="""
            CREATE FUNCTION shops_clock_ends(shop uuid, since timestamptz, lasts interval)
            RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
            DECLARE
                ends timestamptz := since + lasts;
                holiday record;
            BEGIN
                FOR holiday IN
                    SELECT h.starts_at, h.ends_at FROM shops_shopholiday h
                    WHERE h.shop_id = shop AND h.ends_at > since
                    ORDER BY h.starts_at
                LOOP
                    EXIT WHEN holiday.starts_at >= ends;
                    ends := ends + (holiday.ends_at - greatest(holiday.starts_at, since));
                END LOOP;
                RETURN ends;
            END $$;
            COMMENT ON FUNCTION shops_clock_ends IS
                'When a clock of a shop runs out, which stands still while the shop is on holiday.';
            """,
            reverse_sql="DROP FUNCTION shops_clock_ends(uuid, timestamptz, interval);",
        ),
    ]
