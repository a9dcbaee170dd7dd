"""What the present thread has asked of PostgreSQL: whoever wants to know takes the difference."""

import threading


class _Work(threading.local):
    statements = 0
    seconds = 0.0


# Counted here, as finding a connection of the thread costs 3 µs.
work = _Work()
