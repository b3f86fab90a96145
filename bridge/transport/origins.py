"""Who may see our credentials: an origin is scheme, host and port (RFC 6454), compared in normal form.

Pure; the session asks here before it adds anything secret to a request.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """`https://Erp.Example/a?b` → `https://erp.example:443`; "" when it is no absolute HTTP address."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".").lower()
    if scheme not in _PORTS or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{port or _PORTS[scheme]}"


def is_http(url: str) -> bool:
    """Whether this is fetched over the network (else it is a path)."""
    return url.lower().startswith(("http://", "https://"))


def has_userinfo(url: str) -> bool:
    """Whether a user name or password stands in the address, where logs and documents would repeat it."""
    return "@" in urlsplit(url).netloc


def is_loopback(url: str) -> bool:
    """Whether the address never leaves this machine."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def may_have_credentials(url: str, trusted: Collection[str]) -> bool:
    """Whether credentials may go to this address: only to an origin that the configuration names."""
    own = origin(url)
    return bool(own) and own in trusted


def redirect_target(url: str, location: str) -> str | None:
    """Where a redirect leads when it stays at its origin, else None."""
    try:
        target = urljoin(url, location)
    except ValueError:  # such as an IPv6 address that does not end
        return None
    return target if origin(target) and origin(target) == origin(url) else None
