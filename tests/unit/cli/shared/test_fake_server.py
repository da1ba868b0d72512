"""The fake behind a socket."""

from __future__ import annotations

import asyncio
import socket

import pytest

from astria_async.cli._errors import CommandError
from astria_async.cli._shared import fake_server
from astria_async.cli._shared.fake_server import listen, make_fake, port_of


@pytest.mark.network
def test_free_port_of_the_loopback_interface_accepts_connections_at_once() -> None:
    with listen(0) as sock, socket.create_connection(("127.0.0.1", port_of(sock))) as client:
        assert client.getpeername() == ("127.0.0.1", port_of(sock))


@pytest.mark.network
def test_a_port_in_use_is_one_line_with_a_remedy() -> None:
    with listen(0) as sock:
        port = port_of(sock)
        with pytest.raises(CommandError) as caught:
            listen(port)
    assert str(caught.value) == f"port {port} is in use; choose another with --port, or any free one with --port 0"
    assert caught.value.code == 1


def test_a_forbidden_port_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        def bind(self, address: object) -> None:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(fake_server.socket, "socket", Refusing)
    with pytest.raises(CommandError, match=r"^port 80 cannot be used: Permission denied; choose another"):
        listen(80)


@pytest.mark.network
def test_a_connection_to_the_server_sends_small_answers_at_once() -> None:
    """Without TCP_NODELAY the second write of an answer waits 40 ms for the client's delayed ACK."""

    async def accepted_option() -> int:
        options: asyncio.Queue[int] = asyncio.Queue()

        class Accepted(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                connection = transport.get_extra_info("socket")
                options.put_nowait(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        with listen(0) as sock:
            port = port_of(sock)
            server = await asyncio.get_running_loop().create_server(Accepted, sock=sock)
            async with server:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                option = await options.get()
                writer.close()
                await writer.wait_closed()
                return option

    assert asyncio.run(accepted_option()) != 0


def test_the_fake_takes_what_the_command_says() -> None:
    fake = make_fake(8787, faster=100, balance_mc=5, idempotency=True)
    assert (fake.timings.tune_trained, fake.account_idempotency) == (4.2, True)
    assert fake.account("sd_x").balance_mc == 5
    assert fake.images_origin == "http://localhost:8787"
