"""Facts about the site itself."""

from dataclasses import dataclass

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class SmsCapExhausted(Event):
    """No more SMS of some kind go out for the day; published once a day."""

    topic = "site.sms_cap_exhausted"

    limit: int
