"""Where higher apps take part in what shops do; they register in their `AppConfig.ready()`."""

from collections.abc import Callable

from shops.models import Shop

# Called in the transaction that closes a shop, which is locked; raise a DomainError to refuse, such
# as while orders are open.
closing_checks: list[Callable[[Shop], None]] = []

# Called in the transaction that gives a shop another owner, which has it locked.
handover_steps: list[Callable[[Shop], None]] = []
