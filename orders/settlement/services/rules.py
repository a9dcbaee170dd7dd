"""Commission rules, as the operator sets them."""

from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from marketplace.common.errors import NotFound
from orders.settlement.models import CommissionRule
from shops.models import Shop
from shops.services.impartiality import require_impartial


def create_rule(*, actor: User | None, **values: Any) -> CommissionRule:
    """Add a rule; it is for orders from now on.

    Raises: ConflictOfInterest for one of a shop that the actor works for.
    """
    _refuse_own(actor, values.get("shop"))
    return CommissionRule.objects.create(**values)


@transaction.atomic
def change_rule(rule_id: UUID, *, actor: User | None, **changes: Any) -> CommissionRule:
    """Change a rule for orders from now on; what was ordered keeps its commission.

    Raises: NotFound; ConflictOfInterest for one that is, or would be, of a shop that the actor
    works for.
    """
    rule = CommissionRule.objects.select_for_update(of=("self",)).filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    _refuse_own(actor, rule.shop, changes.get("shop"))
    for name, value in changes.items():
        setattr(rule, name, value)
    rule.save(update_fields=[*changes, "updated_at"])
    return rule


def _refuse_own(actor: User | None, *shops: Shop | None) -> None:
    for shop in filter(None, shops):
        require_impartial(actor, shop_id=shop.pk)
