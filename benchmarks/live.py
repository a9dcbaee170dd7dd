"""Open many live connections to one realtime process; print its memory and its haste."""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

if __name__ == "__main__":  # also as a plain file
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from django.core.management import call_command

from benchmarks import environment

PORT = 8791
OPENING_AT_ONCE = 50
LIMIT_MIB = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--notifications", type=int, default=500)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    environment.start()
    call_command("migrate", verbosity=0)
    tokens = _sign_in(options.connections)
    process = subprocess.Popen(
        [sys.executable, "-m", "marketplace.realtime", "--port", str(PORT)],
        cwd=environment.ROOT,
    )
    try:
        _wait_until_up()
        begun = _memory_mib(process.pid)
        held, late = asyncio.run(_measure(process.pid, tokens, options.notifications))
    finally:
        process.terminate()
        process.wait()
    late.sort()
    print(f"{options.connections} connections: {held:.0f} MiB, {begun:.0f} MiB before the first")
    print(
        f"{len(late)} notifications, from commit to client: "
        f"p50 {statistics.median(late) * 1000:.0f} ms, "
        f"p99 {late[int(len(late) * 0.99)] * 1000:.0f} ms, most {late[-1] * 1000:.0f} ms"
    )
    if held > LIMIT_MIB:
        environment.refuse(f"more than {LIMIT_MIB} MiB")


def _sign_in(people: int) -> list[tuple[str, str]]:
    """Return (user id, access token) of that many users of the benchmark's own."""
    from django.utils import timezone

    from accounts.models import Session, User
    from accounts.tokens import token_pair
    from marketplace.common.ids import uuid7

    names = [f"live{number}@benchmark.test" for number in range(people)]
    known = set(User.objects.filter(email__in=names).values_list("email", flat=True))
    User.objects.bulk_create(
        User(email=name, full_name="Live", password="!") for name in names if name not in known
    )
    now = timezone.now()
    sessions = [
        Session(user=user, token_id=uuid7(), last_used_at=now, expires_at=now + timedelta(days=1))
        for user in User.objects.filter(email__in=names)
    ]
    Session.objects.bulk_create(sessions)
    return [(str(session.user_id), token_pair(session)["access"]) for session in sessions]


async def _measure(
    pid: int, tokens: list[tuple[str, str]], times: int
) -> tuple[float, list[float]]:
    from websockets.asyncio.client import ClientConnection, connect

    gate = asyncio.Semaphore(OPENING_AT_ONCE)
    arrived: dict[str, asyncio.Future[float]] = {}

    async def open_one(token: str) -> ClientConnection:
        async with gate:
            wire = await connect(
                f"ws://127.0.0.1:{PORT}/ws/notifications", compression=None, open_timeout=60
            )
            await wire.send(json.dumps({"type": "auth", "token": token}))
            ready = json.loads(await wire.recv())
            if ready["type"] != "ready":
                environment.refuse(str(ready))
            return wire

    async def listen(user_id: str, wire: ClientConnection) -> None:
        async for text in wire:
            if '"notification"' in str(text) and user_id in arrived:
                arrived[user_id].set_result(time.perf_counter())

    wires = await asyncio.gather(*(open_one(token) for _, token in tokens))
    listening = [
        asyncio.create_task(listen(user_id, wire))
        for (user_id, _), wire in zip(tokens, wires, strict=True)
    ]
    held = _memory_mib(pid)
    late = []
    for number in range(times):
        user_id, _ = tokens[number * 7919 % len(tokens)]
        arrived[user_id] = asyncio.get_running_loop().create_future()
        committed_at = await asyncio.to_thread(_tell, user_id)
        late.append(await asyncio.wait_for(arrived[user_id], 60) - committed_at)
        del arrived[user_id]
    held = max(held, _memory_mib(pid))
    for task in listening:
        task.cancel()
    await asyncio.gather(*(wire.close() for wire in wires), *listening, return_exceptions=True)
    return held, late


def _tell(user_id: str) -> float:
    from uuid import UUID

    from marketplace.common.ids import uuid7
    from notifications.constants import NotificationType
    from notifications.services.telling import notify

    values = {"number": "ORD-1", "shop": "Shop", "total": "1", "reason": ""}
    recipients = [(UUID(user_id), NotificationType.ORDER_SHIPPED)]
    notify(recipients, event_key=str(uuid7()), values=values, data={})
    return time.perf_counter()


def _memory_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the realtime process ended")


def _wait_until_up() -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/live", timeout=5)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    main()
