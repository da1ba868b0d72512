"""A FakeAstria behind a socket, on this machine's loopback interface only."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING, Any

from .._errors import CommandError

if TYPE_CHECKING:
    import uvicorn

    from ..._wire import Clock
    from ...testing import FakeAstria, Receiver

HOST = "127.0.0.1"
#: How many requests the fake's log keeps: more than its page shows.
KEEP_REQUESTS = 100


def listen(port: int) -> socket.socket:
    """A socket that already accepts connections; 0 is any free port. Raises CommandError for a port that it cannot have."""
    # asyncio turns Nagle's algorithm off only for sockets that say that they are TCP, and an accepted socket says what
    # its listener says. Without the third argument each answer's body waits for the client's delayed ACK: 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # on Windows this option would let two programs have the same port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
        sock.listen()
    except OSError as error:
        sock.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        raise CommandError(f"port {port} {reason}; choose another with --port, or any free one with --port 0") from None
    return sock


def port_of(sock: socket.socket) -> int:
    """The port that a socket listens on."""
    return int(sock.getsockname()[1])


def make_fake(
    port: int,
    *,
    faster: float,
    balance_mc: int | None = None,
    idempotency: bool = False,
    clock: Clock | None = None,
    callbacks: Receiver | None = None,
) -> FakeAstria:
    """The fake for that port. Its images lie on another origin than the API, as the service's do [D].

    Args:
        port: where the fake listens.
        faster: divides how long training and rendering take.
        balance_mc: what each account can spend, in mc; None never runs out.
        idempotency: the account's setting of that name.
        clock: the fake's time; None for real time.
        callbacks: where callbacks go; None for nowhere.
    """
    from ...testing import FakeAstria, Timings

    return FakeAstria(
        clock=clock,
        timings=Timings().scaled(1 / faster),
        balance_mc=balance_mc,
        images_origin=f"http://localhost:{port}",
        account_idempotency=idempotency,
        callback_receiver=callbacks,
        keep_requests=KEEP_REQUESTS,
    )


def server_for(app: Any) -> uvicorn.Server:
    """A server, to be run as `run(sockets=[...])`. It ends on Ctrl-C, on SIGTERM, and when `should_exit` is set."""
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            log_level="error",
            access_log=False,
            date_header=False,  # the fake says what time it is
            timeout_graceful_shutdown=1,
        )
    )
