"""Migrations that run while the version before them serves: what `docs/deployment.md` rules.

A new one that breaks a rule is written in several steps, or named in `deploy/migrations.txt` with
the reason why it may.
"""

import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import CheckConstraint, Q
from django_migration_linter.sql_analyser import PostgresqlAnalyser, analyse_sql_statements

REVIEWED = project.BASE_DIR / "deploy" / "migrations.txt"
# Columns that are NULL or not, gone or renamed are what the running version trips over; the rest
# stops it for as long as a table is read or an index is built.
DATA = (migrations.RunPython, migrations.RunSQL)


def problems(migration: migrations.Migration, loader: MigrationLoader) -> list[str]:
    """Return what is wrong with running a migration beside the version before it."""
    state = loader.project_state(_before(migration, loader))
    made = {each.name_lower for each in migration.operations if hasattr(each, "fields")}
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state, editor, collect_sql=True)
    sql = ["BEGIN;", *editor.collected_sql] if migration.atomic else editor.collected_sql
    errors, _, warnings = analyse_sql_statements(PostgresqlAnalyser, sql)
    found = [issue.message for issue in (*errors, *warnings)]
    found += [
        "CHECK reads the whole table under a lock: AddConstraintNotValid, then ValidateConstraint"
        for each in migration.operations
        if type(each) is migrations.AddConstraint
        and isinstance(each.constraint, CheckConstraint)
        and each.model_name_lower not in made
    ]
    kinds = {isinstance(each, DATA) for each in migration.operations}
    if kinds == {True, False}:
        found.append("data beside tables: the tables' locks last as long as the data takes")
    return found


def _before(migration: migrations.Migration, loader: MigrationLoader) -> list[tuple[str, str]]:
    """Return the migrations it follows; the graph has their names where it says `__first__`."""
    node = loader.graph.node_map.get((migration.app_label, migration.name))
    return [parent.key for parent in node.parents] if node else list(migration.dependencies)


@cache
def reviewed() -> set[str]:
    lines = REVIEWED.read_text().splitlines()
    return {line.split()[0].rstrip(":") for line in lines if line and not line.startswith("#")}


@pytest.mark.django_db(transaction=True)  # concurrent indexes are refused in one
def test_new_migrations_can_run_while_the_version_before_them_serves():
    loader = MigrationLoader(connection)
    ours = {
        f"{app}.{name}": migration
        for (app, name), migration in loader.disk_migrations.items()
        if Path(str(migration.__module__).split(".")[0]).is_dir()
    }
    new = {name: ours[name] for name in sorted(ours.keys() - reviewed())}

    found = {name: problems(migration, loader) for name, migration in new.items()}

    assert {name: why for name, why in found.items() if why} == {}
    assert reviewed() <= ours.keys()


class Planted(migrations.Migration):
    dependencies = (("shops", "0001_initial"),)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (migrations.RemoveField("shop", "description"), "DROPPING columns"),
        (migrations.RenameField("shop", "description", "about"), "RENAMING columns"),
        (migrations.DeleteModel("storelocation"), "DROPPING table"),
        (migrations.AddField("shop", "rank", models.IntegerField(default=0)), "NOT NULL"),
        (migrations.AlterField("shop", "name", models.CharField(max_length=9)), "ALTERING"),
        (migrations.AddIndex("shop", models.Index(fields=["name"], name="n")), "CREATE INDEX"),
        (
            migrations.AddConstraint("shop", CheckConstraint(name="c", condition=~Q(name=""))),
            "CHECK reads the whole table",
        ),
        (migrations.AddField("shop", "rank", models.IntegerField(null=True)), None),
        (
            migrations.AddField("shop", "rank", models.IntegerField(default=0, db_default=0)),
            None,
        ),
    ],
    ids=lambda value: getattr(value, "migration_name_fragment", None),
)
def test_what_the_rules_forbid_is_found(operation, reason):
    migration = type("Migration", (Planted,), {"operations": [operation]})("9999", "shops")

    found = problems(migration, MigrationLoader(connection))

    assert (re.search(reason, "\n".join(found)) is not None) if reason else found == [], found
