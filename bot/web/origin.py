"""Where a request comes from: a page of ours, this very computer, a network that the settings name."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

_PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def is_from_our_page(scope: Scope) -> bool:
    """Whether a browser sent a request for a page of this very origin; True for what only reads.

    Browsers tell it of themselves by Sec-Fetch-Site; where they don't, by HTTP in a network, the Origin tells it.
    """
    if scope["type"] == "http" and scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return True
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    host = headers.get("host", "").lower()
    return bool(host) and urlsplit(headers.get("origin", "")).netloc.lower() == host


def is_from_this_computer(scope: Scope) -> bool:
    """Whether somebody at the server's own computer asks: no proxy stands between, and no name of a stranger's site.

    A name that leads here though it is another's (DNS rebinding) stands in the Host header.
    """
    headers = Headers(scope=scope)
    if any(name in headers for name in _PROXIES):
        return False
    address = _address(scope)
    return bool(address and address.is_loopback) and _is_loopback_name(headers.get("host", ""))


def is_from(networks: Iterable[str], scope: Scope) -> bool:
    """Whether the address that asks is in one of these networks; never where a proxy hides whose it is."""
    headers = Headers(scope=scope)
    address = _address(scope)
    if address is None:
        return False
    if any(name in headers for name in _PROXIES):
        told = [part.strip() for part in headers.get("x-forwarded-for", "").split(",")]
        if scope["client"][0] not in told:  # the proxy's own: it is not one that the settings trust
            return False
    return any(address in ip_network(network) for network in networks)


def _address(scope: Scope) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address((scope.get("client") or ("",))[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_loopback_name(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
