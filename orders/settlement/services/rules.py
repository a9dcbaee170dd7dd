"""Commission rules, as the operator sets them."""

from typing import Any
from uuid import UUID

from django.db import transaction

from marketplace.common.errors import NotFound
from orders.settlement.models import CommissionRule


def create_rule(**values: Any) -> CommissionRule:
    """Add a rule; it is for orders from now on."""
    return CommissionRule.objects.create(**values)


@transaction.atomic
def change_rule(rule_id: UUID, **changes: Any) -> CommissionRule:
    """Change a rule for orders from now on; what was ordered keeps its commission."""
    rule = CommissionRule.objects.select_for_update(of=("self",)).filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    for name, value in changes.items():
        setattr(rule, name, value)
    rule.save(update_fields=[*changes, "updated_at"])
    return rule
