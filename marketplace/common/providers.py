"""What the clients of payment providers and carriers have in common."""

from django.conf import settings

from marketplace.common.signing import secrets_of


def missing_settings(*names: str, webhook_secrets: str = "", currency: str = "") -> list[str]:
    """Return the names of the settings without which a provider is off, in this order.

    `webhook_secrets` names a setting that may list several; `currency` is the only one it takes.
    """
    missing = [name for name in names if not getattr(settings, name)]
    if webhook_secrets and not secrets_of(getattr(settings, webhook_secrets)):
        missing.append(webhook_secrets)
    if currency and currency != settings.MARKETPLACE_CURRENCY:
        missing.append(f"MARKETPLACE_CURRENCY={currency}")
    return missing
