"""Where a message of ours may be sent: whether an address is one of the open Internet, or of a network that the
configuration names. It knows addresses only.

What is looked at is the address that a connection is about to be made to, after every resolution of names: so it does
not matter how an address is written, nor what a name server answers the second time.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import aiohttp

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MakeSocket = Callable[[aiohttp.AddrInfoType], socket.socket]

_INTERNAL = tuple(
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128",
                     "fc00::/7"))
)  # fmt: skip
_METADATA = tuple(map(ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32",
                                   "168.63.129.16/32", "192.0.0.192/32")))  # fmt: skip
"""Link-local addresses, and where clouds tell a machine its credentials; the last ones are such outside of these."""
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_IPV4_COMPATIBLE = ip_network("::/96")


class Refused(OSError):
    """A connection that is not made."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(errno.EACCES, f"{host} is {reason}")


@dataclass(frozen=True, slots=True)
class Guard:
    """`private`: addresses of this machine and of private networks may be used; those of links and of the metadata of
    clouds never are, unless `networks` has them."""

    private: bool = False
    networks: tuple[Network, ...] = ()

    def reason(self, address: Address) -> str:
        """Why nothing is sent to an address; "" when it may be."""
        if any(address in network for network in self.networks if network.version == address.version):
            return ""
        embedded = _embedded(address)
        if embedded is not None:
            return self.reason(embedded)
        if any(address in network for network in _METADATA if network.version == address.version):
            return "a link-local address, or one of a cloud's metadata"
        if any(address in network for network in _INTERNAL if network.version == address.version):
            return "" if self.private else "an address of this machine or of a private network"
        if address.is_global and not address.is_multicast:
            return ""
        return "no address of the open Internet"

    def socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """The socket for a connection to this address. Raises Refused."""
        family, kind, protocol, _, to = info
        try:
            address = ip_address(str(to[0]).partition("%")[0])
        except ValueError as error:
            raise Refused(str(to[0]), "no IP address") from error
        if reason := self.reason(address):
            raise Refused(str(address), reason)
        return socket.socket(family, kind, protocol)


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that one of IPv6 leads to: mapped, compatible, of 6to4, Teredo or NAT64."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
