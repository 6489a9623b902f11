"""Which hosts are this very machine: only to those may a password or a letter travel unencrypted."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host name or address as written in the settings is the loopback; names are not looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
