"""Where a request comes from."""

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_ip(request: HttpRequest) -> str:
    """Return the caller's address; forwarding headers count only as proxies of our own wrote them.

    X-Forwarded-For is read from the right, as far as TRUSTED_PROXY_COUNT goes and as each address
    that passed it on is one of TRUSTED_PROXIES; anything further left was written by the client.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXY_COUNT:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop]
        for _ in range(settings.TRUSTED_PROXY_COUNT):
            if not hops or not is_within(address, tuple(settings.TRUSTED_PROXIES)):
                break
            address = hops.pop()
    return _normal(address)


@lru_cache(maxsize=1024)
def is_within(text: str, networks: tuple[IPNetwork, ...]) -> bool:
    """Tell whether an address is in one of the networks; a local socket has none, and is."""
    if not text:
        return True
    address = _parsed(text)
    return address is not None and any(address in network for network in networks)


def _parsed(text: str) -> IPAddress | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _normal(text: str) -> str:
    """IPv6 callers own a /64, so that is what is counted."""
    address = _parsed(text)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address) if address else "unknown"
