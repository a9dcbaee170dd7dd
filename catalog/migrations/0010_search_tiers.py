import catalog.querysets
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0009_filter_values'),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='folded_name',
            field=models.GeneratedField(db_persist=True, expression=catalog.querysets.Fold('name'), output_field=models.TextField()),
        ),
        # All documents begin in the last tier, which is slower and right; the first run of the
        # periodic job moves them.
        migrations.AddField(
            model_name='searchdocument',
            name='tier',
            field=models.PositiveSmallIntegerField(default=9, help_text='1: the most sold; as `catalog.search.tiers` has it.'),
        ),
        # As the model has it from now on, without making the index anew.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER INDEX search_document_words SET (gin_pending_list_limit = 128)",
                    "ALTER INDEX search_document_words RESET (gin_pending_list_limit)",
                ),
            ],
            state_operations=[
                migrations.RemoveIndex(model_name='searchdocument', name='search_document_words'),
                migrations.AddIndex(
                    model_name='searchdocument',
                    index=django.contrib.postgres.indexes.GinIndex(fields=['folded_vector'], gin_pending_list_limit=128, name='search_document_words'),
                ),
            ],
        ),
        *(
            migrations.AddIndex(
                model_name='searchdocument',
                index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('tier', tier)), fields=['folded_vector'], fastupdate=False, name=f'search_document_tier{tier}'),
            )
            for tier in range(1, 9)
        ),
    ]
