"""Whether a download may go to a host: never into a private network, judged by the addresses that the name resolves to.

The URLs come from an answer, or from a redirect of any host, so whoever controls these could make a backend fetch from
its own network: a cloud's metadata, a database's page. One gap stays: the transport resolves the name once more, and a
hostile name server may then answer differently (DNS rebinding). Over https the certificate closes it: the private host
has none for that name. Over http it is open; https never leads to http here.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

import anyio
from attrs import define, field

from .._wire import Clock
from ._urls import RefusedError, Target, parse_target

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of (host, port). Raises OSError or UnicodeError if the name has none."""

#: Source: the IANA registry of special-purpose IPv4 addresses, and multicast. The last is Azure's platform, which
#: answers on a public address in every machine there.
_NOT_PUBLIC_V4 = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
)  # fmt: skip
#: All that IANA has given out as global unicast, and what is not public in it (2001::/23 holds Teredo).
_GLOBAL_V6 = ip_network("2000::/3")
_NOT_PUBLIC_V6 = tuple(ip_network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20"))
#: RFC 6052: an IPv4 address in the last 32 bits. DNS64 gives these for every IPv4 host in a network without IPv4.
_NAT64 = ip_network("64:ff9b::/96")
_LOCAL_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
#: Domains that exist in private networks only, so that a proxy's resolver must not be asked for them, either: ICANN's
#: decision on .internal (2024), RFC 6762, RFC 8375. Clouds' metadata lie at metadata.google.internal and, as a name alone,
#: at `metadata` and `instance-data`.
_PRIVATE_DOMAINS = (".internal", ".local", ".localdomain", ".home.arpa")
_PRIVATE_NAMES = ("metadata", "instance-data")


def is_public(address: Address) -> bool:
    """Whether an address is one of the public Internet. An IPv4 address inside an IPv6 one decides for it."""
    address = _unwrap(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


def is_loopback(address: Address) -> bool:
    """Whether an address is this machine itself."""
    return _unwrap(address).is_loopback


def _unwrap(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for (mapped, 6to4, NAT64); else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


async def resolve_name(host: str, port: int) -> Sequence[str]:
    """Ask the machine's resolver, off the event loop."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@define
class HostCheck:
    """Refuses hosts in private networks.

    The API's own host is always allowed, since the caller chose it; loopback only if that host is on loopback (a fake on
    this machine). With `resolve=None` only addresses and the names of this machine are judged: for a transport that does
    not resolve names itself.
    """

    base_url: str
    clock: Clock
    resolve: Resolve | None = None
    _base: Target | None = field(init=False)
    _may_be_loopback: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        try:
            self._base = parse_target(self.base_url)
        except RefusedError:  # no download can go there, either
            self._base = None
        self._may_be_loopback = self._base is not None and _is_local(self._base)

    async def check(self, target: Target, timeout: float | None) -> None:
        """Raise RefusedError unless a download may go there. `timeout` bounds the resolver, in seconds."""
        base = self._base
        if base is not None and (target.host, target.port) == (base.host, base.port):
            return
        if target.address is not None:
            self._check_address(target.address)
        elif _is_local(target):
            if not self._may_be_loopback:
                raise RefusedError(f"its host {target.host} is this machine itself")
        elif target.host in _PRIVATE_NAMES or target.host.endswith(_PRIVATE_DOMAINS):
            raise RefusedError(f"its host {target.host} is a name of a private network")
        elif self.resolve is not None:
            for text in await self._addresses_of(self.resolve, target, timeout):
                self._check_address(ip_address(text), f"its host {target.host} resolves to")

    async def _addresses_of(self, resolve: Resolve, target: Target, timeout: float | None) -> Sequence[str]:
        """None if the name does not resolve here: then it is the transport's to say so, or a proxy resolves it."""
        try:
            with self.clock.fail_after(timeout):
                return await resolve(target.host, target.port)
        except (OSError, UnicodeError):  # a TimeoutError is an OSError
            return ()

    def _check_address(self, address: Address, what: str = "its host is") -> None:
        if is_public(address) or (self._may_be_loopback and is_loopback(address)):
            return
        raise RefusedError(f"{what} {address}, which is not a public address")


def _is_local(target: Target) -> bool:
    if target.address is not None:
        return is_loopback(target.address)
    return target.host in _LOCAL_NAMES or target.host.endswith(".localhost")
