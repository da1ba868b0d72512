"""Certificates and proxies: taken from the environment, and refused in words that say what to do."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import trustme
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.tls import TLSListener

from astria_async import ConfigurationError, TransportError

from ..carriers import OURS, Carrier, over
from .conftest import always, get, post

pytestmark = over(OURS)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody trusts."""
    return trustme.CA()


@pytest.fixture
async def secure(authority: trustme.CA) -> AsyncIterator[str]:
    """The https URL of a server with a certificate of that authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    inner = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = inner.extra(SocketAttribute.local_port)
    listener = TLSListener(inner, context, standard_compatible=False)

    async def answer(stream: SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, answer)
        yield f"https://127.0.0.1:{port}"
        tasks.cancel_scope.cancel()


async def test_a_certificate_that_is_not_trusted_was_certainly_not_sent_to(carrier: Carrier, secure: str) -> None:
    transport = carrier.make(None)
    with pytest.raises(TransportError, match=r"its certificate is not trusted; .* set SSL_CERT_FILE") as caught:
        await transport.send(post(secure, {"a": 1}))
    assert caught.value.request_was_sent is False
    await transport.aclose()


async def test_an_authority_of_ones_own_comes_from_ssl_cert_file(
    carrier: Carrier, secure: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    transport = carrier.make(None)
    assert (await transport.send(get(secure))).status == 204
    await transport.aclose()


async def test_a_file_of_authorities_that_is_not_there_is_said_at_once(
    carrier: Carrier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(
        ConfigurationError, match=r"SSL_CERT_FILE: there is no file .*missing\.pem; correct it, or unset it"
    ):
        carrier.make(None)


async def test_a_failed_tls_handshake_was_certainly_not_sent(serve: Any, carrier: Carrier) -> None:
    async def no_tls(connection: Any) -> None:
        await connection.stream.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    transport = carrier.make(None)
    async with serve(no_tls) as server:
        with pytest.raises(TransportError) as caught:
            await transport.send(post(server.url.replace("http", "https"), {"a": 1}))
    assert caught.value.request_was_sent is False
    await transport.aclose()


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


async def test_what_is_sent_in_the_clear_goes_to_the_proxy_whole(
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
