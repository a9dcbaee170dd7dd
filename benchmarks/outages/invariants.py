"""Looks at the invariants every few seconds, straight at PostgreSQL, in a process of its own.

    python -m benchmarks.outages.invariants SECONDS

One JSON line for each look: `{"seconds", "broken"}`, or `{"error"}` while PostgreSQL is away. Ends
with its standard input.
"""

import json
import select
import sys
import time

import django


def main(pause: float) -> None:
    django.setup()
    from django.db import DatabaseError, InterfaceError, connection

    from marketplace.invariants.checks import find_broken, find_violations

    while True:
        began = time.monotonic()
        try:
            names = find_broken()
            broken = [str(row) for row in find_violations(names)] or names if names else []
            look = {"seconds": round(time.monotonic() - began, 2), "broken": broken}
        except (DatabaseError, InterfaceError) as error:
            connection.close()
            look = {"error": str(error).strip().partition("\n")[0]}
        print(json.dumps(look, ensure_ascii=False), flush=True)
        rest = max(pause - (time.monotonic() - began), 0)
        if select.select([sys.stdin], [], [], rest)[0]:
            return


if __name__ == "__main__":
    main(float(sys.argv[1]))
