"""Charts on the start of the console, as far as the caller may see the lists behind them."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from marketplace.common.charts import Chart, Row, bars, console_charts, name_of, percentage, shares
from marketplace.common.local_days import starts_at, today
from marketplace.common.money import display_amount
from orders.constants import PaymentMethod
from orders.metrics.selectors import (
    Figures,
    Period,
    PlatformFigures,
    Provider,
    payment_providers,
    platform_figures,
)


def charts(request: HttpRequest, days: int) -> list[Chart]:
    """Return what the caller may see of the last days; at most two statements."""
    last = today()
    period = Period(last - timedelta(days=days - 1), last)
    may = request.user.has_perm
    found = []
    figures = platform_figures(period)
    if may("orders.view_order"):
        found += [_orders(figures, period), _revenue(figures, period)]
    if may("payments.view_payment"):
        found.append(_payments(payment_providers(period), period))
    if may("accounts.view_user"):
        found.append(_newcomers("users", "accounts_user", figures, period))
    if may("shops.view_shop"):
        found.append(_newcomers("shops", "shops_shop", figures, period))
    if may("catalog.view_searchquery"):
        found.append(_searches(figures, period))
    return found


console_charts.append(charts)


def _orders(figures: PlatformFigures, period: Period) -> Chart:
    cancelled = figures.totals.cancelled_orders
    part = cancelled / figures.totals.orders if figures.totals.orders else 0
    chart = Chart(
        key="orders",
        title="Orders",
        headline=f"{figures.totals.orders:,}",
        note=f"{percentage(part)} cancelled",
        description=_said("orders placed", period, [day.orders for day in figures.days]),
        url=_orders_list(period.first, period.last),
        columns=["Day", "Orders", "Cancelled by now"],
        rows=[
            Row(
                _day(day),
                [f"{day.orders:,}", f"{day.cancelled_orders:,}"],
                _orders_list(_of(day), _of(day)),
            )
            for day in reversed(figures.days)
        ],
    )
    layers = [
        ("kept", [day.orders - day.cancelled_orders for day in figures.days]),
        ("cancelled", [day.cancelled_orders for day in figures.days]),
    ]
    return bars(chart, period.days, layers)


def _revenue(figures: PlatformFigures, period: Period) -> Chart:
    amounts = [day.revenue_amount for day in figures.days]
    sent_back = display_amount(figures.totals.refunded_amount)
    chart = Chart(
        key="revenue",
        title="Revenue",
        headline=display_amount(figures.totals.revenue_amount),
        note=f"{sent_back} sent back",
        description=_said("revenue", period, amounts, display_amount),
        url=_orders_list(period.first, period.last),
        columns=["Day", "Revenue", "Sent back by now"],
        rows=[
            Row(
                _day(day),
                [display_amount(day.revenue_amount), display_amount(day.refunded_amount)],
                _orders_list(_of(day), _of(day)),
            )
            for day in reversed(figures.days)
        ],
    )
    return bars(chart, period.days, [("", amounts)], shown=display_amount)


def _newcomers(noun: str, model: str, figures: PlatformFigures, period: Period) -> Chart:
    numbers = [getattr(day, f"new_{noun}") for day in figures.days]
    chart = Chart(
        key=f"new-{noun}",
        title=f"New {noun}",
        headline=f"{sum(numbers):,}",
        note="",
        description=_said(f"new {noun}", period, numbers),
        url=_list(model, "created_at", period.first, period.last),
        columns=["Day", f"New {noun}"],
        rows=[
            Row(_day(day), [f"{number:,}"], _list(model, "created_at", _of(day), _of(day)))
            for day, number in zip(reversed(figures.days), reversed(numbers), strict=True)
        ],
    )
    return bars(chart, period.days, [(f"new {noun}", numbers)])


def _payments(providers: list[Provider], period: Period) -> Chart:
    decided = sum(row.captured + row.failed for row in providers)
    captured = sum(row.captured for row in providers)
    rates = [(PaymentMethod(row.provider).label, row.success_rate, _rate(row)) for row in providers]
    said = "; ".join(f"{name}: {remark}" for name, _, remark in rates)
    chart = Chart(
        key="payments",
        title="Payments that succeed",
        headline=percentage(captured / decided) if decided else "–",
        note=f"of {decided:,} decided",
        description=f"By provider, of payments begun {_span(period)}. {said or 'None.'}",
        url=_list("payments_payment", "created_at", period.first, period.last),
        columns=["Provider", "Begun", "Succeeded", "Failed", "Open"],
        rows=[
            Row(
                PaymentMethod(row.provider).label,
                [f"{n:,}" for n in (row.started, row.captured, row.failed, row.open)],
                _list(
                    "payments_payment",
                    "created_at",
                    period.first,
                    period.last,
                    provider__exact=row.provider,
                ),
            )
            for row in providers
        ],
    )
    return shares(chart, rates)


def _searches(figures: PlatformFigures, period: Period) -> Chart:
    rate = figures.totals.empty_rate
    chart = Chart(
        key="searches",
        title="Searches without results",
        headline=f"{figures.totals.empty_searches:,}",
        note=f"{percentage(rate)} of {figures.totals.searches:,}" if rate is not None else "",
        description=_said(
            "searches that found nothing", period, [day.empty_searches for day in figures.days]
        ),
        url=_searches_list(period.first, period.last),
        columns=["Day", "Found nothing", "All searches"],
        rows=[
            Row(
                _day(day),
                [f"{day.empty_searches:,}", f"{day.searches:,}"],
                _searches_list(_of(day), _of(day)),
            )
            for day in reversed(figures.days)
        ],
    )
    layers = [
        ("found something", [day.searches - day.empty_searches for day in figures.days]),
        ("found nothing", [day.empty_searches for day in figures.days]),
    ]
    return bars(chart, period.days, layers)


def _rate(row: Provider) -> str:
    if row.success_rate is None:
        return f"{row.started:,} open"
    return f"{percentage(row.success_rate)} of {row.captured + row.failed:,}"


def _said(noun: str, period: Period, numbers: list[int], shown: object = None) -> str:
    """Say in words what the bars show: from when to when, in all, and on which day most."""
    write = shown if callable(shown) else "{:,}".format
    highest = max(numbers)
    if not highest:
        return f"No {noun} {_span(period)}."
    day = period.days[numbers.index(highest)]
    return (
        f"{write(sum(numbers))} {noun} {_span(period)}; most on {name_of(day)}: {write(highest)}."
    )


def _span(period: Period) -> str:
    return f"from {name_of(period.first)} to {name_of(period.last)}"


def _of(day: Figures) -> date:
    return day.day or today()


def _day(day: Figures) -> str:
    return f"{_of(day):%a} {name_of(_of(day))}"


def _orders_list(first: date, last: date) -> str:
    return _list("orders_order", "placed_at", first, last)


def _searches_list(first: date, last: date) -> str:
    query = {"result": "nothing", "day__gte": first.isoformat(), "day__lte": last.isoformat()}
    return f"{reverse('admin:catalog_searchquery_changelist')}?{urlencode(query)}"


def _list(model: str, column: str, first: date, last: date, **where: str) -> str:
    """Return the address of the list of what happened on these days."""
    query = {
        **where,
        f"{column}__gte": starts_at(first).isoformat(),
        f"{column}__lt": starts_at(last + timedelta(days=1)).isoformat(),
    }
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}"
