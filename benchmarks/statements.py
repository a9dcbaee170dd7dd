"""What the product sends to PostgreSQL, recorded in this process, and the same as pgbench files."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from benchmarks import environment

# With dashes, or as arrays have them.
_UUID = re.compile(r"\b([0-9a-f]{8}-?[0-9a-f]{4})-?7[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}\b")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_ORDER_NUMBER = re.compile(r"ORD-\d{8}-[0-9A-Z]{6}")
# What an order cannot do without: hold the stock, and write what was bought.
_FLOOR = re.compile(
    r'BEGIN|COMMIT|.*\bUPDATE inventory_stockitem\b|.*\bINSERT INTO "orders_order"',
    re.DOTALL,
)


@dataclass(frozen=True)
class Script:
    """A pgbench file and what its variables stand for; `protocol` as in `pgbench --protocol`."""

    text: str
    protocol: str
    variables: tuple[tuple[str, str], ...] = ()


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Collect the statements of the block, values inside, with those that open and close."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    texts: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield texts
    texts += [query["sql"] for query in captured.captured_queries]


def send(line: str) -> None:
    """Send one request of a requests file to Django in this process."""
    from django.test import Client

    method, path, token, body = line.split("\t", 3)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = Client(SERVER_NAME="127.0.0.1").generic(
        method, path, body, "application/json", headers=headers
    )
    if response.status_code >= 400:
        environment.refuse(f"{path}: status {response.status_code}: {response.content[:300]!r}")


def count(line: str) -> int:
    """Return how many statements a request sends, without those that open and close."""
    with recorded() as texts:
        send(line)
    return sum(not re.match("BEGIN|COMMIT", text) for text in texts)


def only_statement(line: str) -> tuple[str, Sequence[Any]]:
    """Return the one statement that a request sends, and its parameters."""
    from django.db import connection

    sent: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        send(line)
    if len(sent) != 1:
        environment.refuse(f"{line}: {len(sent)} statements, not one")
    return sent[0]


def prepared_script(sql: str, params: Sequence[Any]) -> Script:
    """Return the same statement, prepared, with the same parameters."""
    numbers = iter(range(len(params)))
    text = _LITERAL.sub(_without_names, sql)
    text = re.sub("%s|%%", lambda match: "%" if match[0] == "%%" else f":p{next(numbers)}", text)
    variables = tuple((f"p{n}", str(value)) for n, value in enumerate(params))
    return Script(f"{text};\n", "prepared", variables)


def _without_names(literal: re.Match[str]) -> str:
    """Write a text that pgbench would see a variable in, as in `HH24:MI`, without the colon."""
    if not re.search(":[A-Za-z_]", literal[0]):
        return literal[0]
    return "(" + literal[0].replace(":", "'||chr(58)||'") + ")"


def floor_of(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if _FLOOR.match(text)]


def replay_script(texts: Sequence[str], began: int) -> Script:
    """Make a script of a recorded checkout that may be replayed any number of times.

    What the checkout made (an id of a millisecond from `began` on) gets a new id in each replay.
    All statements are sent as text with their values inside, those that are prepared as well.
    """
    text = ";\n".join(" ".join(text.split("\n")) for text in texts) + ";\n"
    draws: list[str] = []

    def draw(name: str, digits: int) -> str:
        draws.append(f"\\set {name} random({10 ** (digits - 1)}, {10**digits - 1})")
        return f":{name}"

    made = {match[0] for match in _UUID.finditer(text) if _made_ms(match) >= began}
    for number, plain in enumerate(sorted({pk.replace("-", "") for pk in made})):
        end = draw(f"id{number}", 12)
        for written in (plain, str(UUID(plain))):
            text = text.replace(written, written[:-12] + end)
    for number, found in enumerate(sorted(set(_ORDER_NUMBER.findall(text)))):
        text = text.replace(found, f"ORD-{draw(f'day{number}', 8)}-{draw(f'no{number}', 6)}")
    return Script("\n".join([*draws, text]), "simple")


def _made_ms(found: re.Match[str]) -> int:
    """Return when the id was made; those of version 7 begin with it."""
    return int(found[1].replace("-", ""), 16)
