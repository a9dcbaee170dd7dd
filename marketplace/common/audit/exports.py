"""The log as a file."""

import csv
import json
from collections.abc import Iterator

from marketplace.common.audit.models import Entry
from marketplace.common.audit.querysets import EntryQuerySet
from marketplace.common.spreadsheets import Echo, defused

COLUMNS = (
    *("time", "actor_kind", "actor_id", "actor_name", "operation", "object_type", "object_id"),
    *("object_name", "before", "after", "via", "ip_address", "request_id"),
)
_CHUNK_ROWS = 1_000


def exported_entries(entries: EntryQuerySet) -> Iterator[bytes]:
    """Yield the entries as CSV, the newest first; no cell is taken for a formula.

    Read in pages by id, each its own statement: the log may be longer than one may take.
    """
    writer = csv.writer(Echo())
    yield b"\xef\xbb\xbf"  # spreadsheets take it for UTF-8 by this
    yield writer.writerow(COLUMNS).encode()
    rows = entries.with_actor_name().order_by("-id")
    page = list(rows[:_CHUNK_ROWS])
    while page:
        yield "".join(writer.writerow(_cells(entry)) for entry in page).encode()
        page = list(rows.filter(pk__lt=page[-1].pk)[:_CHUNK_ROWS])


def _cells(entry: Entry) -> list[str]:
    cells = [
        entry.created_at.isoformat(timespec="seconds"),
        entry.actor_kind,
        str(entry.actor_id or ""),
        getattr(entry, "actor_name", None) or "",
        entry.operation,
        entry.object_type,
        entry.object_id,
        entry.object_name,
        *(
            "" if part is None else json.dumps(part, ensure_ascii=False)
            for part in (entry.before, entry.after)
        ),
        entry.via,
        entry.ip_address,
        entry.request_id,
    ]
    return [defused(cell) for cell in cells]
