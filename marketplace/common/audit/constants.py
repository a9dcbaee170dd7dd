from typing import Final

from django.db import models

# What a trigger reads to know whether anybody's changes are written down, and whose they are.
SETTING: Final = "marketplace.audit"
# Stands for a value that nobody may read, such as a password.
HIDDEN: Final = "(hidden)"


class ActorKind(models.TextChoices):
    STAFF = "staff"
    SELLER = "seller"
    OPERATOR = "operator"


class Operation(models.TextChoices):
    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"
    EXPORTED = "exported"
    SIGNED_IN = "signed_in"
    REFUSED = "refused"
    UNMASKED = "unmasked"
