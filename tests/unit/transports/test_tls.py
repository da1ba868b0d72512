"""Certificates: taken from the environment, and refused in words that say what to do."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import trustme
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.tls import TLSListener

from astria_async import ConfigurationError, TransportError

from ...support.transports import OURS, Carrier, over
from .conftest import get, post

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


async def test_certificate_that_is_not_trusted_was_certainly_not_sent_to(carrier: Carrier, secure: str) -> None:
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


async def test_file_of_authorities_not_there_is_said_at_once(
    carrier: Carrier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(
        ConfigurationError, match=r"SSL_CERT_FILE: the file .*missing\.pem' does not exist; correct it, or unset it"
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


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("SSL_CERT_FILE", r"SSL_CERT_FILE: .*empty\.pem' holds no certificate in PEM; correct it, or unset it"),
        ("SSL_CERT_DIR", r"SSL_CERT_DIR: the folder .*empty\.pem' does not exist; correct it, or unset it"),
    ],
)
async def test_certificates_that_are_none_are_refused_at_construction(
    carrier: Carrier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, told: str
) -> None:
    (tmp_path / "empty.pem").write_text("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n")
    monkeypatch.setenv(setting, str(tmp_path / "empty.pem"))
    with pytest.raises(ConfigurationError, match=told):
        carrier.make(None)


async def test_authorities_of_ones_own_come_from_ssl_cert_dir(
    carrier: Carrier, secure: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)  # noqa: ASYNC221 -- nothing else runs
    (tmp_path / "another").mkdir()
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'another'}:{tmp_path}")
    transport = carrier.make(None)
    assert (await transport.send(get(secure))).status == 204
    await transport.aclose()
