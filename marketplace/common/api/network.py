"""Where a request comes from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Return the caller's address; forwarding headers count only behind proxies of our own.

    With TRUSTED_PROXY_COUNT=n, the n-th address from the right of X-Forwarded-For is the one that
    our outermost proxy saw; anything further left was written by the client.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop]
    count = settings.TRUSTED_PROXY_COUNT
    if count and len(hops) >= count:
        peer = hops[-count]
    return _normal(peer)


def _normal(text: str) -> str:
    """IPv6 callers own a /64, so that is what is counted."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
