"""Bounds on what one piece of work may allocate."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

EXTRA_BYTES: Final = 512 * 2**20


@contextmanager
def bounded_memory(extra_bytes: int = EXTRA_BYTES) -> Iterator[None]:
    """Raise MemoryError for whatever wants more address space than this on top of today's.

    For processes that do one thing at a time: the limit is the whole process's.
    """
    before = resource.getrlimit(resource.RLIMIT_AS)
    soft, hard = before
    bound = _address_space() + extra_bytes
    for limit in (soft, hard):
        if limit != resource.RLIM_INFINITY:
            bound = min(bound, limit)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
