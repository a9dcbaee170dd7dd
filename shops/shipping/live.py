"""Carriers' own prices: asked all at once, within two seconds, and never inside a transaction.

A carrier that does not answer costs nothing but its price: the rate table stands in. After that it
is left alone for a while, so that not every buyer waits for it.
"""

import hashlib
import logging
import os
import time
from collections.abc import Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cache as kept
from typing import Any, Final, TypeVar

import redis.exceptions
from django.core.cache import cache

from marketplace.common.breaker import Breaker
from shops.shipping.carriers.base import FeeRequest
from shops.shipping.carriers.registry import client_for
from shops.shipping.errors import CarrierRefused, CarrierUnavailable, NotServed

logger = logging.getLogger(__name__)

BUDGET_SECONDS: Final = 2.0
CACHE_SECONDS: Final = 900
# How long a carrier that did not answer is not asked.
REST_SECONDS: Final = 20.0
# A fee is asked for and kept by started steps of this weight.
WEIGHT_STEP_GRAMS: Final = 100
THREADS: Final = 16

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class LiveFee:
    """What a carrier said; `amount` None: it does not go there."""

    amount: int | None
    max_days: int | None = None


breaker = Breaker(rest_seconds=REST_SECONDS, trial_seconds=BUDGET_SECONDS)


def live_fees(wanted: Mapping[K, tuple[str, FeeRequest]]) -> dict[K, LiveFee]:
    """Return the carriers' fees, by key; those that did not answer within the time are left out.

    Call it outside any transaction.
    """
    deadline = time.monotonic() + BUDGET_SECONDS
    asked = {key: (carrier, _rounded(request)) for key, (carrier, request) in wanted.items()}
    names = {key: _cache_key(*each) for key, each in asked.items()}
    known = _cached(set(names.values()))
    open_names = {names[key]: each for key, each in asked.items() if names[key] not in known}
    known |= _ask(open_names, deadline)
    return {key: known[name] for key, name in names.items() if name in known}


def _ask(wanted: Mapping[str, tuple[str, FeeRequest]], deadline: float) -> dict[str, LiveFee]:
    carriers = {carrier for carrier, _ in wanted.values()}
    allowed = {carrier for carrier in carriers if breaker.allows(carrier)}
    futures: dict[Future[LiveFee | None], tuple[str, str]] = {
        _pool(os.getpid()).submit(_fetch, name, carrier, request, deadline): (name, carrier)
        for name, (carrier, request) in wanted.items()
        if carrier in allowed
    }
    wait(futures, timeout=max(deadline - time.monotonic(), 0))
    found: dict[str, LiveFee] = {}
    silent: set[str] = set()
    for future, (name, carrier) in futures.items():
        if future.cancel():
            logger.warning("There was no time to ask %s for its price", carrier)
        elif not future.done():
            logger.warning("%s did not name its price in time", carrier)
            silent.add(carrier)
        elif isinstance(error := future.exception(), CarrierUnavailable):
            logger.warning("%s has no price: %s", carrier, error)
            silent.add(carrier)
        elif error:
            logger.error("%s could not be asked for its price", carrier, exc_info=error)
        elif (fee := future.result()) is not None:
            found[name] = fee
    # One that answers some of many questions is not away: there were too many for the time.
    for carrier in silent - {wanted[name][0] for name in found}:
        breaker.failed(carrier)
    return found


def _fetch(name: str, carrier: str, request: FeeRequest, deadline: float) -> LiveFee | None:
    """Ask one carrier, and keep its answer, also when it came too late for this caller.

    Raises: CarrierUnavailable.
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        return None
    try:
        fee = client_for(carrier).fee(request, timeout_seconds=seconds)
    except NotServed:
        live = LiveFee(None)
    except CarrierRefused as error:
        # It understood and will not: the table's price stands, and nothing is wrong with it.
        logger.warning("%s refuses to name a price: %s", carrier, error)
        return None
    else:
        live = LiveFee(fee.amount, fee.max_days)
    breaker.answered(carrier)
    _store(name, live)
    return live


@kept
def _pool(process: int) -> ThreadPoolExecutor:
    """Return this process's threads; a forked one has to make its own."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="carriers")


def _rounded(request: FeeRequest) -> FeeRequest:
    steps = -(-max(request.weight_grams, 1) // WEIGHT_STEP_GRAMS)
    return replace(request, weight_grams=steps * WEIGHT_STEP_GRAMS)


def _cache_key(carrier: str, request: FeeRequest) -> str:
    """Name a fee by all that it depends on, but for who lives there."""
    parts: list[Any] = [carrier, request.service, request.weight_grams, request.value_amount]
    for place in (request.origin, request.destination):
        parts += [place.line, place.ward, place.district, place.province]
    text = "\x1f".join(str(part) for part in parts)
    return f"shipping:fee:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def _cached(names: set[str]) -> dict[str, LiveFee]:
    try:
        rows = cache.get_many(names)
    except (redis.exceptions.RedisError, OSError):
        return {}
    return {name: LiveFee(*row) for name, row in rows.items()}


def _store(name: str, fee: LiveFee) -> None:
    try:
        cache.set(name, (fee.amount, fee.max_days), CACHE_SECONDS)
    except (redis.exceptions.RedisError, OSError):
        logger.warning("Redis is not available: a carrier's price is not kept")
