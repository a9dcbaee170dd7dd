"""A database that has been migrated, for each test process to copy."""

import hashlib
import inspect
import sys
from importlib import import_module
from types import ModuleType
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

PREFIX: Final = "template_of_tests_"
_LOCK: Final = 8_402_117


def migrated_template() -> str:
    """Return the name of a database with all migrations, made unless another process has.

    Migrating takes fifteen seconds, copying what was migrated less than one.
    """
    name = f"{PREFIX}{_digest()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SET lock_timeout = 0; SET statement_timeout = 0")
        # Ends with this connection, so that a process that is killed leaves no lock.
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        made = {found for (found,) in cursor.fetchall()}
        if name not in made:
            draft = f"{PREFIX}draft"
            for old in made:
                cursor.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{draft}"')
            _migrate(draft)
            cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    return name


def _digest() -> str:
    """Tell apart what migrations make: by their files and by those of ours that they import."""
    migrations = MigrationLoader(None).disk_migrations.values()
    modules = {import_module(migration.__module__) for migration in migrations}
    used = {
        module
        for each in modules
        for value in vars(each).values()
        if (module := _home(value)) is not None
    }
    digest = hashlib.sha256()
    for path in sorted({inspect.getfile(module) for module in modules | used}):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:16]


def _home(value: object) -> ModuleType | None:
    """Return the module of ours that a thing is or comes from."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    module = sys.modules.get(name or "")
    path = getattr(module, "__file__", None) or ""
    return module if path.startswith(f"{settings.BASE_DIR}/") else None


def _migrate(name: str) -> None:
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
