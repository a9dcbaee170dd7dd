import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.identifiers import normal_email
from accounts.models import User
from accounts.services import create_admin
from marketplace.common.audit.constants import ActorKind
from marketplace.common.audit.context import acting, operator
from marketplace.common.errors import DomainError
from marketplace.common.phones import normalise_phone

PASSWORD_VARIABLE = "ADMIN_PASSWORD"


class Command(BaseCommand):
    help = (
        "Make a superuser. The password comes from --password, from the environment variable "
        f"{PASSWORD_VARIABLE}, or is asked for."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email")
        parser.add_argument("--phone")
        parser.add_argument("--name", default="Administrator")
        parser.add_argument("--password", help="visible to others on this machine; better not")
        parser.add_argument(
            "--if-missing", action="store_true", help="succeed when there is such an account"
        )

    def handle(
        self,
        *args: Any,
        email: str | None,
        phone: str | None,
        name: str,
        password: str | None,
        if_missing: bool,
        **options: Any,
    ) -> None:
        try:
            email = normal_email(email) if email else None
            phone = normalise_phone(phone) if phone else None
        except ValueError as error:
            raise CommandError(str(error)) from error
        identifiers = [identifier for identifier in (email, phone) if identifier]
        if if_missing and any(User.objects.identified_by(i).exists() for i in identifiers):
            self.stdout.write(f"{identifiers[0]}: there already")
            return
        secret = password or os.environ.get(PASSWORD_VARIABLE) or self._ask()
        try:
            with acting(None, ActorKind.OPERATOR, via=operator("create_admin")):
                user = create_admin(
                    email=email, phone_number=phone, password=secret, full_name=name
                )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.email or user.phone_number}: superuser {user.pk}")

    @staticmethod
    def _ask() -> str:
        password = getpass("Password: ")
        if getpass("Password again: ") != password:
            raise CommandError("The two differ.")
        return password
