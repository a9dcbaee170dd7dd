"""A backup of a marketplace that traded, restored into an empty database."""

import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from django.conf import settings as project
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError, call_command, load_command_class
from django.db import connection

from catalog.tests.factories import VariantFactory
from marketplace.backups import postgres
from marketplace.backups.archive import ArchiveWriter
from marketplace.backups.sealing import Sealer, new_key, parse_key
from marketplace.backups.services import FORMAT
from marketplace.common.testing.processes import database_url
from marketplace.demo.tests.conftest import offer_shipping
from orders.models import Order
from orders.returns.tests.factories import delivered
from orders.tests.factories import place
from reviews.tests.factories import ReviewFactory

IMAGE = b"\xff\xd8\xff" + bytes(300_000)


@pytest.fixture
def folder(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.BACKUP_KEY = new_key()
    return settings.BACKUP_DIR


@pytest.fixture
def empty_database(db):
    """The address of a database that has nothing in it."""
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield f"{database_url().rpartition('/')[0]}/{name}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def trade() -> None:
    """Have two buyers buy, one of them pay, get the goods and review them."""
    offer_shipping()
    place((VariantFactory(), 2))
    order = delivered((VariantFactory(stock=10), 3))
    ReviewFactory(order_item=order.items.get())
    default_storage.save("products/goods.jpg", ContentFile(IMAGE))
    storages["private"].save("documents/invoice.pdf", ContentFile(b"%PDF-"))


def manage(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=project.BASE_DIR, env={**os.environ, **environment}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_backup_is_restored_whole_into_an_empty_database(folder, empty_database, capsys):
    trade()
    rows = postgres.row_counts()

    call_command("backup")
    (path,) = folder.iterdir()
    restored = manage(
        "restore", str(path), DATABASE_URL=empty_database, BACKUP_KEY=project.BACKUP_KEY
    )

    assert restored.returncode == 0, restored.stderr
    assert f"rows={sum(rows.values())} " in restored.stdout
    assert "invariants hold" in restored.stdout
    assert "The ledger is right" in restored.stdout
    assert rows["orders_order"] == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each for each in (b"%PDF", b"pgdmp", b"goods.jpg") if each in path.read_bytes()] == []


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_restored_leaves_the_database_as_it_is(folder, tmp_path, settings, capsys):
    trade()
    default_storage.delete("products/goods.jpg")
    call_command("backup")
    (path,) = folder.iterdir()
    sealed = path.read_bytes()
    Order.objects.update(note="changed since")
    changed = Order.objects.filter(note="changed since").count()

    def refuse(content: bytes, reason: str) -> None:
        file = tmp_path / "file.backup"
        file.write_bytes(content)
        with pytest.raises(CommandError, match=reason):
            call_command("restore", file, "--force")
        assert Order.objects.filter(note="changed since").count() == changed

    flipped = bytearray(sealed)
    flipped[len(flipped) // 2] ^= 4
    refuse(bytes(flipped), "damaged or cut off")
    refuse(sealed[:-1], "damaged or cut off")
    refuse(b"PGDMP" + sealed, "not a backup of the marketplace")
    # Rightly sealed, but the dump is none, or ends in the middle of the rows.
    refuse(sealed_dump(b"no dump"), "archive")
    refuse(sealed_dump(dump()[:-2000]), "could not read from input file|end of file")
    refuse(sealed_dump(b"", migrations=["orders.9999_of_tomorrow"]), "newer version")
    settings.BACKUP_KEY = new_key()
    refuse(sealed, "another BACKUP_KEY")


@pytest.mark.django_db(transaction=True)
def test_force_replaces_rows_and_files_out_of_a_bucket_too(folder, s3_endpoint, settings, capsys):
    settings.BACKUP_S3 = {
        "endpoint_url": s3_endpoint,
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    settings.BACKUP_DIR = "s3://backups/shop"
    boto3.client("s3", **settings.BACKUP_S3).create_bucket(Bucket="backups")
    trade()
    call_command("backup")
    call_command("backup", "--list")
    path, _size = capsys.readouterr().out.splitlines()[-1].split("  ")
    assert path.startswith("s3://backups/shop/marketplace-")
    Order.objects.update(note="changed since")
    default_storage.delete("products/goods.jpg")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE left_over (id int)")

    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", path)
    call_command("restore", path, "--force")

    assert not Order.objects.filter(note="changed since").exists()
    assert "left_over" not in postgres.tables()
    with default_storage.open("products/goods.jpg") as file:
        assert file.read() == IMAGE


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_help_shows_examples(command):
    shown = load_command_class("marketplace.backups", command)

    parser = shown.create_parser("manage.py", command)

    assert f"examples:\n  manage.py {command}" in parser.format_help()


def test_without_a_key_nothing_is_written(settings, tmp_path):
    settings.BACKUP_KEY, settings.BACKUP_DIR = "", tmp_path / "backups"

    with pytest.raises(CommandError, match="BACKUP_KEY is not set"):
        call_command("backup")

    assert not (tmp_path / "backups").exists()


def dump() -> bytes:
    with postgres.snapshot() as snapshot_id:
        return b"".join(postgres.dump(snapshot_id))


def sealed_dump(content: bytes, migrations: list[str] | None = None) -> bytes:
    """Return a backup as we would seal it, of whatever content."""
    path = Path(project.BACKUP_DIR) / "made.backup"
    with path.open("wb") as file:
        sealer = Sealer(file, parse_key(project.BACKUP_KEY))
        archive = ArchiveWriter(sealer.write)
        about = {"made_at": "2026-01-01T00:00:00", "postgresql": 180000, "format": FORMAT}
        archive.add({"kind": "about", "migrations": migrations or [], "rows": {}, **about})
        archive.add({"kind": "database"}, [content])
        archive.close()
        sealer.close()
    return path.read_bytes()
