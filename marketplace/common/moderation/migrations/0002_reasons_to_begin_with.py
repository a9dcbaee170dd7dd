from django.db import migrations

REASONS = {
    "shop": [
        "The name of the shop is somebody else's, or misleading.",
        "The address that parcels come from is not complete.",
        "The bank account is not in the name of the shop's owner.",
        "Tell more about what the shop sells.",
    ],
    "product": [
        "The pictures do not show what is sold.",
        "The title or description does not fit what is sold.",
        "It stands in the wrong category.",
        "It may not be sold here.",
        "It is, or looks like, a counterfeit.",
        "The price is not a real price.",
    ],
    "review": [
        "It insults or threatens people.",
        "It is not about the product.",
        "It advertises something.",
        "It tells personal data.",
        "Its pictures do not belong here.",
    ],
    "question": [
        "It insults or threatens people.",
        "It is not about the product.",
        "It advertises something.",
        "It tells personal data.",
    ],
    "return": [
        "The goods were used, or are not complete.",
        "The pictures do not show what is wrong.",
        "The request is not covered by the conditions of returns.",
    ],
}


def add_reasons(apps, schema_editor):
    reason = apps.get_model("moderation", "ModerationReason")
    reason.objects.bulk_create(
        reason(subject=subject, text=text, position=position)
        for subject, texts in REASONS.items()
        for position, text in enumerate(texts, start=1)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.RunPython(add_reasons, migrations.RunPython.noop),
        # What staff did to a row stands on its page: Django has no index for it.
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS admin_log_of_row"
            " ON django_admin_log (content_type_id, object_id, id)",
            "DROP INDEX IF EXISTS admin_log_of_row",
        ),
    ]
