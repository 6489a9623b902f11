"""The block of addresses that limits are counted by: who holds one address of it usually holds all."""

from __future__ import annotations

import ipaddress

IPV4_BITS, IPV6_BITS = 24, 64


def network_of(address: str | None) -> str:
    """The /24 or /64 of an address, such as 192.0.2.0/24; one common name for what is no address."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    bits = IPV4_BITS if found.version == 4 else IPV6_BITS
    return str(ipaddress.ip_network((found.packed, bits), strict=False))
