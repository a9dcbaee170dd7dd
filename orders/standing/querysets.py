"""Filters of standings."""

from django.db.models import Q

from orders.standing.constants import (
    AT_RISK_CANCEL_BPS,
    AT_RISK_LATE_BPS,
    AT_RISK_ORDERS,
    AT_RISK_RETURN_BPS,
)


def at_risk(prefix: str = "") -> Q:
    """Which shops are late, cancel or get goods back too often; `prefix` leads to standings."""

    def over(of: str, **rate: int) -> Q:
        names = {**rate, f"{of}__gte": AT_RISK_ORDERS}
        return Q(**{f"{prefix}{name}": value for name, value in names.items()})

    return (
        over("orders", late_rate_bps__gte=AT_RISK_LATE_BPS)
        | over("orders", cancel_rate_bps__gte=AT_RISK_CANCEL_BPS)
        | over("delivered_orders", return_rate_bps__gte=AT_RISK_RETURN_BPS)
    )
