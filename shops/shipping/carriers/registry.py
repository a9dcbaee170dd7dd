"""Which carriers this deployment has."""

from typing import Final

from marketplace.common.errors import InvalidInput
from shops.shipping.carriers.base import CarrierClient
from shops.shipping.carriers.ghtk import GHTK
from shops.shipping.carriers.manual import Manual
from shops.shipping.carriers.viettel_post import ViettelPost
from shops.shipping.constants import Carrier

_CLIENTS: Final[dict[str, CarrierClient]] = {
    Carrier.MANUAL: Manual(),
    Carrier.GHTK: GHTK(),
    Carrier.VIETTEL_POST: ViettelPost(),
}


def available_carriers() -> list[str]:
    """Return the codes of the carriers that parcels can be booked with."""
    return [str(code) for code, client in _CLIENTS.items() if not client.missing_settings]


def priced_carriers() -> frozenset[str]:
    """Return the codes of the carriers that can be asked for a price."""
    return frozenset(available_carriers()) - {Carrier.MANUAL.value}


def missing_settings(carrier: str) -> list[str]:
    """Return the names of the settings without which a carrier is off."""
    return _CLIENTS[carrier].missing_settings


def client_for(carrier: str) -> CarrierClient:
    """Return a carrier's client. Raises: InvalidInput when it is not set up here."""
    client = _CLIENTS.get(carrier)
    if client is None or client.missing_settings:
        possible = ", ".join(available_carriers())
        raise InvalidInput(
            "carrier", f"Not available here. Choose: {possible}.", code="not_available"
        )
    return client
