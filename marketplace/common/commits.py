"""What has to be told right before a commit, and not only after it."""

from typing import Self

from django.db import transaction


class AroundCommit:
    """One per transaction: `before` and then `after` its commit; neither for a savepoint.

    A process that dies in between has said `before`. The locks are still held meanwhile, so it must
    be quick, and it must not raise.
    """

    def before(self) -> None:
        raise NotImplementedError

    def after(self) -> None:
        """Follow the commit; outside any transaction this alone is called, at once."""
        raise NotImplementedError

    def undone(self) -> None:
        """Follow a commit that PostgreSQL refused."""
        raise NotImplementedError

    @classmethod
    def watch(cls: type[Self]) -> None:
        """Watch the current transaction, however often this is called."""
        hooks = transaction.get_connection().run_on_commit
        if not any(type(getattr(hook, "__self__", None)) is cls for _, hook, _ in hooks):
            transaction.on_commit(cls().after, robust=True)
