from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.identifiers import normal_identifier
from accounts.models import User
from accounts.services import reset_second_factor
from marketplace.common.audit.constants import ActorKind
from marketplace.common.audit.context import acting, operator
from marketplace.common.errors import DomainError


class Command(BaseCommand):
    help = (
        "Take away the lost second factor of a member of staff: all sign-ins end, and the next one "
        "leads to enrolment. Make sure first that it is really they who ask."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("identifier", help="phone number or e-mail address")

    def handle(self, *args: Any, identifier: str, **options: Any) -> None:
        try:
            user = User.objects.identified_by(normal_identifier(identifier)).get()
            with acting(None, ActorKind.OPERATOR, via=operator("reset_second_factor")):
                reset_second_factor(user.pk, actor=None)
        except ValueError as error:
            raise CommandError(str(error)) from error
        except User.DoesNotExist as error:
            raise CommandError(f"There is no account with {identifier}.") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{identifier}: no second factor any more")
