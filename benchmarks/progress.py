"""How far a long step is: a bar on a terminal, one line elsewhere."""

import sys
import time

WIDTH = 30


class Progress:
    """Counts up to `total`; prints the bar each time, and the rate."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, max(total, 1), 0
        self.started = time.monotonic()

    def add(self, count: int) -> None:
        self.done += count
        is_last = self.done >= self.total
        if not (sys.stdout.isatty() or is_last):
            return
        bar = "#" * (WIDTH * self.done // self.total)
        seconds = time.monotonic() - self.started
        rate = self.done / max(seconds, 0.001)
        text = f"[{bar:<{WIDTH}}] {self.done:,} of {self.total:,} {self.what}, {rate:,.0f}/s"
        print(text, end="\n" if is_last else "\r", flush=True)
