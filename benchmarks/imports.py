"""Import 50,000 rows as a worker does: seconds, and the most memory the process ever held.

    python -m benchmarks.imports [--rows 50000] [--format csv|xlsx]

The rows make new products of two variants each, on a database of its own; then the same file is
imported once more, which changes nothing.
"""

import argparse
import csv
import io
import resource
import tempfile
import time
from collections.abc import Iterator
from typing import IO, Any

from benchmarks import environment

HEADER = (
    *("product", "title", "category", "description", "status", "attribute:Chất liệu"),
    *("sku", "variant_name", "price", "stock", "weight_grams", "variant_attribute:Màu"),
)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--format", choices=["csv", "xlsx"], default="csv")
    options = parser.parse_args()
    environment.prepare(1000)

    from django.core.files.base import File

    from catalog.bulk.services import request_import, run_import
    from catalog.models import Category
    from marketplace.common.ids import uuid7
    from shops.constants import ShopStatus
    from shops.models import Shop

    shop = Shop.objects.filter(status=ShopStatus.APPROVED).order_by("pk")[0]
    category = Category.objects.public().order_by("-depth")[0].slug
    with tempfile.TemporaryFile() as file:
        write(file, options.format, rows(options.rows, uuid7().hex[-8:], category))
        size = file.tell() / 2**20
        for what in ("new", "again"):
            file.seek(0)
            job = request_import(
                shop.pk, actor=None, upload=File(file, name=f"goods.{options.format}")
            )
            started = time.monotonic()
            run_import(job.pk)
            seconds = time.monotonic() - started
            job.refresh_from_db()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{options.format} {size:.1f} MiB, {what}: {job.state} {job.message} "
                f"{job.processed_rows} rows in {seconds:.1f} s, "
                f"created={job.created_rows} unchanged={job.unchanged_rows} "
                f"failed={job.failed_rows}, peak {peak:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
