"""Hosts in private networks are refused, whatever their address is written like."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async.testing import VirtualClock
from astria_async.waiting._addresses import HostCheck, is_public, resolve_name
from astria_async.waiting._urls import RefusedError, parse_target

pytestmark = pytest.mark.anyio
API = "https://api.astria.ai"
PRIVATE_V4 = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.192", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "168.63.129.16",
]  # fmt: skip
PUBLIC_V4 = [
    "1.1.1.1",
    "8.8.8.8",
    "52.216.1.1",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "223.255.255.1",
]
PRIVATE_V6 = [
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "100::1",
    "64:ff9b:1::1", "3fff::1", "4000::1", "::7f00:1",
]  # fmt: skip
PUBLIC_V6 = ["2606:4700:4700::1111", "2a00:1450:4001::200e", "2001:4860:4860::8888"]

v4 = st.ip_addresses(v=4)
private_v4 = st.sampled_from(PRIVATE_V4).map(ipaddress.IPv4Address)


def mapped(address: ipaddress.IPv4Address) -> ipaddress.IPv6Address:
    return ipaddress.IPv6Address(0xFFFF << 32 | int(address))


def nat64(address: ipaddress.IPv4Address) -> ipaddress.IPv6Address:
    return ipaddress.IPv6Address(0x0064FF9B << 96 | int(address))


def six_to_four(address: ipaddress.IPv4Address) -> ipaddress.IPv6Address:
    return ipaddress.IPv6Address(0x2002 << 112 | int(address) << 80 | 1)


@pytest.mark.parametrize("text", [*PRIVATE_V4, *PRIVATE_V6])
def test_an_address_of_no_public_network_is_known(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", [*PUBLIC_V4, *PUBLIC_V6])
def test_a_public_address_is_known(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("inside", [mapped, nat64, six_to_four])
@given(v4 | private_v4)
def test_an_ipv4_address_inside_an_ipv6_one_decides(inside: object, address: ipaddress.IPv4Address) -> None:
    assert callable(inside)
    assert is_public(inside(address)) == is_public(address)


@given(v4)
def test_the_standard_librarys_private_addresses_are_not_public(address: ipaddress.IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not is_public(address)


@given(st.ip_addresses(v=6))
def test_every_public_ipv6_address_is_global_unicast(address: ipaddress.IPv6Address) -> None:
    if is_public(address) and address.ipv4_mapped is None and address not in ipaddress.ip_network("64:ff9b::/96"):
        assert int(address) >> 125 == 1
        assert not address.is_private or address.sixtofour


def spellings(address: ipaddress.IPv4Address) -> list[str]:
    number, parts = int(address), str(address).split(".")
    return [
        str(address), f"{address}.", str(number), hex(number), oct(number).replace("o", ""),
        ".".join(f"0{int(part):o}" for part in parts), ".".join(hex(int(part)) for part in parts),
        f"{parts[0]}.{number & 0xFFFFFF}", f"{parts[0]}.{parts[1]}.{number & 0xFFFF}",
        str(address).translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),
        str(address).replace(".", "\u3002"), "".join(f"%{ord(letter):02x}" for letter in str(address)),
        f"[::ffff:{address}]", f"[{mapped(address)}]", f"[{nat64(address)}]", f"[{six_to_four(address)}]", f"[::{address}]",
        f"[::ffff:{address}%25lo]",
    ]  # fmt: skip


async def check(url: str, *, base_url: str = API, **names: Sequence[str] | Exception) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        found = names[host.partition(".")[0]]
        if isinstance(found, Exception):
            raise found
        return found

    await HostCheck(base_url, VirtualClock(), resolve).check(parse_target(url), 10.0)


@given(private_v4, st.data())
def test_no_spelling_of_a_private_address_gets_through(address: ipaddress.IPv4Address, data: st.DataObject) -> None:
    host = data.draw(st.sampled_from(spellings(address)))
    with pytest.raises(RefusedError):
        anyio.run(check, f"http://{host}/", backend="asyncio")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "a.localhost", "localhost.localdomain", "127.0.0.1", "[::1]"]
)
async def test_loopback_is_for_a_base_url_on_loopback(host: str) -> None:
    with pytest.raises(RefusedError, match=r"this machine itself|not a public address"):
        await check(f"http://{host}:9/")
    for base_url in ("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://x.localhost:1"):
        await check(f"http://{host}:9/", base_url=base_url)


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "[fe80::1]", "0.0.0.0", "inner.corp"])
async def test_loopback_does_not_open_other_private_networks(host: str) -> None:
    with pytest.raises(RefusedError, match="not a public address"):
        await check(f"http://{host}/", base_url="http://127.0.0.1:8000", inner=["10.0.0.8"])


async def test_the_apis_own_host_is_always_allowed() -> None:
    await check("http://mock:8000/image", base_url="http://mock:8000", mock=["172.18.0.2"])
    await check("http://10.0.0.1/image", base_url="http://10.0.0.1")
    with pytest.raises(RefusedError):
        await check("http://mock:9000/image", base_url="http://mock:8000", mock=["172.18.0.2"])


async def test_a_name_is_judged_by_all_its_addresses() -> None:
    await check("https://cdn.x/", cdn=["1.1.1.1", "2606:4700::1"])
    with pytest.raises(RefusedError, match=r"its host cdn\.x resolves to 10\.0\.0\.1, which is not a public address"):
        await check("https://cdn.x/", cdn=["1.1.1.1", "10.0.0.1"])
    with pytest.raises(RefusedError, match="not a public address"):
        await check("https://cdn.x/", cdn=["fe80::1%eth0"])
    with pytest.raises(RefusedError, match="not a public address"):
        await check("https://cdn.x/", cdn=["127.0.0.1"])
    await check("https://cdn.x/", cdn=["127.0.0.1", "::1"], base_url="http://localhost")


@pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("label too long"), TimeoutError()])
async def test_name_that_does_not_resolve_is_left_to_the_transport(error: Exception) -> None:
    await check("https://cdn.x/", cdn=error)


async def test_a_silent_resolver_is_bounded_by_the_connect_timeout() -> None:
    clock = VirtualClock()

    async def resolve(host: str, port: int) -> Sequence[str]:
        await clock.sleep(1000)
        return ["10.0.0.1"]

    await HostCheck(API, clock, resolve).check(parse_target("https://cdn.x/"), 10.0)
    assert clock.monotonic() == 10


async def test_without_a_resolver_only_names_of_this_machine_are_judged() -> None:
    hosts = HostCheck(API, VirtualClock())
    await hosts.check(parse_target("https://mp.astria.ai/a"), 10.0)
    for url in ("http://localhost/", "http://10.0.0.1/"):
        with pytest.raises(RefusedError):
            await hosts.check(parse_target(url), 10.0)


@pytest.mark.network
async def test_the_machines_resolver_knows_this_machine() -> None:
    assert {"127.0.0.1", "::1"} & {*await resolve_name("localhost", 80)}


@pytest.mark.parametrize(
    "host", ["metadata.google.internal", "metadata", "instance-data", "nas.local", "db.localdomain", "ip6-loopback"]
)
async def test_a_name_of_private_networks_alone_is_refused_unresolved(host: str) -> None:
    check = HostCheck(API, VirtualClock())  # no resolver: a proxy may be the one that resolves the name
    with pytest.raises(RefusedError, match=rf"^its host {host} is "):
        await check.check(parse_target(f"http://{host}/latest"), None)
