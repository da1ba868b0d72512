"""The stand-in behind a socket, on this machine's loopback interface only: for `mock`, and for `demo`'s own process."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING, Any

from ._errors import FAILED, CommandError

if TYPE_CHECKING:
    import uvicorn

    from .._wire import Clock
    from ..testing import FakeAstria
    from ..testing.callbacks import Receiver

HOST = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A socket that already takes connections; 0 is any free port. Raises CommandError for one that cannot be had."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it would let two programs have the same port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
        sock.listen()
    except OSError as error:
        sock.close()
        taken = error.errno == errno.EADDRINUSE
        why = "is taken" if taken else f"cannot be had: {error.strerror}"
        raise CommandError(
            f"port {port} {why}; choose another with --port, or any free one with --port 0", FAILED
        ) from None
    return sock


def port_of(sock: socket.socket) -> int:
    """The port that it listens on."""
    return int(sock.getsockname()[1])


def stand_in(
    port: int,
    *,
    faster: float,
    idempotency: bool = False,
    clock: Clock | None = None,
    callbacks: Receiver | None = None,
) -> FakeAstria:
    """The stand-in for that port. Its pictures lie on another origin than the API, as the service's do [D].

    `faster` divides what training and rendering take; `idempotency` is the account's setting; `clock` is its time, None
    for real time; `callbacks` is where they go, None for nowhere.
    """
    from ..testing import FakeAstria, Timings

    return FakeAstria(
        clock=clock,
        timings=Timings().scaled(1 / faster),
        images_origin=f"http://localhost:{port}",
        account_idempotency=idempotency,
        callback_receiver=callbacks,
        keep_requests=100,
    )


def server_for(app: Any) -> uvicorn.Server:
    """A server to be run as `run(sockets=[...])`. It ends on Ctrl-C, on SIGTERM, and when `should_exit` is set."""
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            log_level="error",
            date_header=False,  # the stand-in says what time it is
            timeout_graceful_shutdown=1,
        )
    )
