from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import setup_groups
from marketplace.common.audit.constants import ActorKind
from marketplace.common.audit.context import acting, operator


class Command(BaseCommand):
    help = "Make the groups of staff and give each exactly its permissions. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(None, ActorKind.OPERATOR, via=operator("setup_groups")):
            counts = setup_groups()
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count} permissions")
