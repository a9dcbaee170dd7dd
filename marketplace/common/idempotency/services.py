"""Do the work of an Idempotency-Key once, whatever is repeated, concurrent or killed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone

from marketplace.common.errors import DomainError, InvalidInput, Kind
from marketplace.common.idempotency.models import IdempotencyKey
from marketplace.common.locks import try_transaction_lock
from marketplace.common.pruning import delete_in_batches

TTL = timedelta(hours=24)
MAX_KEY_LENGTH = 255


class IdempotencyKeyReused(DomainError):
    kind = Kind.UNPROCESSABLE
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used with another body. Use a new key."


class IdempotencyInProgress(DomainError):
    code = "idempotency_in_progress"
    message = "The first request with this Idempotency-Key is still running. Try again."


@dataclass(frozen=True)
class Answer:
    """A rendered answer; `is_replayed` when it is the stored one."""

    status: int
    body: bytes
    is_replayed: bool = False


def run_once(
    *,
    user_id: UUID,
    route: str,
    key: str,
    request_data: Any,
    work: Callable[[], UUID],
    answer: Callable[[UUID], Answer],
) -> Answer:
    """Do `work` once per key and return its answer again for every repetition.

    `work` runs in one transaction with the key's row and returns the id of what it made; when it
    raises, nothing is kept and the key may be tried again. `answer` runs after the commit and must
    be idempotent: it runs again when a crash came between the two.

    Raises: IdempotencyKeyReused for another body; IdempotencyInProgress while the first runs;
    InvalidInput for a key that is too long.
    """
    if len(key) > MAX_KEY_LENGTH or not key.isprintable():
        raise InvalidInput("Idempotency-Key", f"At most {MAX_KEY_LENGTH} printable characters.")
    row = _work_once(user_id, route, key, _fingerprint(request_data), work)
    if row.response_status is not None and row.response_body is not None:
        return Answer(row.response_status, bytes(row.response_body), is_replayed=True)
    result = answer(row.resource_id)
    row.response_status, row.response_body = result.status, result.body
    row.save(update_fields=["response_status", "response_body", "updated_at"])
    return result


@transaction.atomic
def _work_once(
    user_id: UUID, route: str, key: str, fingerprint: str, work: Callable[[], UUID]
) -> IdempotencyKey:
    if not try_transaction_lock(f"idempotency:{user_id}:{route}:{key}"):
        raise IdempotencyInProgress
    stored = IdempotencyKey.objects.filter(user_id=user_id, route=route, key=key).first()
    if stored is not None and stored.expires_at > timezone.now():
        if stored.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        return stored
    if stored is not None:
        stored.delete()
    return IdempotencyKey.objects.create(
        user_id=user_id,
        route=route,
        key=key,
        fingerprint=fingerprint,
        resource_id=work(),
        expires_at=timezone.now() + TTL,
    )


def prune_keys() -> int:
    """Delete keys that have expired; returns how many."""
    return delete_in_batches(IdempotencyKey.objects.filter(expires_at__lt=timezone.now()))


def _fingerprint(data: Any) -> str:
    canonical = orjson.dumps(data, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(canonical).hexdigest()
