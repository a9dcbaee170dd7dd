"""Import 50,000 rows as a worker does: seconds, and the most memory the process ever held.

    .venv/bin/python benchmarks/imports.py [--rows 50000] [--formats csv,xlsx] [--check]

The rows make new products of two variants each, on a database of its own; then the same file is
imported once more, which changes nothing. Each format is imported by a process of its own, so that
one's memory is not counted with the other's.
"""

import argparse
import csv
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment, goals, report

HEADER = (
    *("product", "title", "category", "description", "status", "attribute:Chất liệu"),
    *("sku", "variant_name", "price", "stock", "weight_grams", "variant_attribute:Màu"),
)
SECONDS, MB = 300, 300
DATABASE = "imports"


def rows(count: int, run: str, category: str) -> Iterator[tuple[Any, ...]]:
    yield HEADER
    for number in range(count):
        product = number // 2
        yield (
            *(f"{run}-{product}", f"Áo thun cổ tròn số {product}", category),
            *("Vải mềm, mát, ít nhăn. " * 8, "active", "Cotton"),
            *(f"{run}-{number}", "Đỏ / M", 100_000 + number % 1000, 5, 200, "Đỏ"),
        )


def write(file: IO[bytes], file_format: str, content: Iterator[tuple[Any, ...]]) -> None:
    if file_format == "xlsx":
        from openpyxl.workbook.workbook import Workbook

        workbook = Workbook(write_only=True)
        sheet = workbook.create_sheet()
        for row in content:
            sheet.append(row)
        workbook.save(file)
        return
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    csv.writer(text).writerows(content)
    text.detach()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--formats", type=lambda text: text.split(","), default=["csv", "xlsx"])
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--format", help=argparse.SUPPRESS)
    report.add_check(parser)
    options = parser.parse_args()
    environment.prepare(1000, name=DATABASE)
    if options.file:
        print(json.dumps(_import(options.file, options.format)))
        return 0
    imports = [row for name in options.formats for row in _measure(name, options.rows)]
    judged = [
        goal
        for row in imports
        for goal in (
            goals.at_most(f"{_name(row)}", row["seconds"], SECONDS, unit="s"),
            goals.at_most(f"{_name(row)}, peak memory", row["peak_mb"], MB, unit="MB"),
            goals.at_most(f"{_name(row)}, rows refused", row["failed"], 0, unit="rows"),
        )
    ]
    report.keep("imports", {"imports": imports}, judged, environment.machine())
    return report.exit_code(judged, is_checked=options.check)


def _name(row: dict[str, Any]) -> str:
    return f"{row['rows']:,} rows of {row['format']}, {row['what']}"


def _measure(file_format: str, count: int) -> list[dict[str, Any]]:
    """Write a file, and import it twice in another process."""
    from catalog.models import Category
    from marketplace.common.ids import uuid7

    category = Category.objects.public().order_by("-depth")[0].slug
    with tempfile.NamedTemporaryFile() as file:
        write(file.file, file_format, rows(count, uuid7().hex[-8:], category))
        file.flush()
        print(f"{file_format}: {file.tell() / 2**20:.1f} MiB, importing", flush=True)
        command = [sys.executable, __file__, "--file", file.name, "--format", file_format]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    for row in found:
        print(
            f"{_name(row)}: {row['state']} in {row['seconds']:.1f} s, {row['created']} new, "
            f"{row['unchanged']} unchanged, {row['failed']} refused, peak {row['peak_mb']:.0f} MB"
        )
    return found


def _import(path: Path, file_format: str) -> list[dict[str, Any]]:
    """Import a file twice, in this process."""
    from django.core.files.base import File

    from catalog.bulk.services import request_import, run_import
    from shops.constants import ShopStatus
    from shops.models import Shop

    shop = Shop.objects.filter(status=ShopStatus.APPROVED).order_by("pk")[0]
    found = []
    for what in ("new", "again"):
        with path.open("rb") as file:
            upload = File(file, name=f"goods.{file_format}")
            job = request_import(shop.pk, actor=None, upload=upload)
        started = time.monotonic()
        run_import(job.pk)
        seconds = time.monotonic() - started
        job.refresh_from_db()
        found.append(
            {
                "format": file_format,
                "what": what,
                "state": job.state,
                "rows": job.processed_rows,
                "created": job.created_rows,
                "unchanged": job.unchanged_rows,
                "failed": job.failed_rows,
                "seconds": round(seconds, 1),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
