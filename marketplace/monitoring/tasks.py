"""What is told of background tasks: a line, counts, and when each of them last ended."""

import logging
import time
from typing import Any, Final

import redis
from celery import Task, signals
from django.conf import settings

from marketplace.common import logs, metrics
from marketplace.common.metrics.store import store

logger = logging.getLogger("marketplace.tasks")

# A hash: the name of each task, and when and how it last ended. Whoever looks finds out what has
# not run for long.
LAST_RUNS: Final = "monitoring:tasks"
OUTCOMES: Final = {"SUCCESS": "done", "RETRY": "retried", "IGNORED": "ignored"}


class WatchedTask(Task):
    """Tells what it did, if it did anything: most runs of periodic tasks find nothing to do."""

    abstract = True

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        if not self.request.is_eager:
            given = (self.request.get("headers") or {}).get("request_id")
            logs.request_id.set(given or task_id)
        logs.task.set(
            logs.RunningTask(
                *(self.name, task_id, time.perf_counter(), logs.database_work(), logs.task.get())
            )
        )

    def after_return(
        self, status: str, retval: Any, task_id: str, args: Any, kwargs: Any, einfo: Any
    ) -> None:
        task = logs.task.get()
        if task is None:
            return
        seconds = time.perf_counter() - task.started
        statements, database_seconds = logs.database_work()
        outcome = OUTCOMES.get(status, "failed")
        metrics.TASKS.add(self.name, outcome)
        metrics.TASK_SECONDS.observe(seconds, self.name)
        if not self.request.is_eager:
            _remember(self.name, outcome)
        result = retval if outcome == "done" else None
        fields = {
            "request_id": logs.request_id.get(),
            "task": self.name,
            "task_id": task_id,
            "outcome": outcome,
            "duration_ms": round(seconds * 1000, 2),
            "queries": statements - task.work[0],
            "database_ms": round((database_seconds - task.work[1]) * 1000, 2),
        }
        if isinstance(result, int) or hasattr(result, "is_running_elsewhere"):
            fields["result"] = str(result)
        logger.log(
            logging.ERROR if outcome == "failed" else logging.INFO if result else logging.DEBUG,
            "%s %s in %.1f ms: %s",
            *(self.name, outcome, seconds * 1000, fields.get("result", "-")),
            extra={"fields": fields},
        )
        logs.task.set(task.outer)


def _remember(task: str, outcome: str) -> None:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.3) as client:
            client.hset(LAST_RUNS, f"{task} {outcome}", str(time.time()))
    except (redis.RedisError, OSError):
        logger.debug("Redis does not remember that %s has run", task)


@signals.before_task_publish.connect
def sign(headers: dict[str, Any], **kwargs: Any) -> None:
    """Send with each task which request asked for it, and when."""
    headers["sent_at"] = time.time()
    if (request_id := logs.request_id.get()) != "-":
        headers["request_id"] = request_id


@signals.worker_ready.connect
def serve(**kwargs: Any) -> None:
    """Answer Prometheus from the worker's main process, once it has forked its children."""
    from marketplace.monitoring.server import serve_metrics

    serve_metrics()


@signals.worker_process_shutdown.connect
def save_metrics(**kwargs: Any) -> None:
    """Save what was counted in the last second: worker processes end without saying goodbye."""
    store.save()
