"""Commission: frozen for each line when it is ordered."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from marketplace.common.inserts import insert_rows
from marketplace.common.prepared import Given, PreparedQuery
from orders.settlement.amounts import Rule, SoldLine, commission_of
from orders.settlement.constants import CommissionKind
from orders.settlement.models import CommissionLine, CommissionRule


def freeze_commission(lines: Sequence[SoldLine]) -> None:
    """Keep what the platform will get of these order items; later rules change nothing of it.

    Two statements, whatever the number of lines; in the transaction that writes the items.
    """
    rules = active_rules()
    commissions = [
        (line, commission_of(line, rules, settings.COMMISSION_RATE_BPS)) for line in lines
    ]
    insert_rows(
        [
            CommissionLine(
                order_item_id=line.item_id,
                kind=CommissionKind.SALE,
                rule_id=commission.rule.id if commission.rule else None,
                rule_name=commission.rule.name if commission.rule else "",
                rate_bps=commission.rate_bps,
                base_amount=commission.base_amount,
                amount=commission.amount,
            )
            for line, commission in commissions
        ]
    )


def active_rules() -> list[Rule]:
    """Return the rules of this moment in the operator's order."""
    return [Rule(**row) for row in _rules_at.values(now=timezone.now())]


@PreparedQuery
def _rules_at() -> Any:
    now = Given("now")
    return (
        CommissionRule.objects.filter(
            Q(starts_at=None) | Q(starts_at__lte=now),
            Q(ends_at=None) | Q(ends_at__gt=now),
            is_active=True,
        )
        .order_by("position", "id")
        .values(
            *("id", "name", "rate_bps", "shop_id", "min_price_amount", "below_price_amount"),
            *("floor_amount", "cap_amount"),
            category_path=F("category__path"),
        )
    )
