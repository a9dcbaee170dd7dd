"""The terminal all processes share: whole lines, each behind the name of its writer."""

import contextlib
import os
import sys
import threading
from typing import TextIO

COLOURS = {
    "run": "1;37",
    "setup": "33",
    "web": "36",
    "realtime": "34",
    "worker": "35",
    "beat": "32",
}
NAME_WIDTH = 8


class Console:
    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.coloured = self.stream.isatty() and not os.environ.get("NO_COLOR")
        self._lock = threading.Lock()

    def write(self, name: str, line: str) -> None:
        label = f"{name:<{NAME_WIDTH}} |"
        if self.coloured:
            label = f"\x1b[{COLOURS.get(name, '37')}m{label}\x1b[0m"
        # When the terminal is gone, the processes need not be.
        with self._lock, contextlib.suppress(OSError, ValueError):
            self.stream.write(f"{label} {line}\n")
            self.stream.flush()
