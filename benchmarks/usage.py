"""What processes use, as the kernel counts it: processor time and memory."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """`pss` is resident memory with what several processes share divided among them."""

    pid: int
    command: str
    pss_mb: float


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that it started, itself first."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def cpu_seconds(roots: Mapping[str, int]) -> dict[str, float]:
    """Return the processor time that each of the families has used since it was started.

    A child that has ended is counted with the parent that waited for it.
    """
    return {name: sum(map(_own_cpu_seconds, family(pid))) for name, pid in roots.items()}


def _own_cpu_seconds(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS_PER_SECOND


def memory(pid: int) -> list[Usage]:
    """Return what each process of a family holds."""
    return [Usage(member, _command(member), _pss_mb(member)) for member in family(pid)]


def _pss_mb(pid: int) -> float:
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024


def _command(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return b" ".join(words).decode(errors="replace").strip()
