"""Proxies: taken from the environment, spoken to in their own language or refused, never passed by, named if they fail."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from astria_async import ConfigurationError, RequestTimeoutError, Timeout, TransportError
from astria_async.transports._proxies import Proxies
from astria_async.transports._url import target_of

from ...support.transports import OURS, Carrier, over
from .conftest import always, get, post

pytestmark = over(OURS)


async def test_a_proxy_that_refuses_was_certainly_not_passed(
    serve: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(connection: Any) -> None:
        await connection.request()
        await connection.answer(b"", "403 Forbidden")

    async with serve(refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        transport = carrier.make(None)
        with pytest.raises(TransportError, match=r"check the proxy: HTTPS_PROXY, HTTP_PROXY") as caught:
            await transport.send(post("https://api.astria.ai/tunes", {"a": 1}))
        await transport.aclose()
    assert caught.value.request_was_sent is False
    assert proxy.requests[0].startswith(b"CONNECT api.astria.ai:443")


async def test_a_proxy_that_is_not_there_was_certainly_not_passed(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    transport = carrier.make(None)
    with pytest.raises(TransportError) as caught:
        await transport.send(post("https://api.astria.ai/tunes", {"a": 1}))
    assert caught.value.request_was_sent is False
    await transport.aclose()


async def test_a_proxys_password_is_in_no_error(serve: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(connection: Any) -> None:
        await connection.request()
        await connection.answer(b"", "407 Proxy Authentication Required")

    async with serve(refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("http://", "http://ann:secret@"))
        transport = carrier.make(None)
        with pytest.raises(TransportError) as caught:
            await transport.send(post("https://api.astria.ai/tunes", {"a": 1}))
        await transport.aclose()
    assert "secret" not in repr(caught.value) + str(vars(caught.value))


async def test_what_is_sent_in_clear_goes_to_proxy_whole(
    serve: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(always) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        transport = carrier.make(None)
        assert (await transport.send(get("http://api.example.com/tunes"))).status == 200
        await transport.aclose()
    assert proxy.requests[0].startswith(b"GET http://api.example.com/tunes HTTP/1.1")


async def test_hosts_in_no_proxy_are_reached_directly(
    serve: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(always) as proxy, serve(always) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        transport = carrier.make(None)
        assert (await transport.send(get(server.url))).status == 200
        await transport.aclose()
    assert proxy.requests == []


async def test_a_proxy_without_a_scheme_is_one_of_http(
    serve: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(always) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removeprefix("http://"))
        transport = carrier.make(None)
        assert (await transport.send(get("http://api.example.com/tunes"))).status == 200
        await transport.aclose()
    assert proxy.requests[0].startswith(b"GET http://api.example.com/tunes HTTP/1.1")


@pytest.mark.parametrize(
    "value", ["http://", "ftp://proxy:1", "http://proxy:port", "http://proxy:99999", "http://[::1", "http://a b:1"]
)
async def test_what_is_not_a_proxys_url_is_refused_at_construction(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(ConfigurationError, match="^HTTPS_PROXY: it is not the URL of a proxy; give http://host:port"):
        carrier.make(None)


@pytest.mark.parametrize("scheme", ["socks5", "socks"])
async def test_socks_proxy_is_used_or_refused_and_never_passed_by(
    serve: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    heard: list[bytes] = []

    async def socks(connection: Any) -> None:
        stream = connection.stream
        heard.append(await stream.receive())
        await stream.send(b"\x05\x00")  # no authentication
        heard.append(await stream.receive())
        await stream.send(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
        await always(connection)

    async with serve(socks) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url.replace("http", scheme, 1))
        transport = carrier.make(None)
        if carrier.name == "aiohttp":
            with pytest.raises(
                ConfigurationError, match=r"^ALL_PROXY: socks5://127.* aiohttp does not speak SOCKS; set"
            ):
                await transport.send(get("http://api.example.com/tunes"))
            assert heard == []
        else:
            assert (await transport.send(get("http://127.0.0.1:80/tunes"))).status == 200
            assert heard[0][:1] == b"\x05"
            assert proxy.requests[0].startswith(b"GET /tunes HTTP/1.1")
        await transport.aclose()


async def test_socks_4_is_refused_where_it_is_not_spoken(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks4://127.0.0.1:9")
    transport = carrier.make(None)
    kind = TransportError if carrier.name == "pyreqwest" else ConfigurationError
    with pytest.raises(kind, match=r"ALL_PROXY.*SOCKS|through the proxy socks4://127.0.0.1:9 \(ALL_PROXY\)"):
        await transport.send(get("http://127.0.0.1:9/tunes"))
    await transport.aclose()


async def test_proxy_that_says_nothing_ends_with_connect_as_not_sent(
    serve: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(connection: Any) -> None:
        await connection.request()
        await connection.stream.receive()

    caught = None
    async with serve(silent) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        transport = carrier.make(None)
        try:
            await transport.send(post("https://api.astria.ai/tunes", {"a": 1}).replace(timeout=Timeout(connect=0.05)))
        except RequestTimeoutError as error:
            caught = error
        await transport.aclose()
    assert caught is not None
    assert caught.request_was_sent is False


async def test_dead_proxy_is_named_with_its_setting(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", f"http://ann:secret@{at}")
        transport = carrier.make(None)
        with pytest.raises(TransportError, match=rf"through the proxy http://{at} \(HTTPS_PROXY\): ") as caught:
            await transport.send(post("https://api.astria.ai/tunes", {"a": 1}))
        await transport.aclose()
    assert caught.value.request_was_sent is False
    assert "secret" not in repr(caught.value) + str(vars(caught.value))


async def test_a_proxys_name_and_password_are_sent_to_it(
    serve: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(always) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("http://", "http://ann:se%2Fcret@"))
        transport = carrier.make(None)
        await transport.send(get("http://api.example.com/tunes"))
        await transport.aclose()
    assert b"proxy-authorization: basic yw5uonnll2nyzxq=" in proxy.requests[0].lower()


@pytest.mark.parametrize(
    ("no_proxy", "is_direct"),
    [("api.example.com", True), (".example.com", True), ("*", True), ("example.org, localhost", False), ("", False)],
)
async def test_no_proxy_is_read_as_the_standard_library_reads_it(
    monkeypatch: pytest.MonkeyPatch, carrier: Carrier, no_proxy: str, is_direct: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    proxy = Proxies(remedy="").for_target(target_of("https://api.example.com/"))
    assert (proxy is None) is is_direct


@pytest.mark.parametrize(
    "said", [b"", b"\x05", b"junk\r\n\r\n", b"\x05\xff"], ids=["silent", "half", "junk", "refused"]
)
async def test_socks_proxy_that_fails_ends_with_connect_as_not_sent(
    serve: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    async def socks(connection: Any) -> None:
        await connection.stream.receive()
        if said:
            await connection.stream.send(said)
        await connection.stream.receive()

    async with serve(socks) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url.replace("http", "socks5h", 1))
        order = post("http://api.example.com/tunes", {"a": 1}).replace(timeout=Timeout(connect=0.1))
        transport = carrier.make(None)
        if carrier.name == "aiohttp":  # it speaks no SOCKS, and says so before anything is sent
            with pytest.raises(ConfigurationError, match="SOCKS"):
                await transport.send(order)
            await transport.aclose()
            return
        with pytest.raises(TransportError, match="through the proxy socks5h://127") as caught:
            await transport.send(order)
        await transport.aclose()
    assert caught.value.request_was_sent is False
    assert isinstance(caught.value, RequestTimeoutError) or said  # half a word is an error of its own to httpcore


@pytest.mark.parametrize("said", [b"", b"\x00\x01 junk\r\n\r\n"], ids=["hangs-up", "junk"])
async def test_proxy_that_breaks_off_its_tunnel_was_certainly_not_passed(
    serve: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    async def broken(connection: Any) -> None:
        await connection.request()
        if said:
            await connection.stream.send(said)

    async with serve(broken) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        transport = carrier.make(None)
        with pytest.raises(TransportError, match="through the proxy http://127") as caught:
            await transport.send(post("https://api.astria.ai/tunes", {"a": 1}))
        await transport.aclose()
    assert caught.value.request_was_sent is False


async def test_proxy_with_an_international_name_is_looked_up_in_punycode(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://bücher.invalid:1")
    transport = carrier.make(None)
    with pytest.raises(TransportError, match="through the proxy http://xn--bcher-kva.invalid:1") as caught:
        await transport.send(get("http://api.example.com/tunes"))
    await transport.aclose()
    assert caught.value.request_was_sent is False
