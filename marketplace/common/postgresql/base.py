"""A database backend whose commits can be watched from right before to right after."""

from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.backends.postgresql import base

from marketplace.common.commits import AroundCommit


class DatabaseWrapper(base.DatabaseWrapper):
    def _commit(self) -> Any:
        watching = [watch for hook in self.run_on_commit if (watch := _watcher(hook[1]))]
        for watch in watching:
            watch.before()
        try:
            return super()._commit()  # type: ignore[misc]  # the stubs lack it
        except (OperationalError, InterfaceError):
            raise  # it may have been committed all the same
        except BaseException:
            for watch in watching:
                watch.undone()
            raise


def _watcher(hook: Any) -> AroundCommit | None:
    owner = getattr(hook, "__self__", None)
    return owner if isinstance(owner, AroundCommit) else None
