"""What connections have in common, whoever makes them."""

from __future__ import annotations

import socket

from anyio.lowlevel import checkpoint

#: A connection idle for longer, in seconds, is not used again: a request written to one that the server has just
#: closed would leave a create's outcome unknown, which costs a minute.
IDLE = 15.0
#: Bytes that the system may hold unsent. Without a limit it takes megabytes at once, and nobody would see whether a slow
#: upload moves. What is on its way does not count, so a fast line is as fast as ever.
UNSENT = 128 * 1024

#: Bytes of an upload that may still be on their way once all are handed over: what a server's system takes in before the
#: server reads it. It grows to 6 MB on Linux (net.ipv4.tcp_rmem), but no further than what the server reads in a turn.
UNSEEN = 2 * 1024**2

#: For `setsockopt`. Linux and macOS have it; elsewhere an upload's progress is seen less closely.
SOCKET_OPTIONS: tuple[tuple[int, int, int], ...] = (
    ((socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT),) if hasattr(socket, "TCP_NOTSENT_LOWAT") else ()
)


async def what_arrived_is_read() -> None:
    """Turns of the event loop in which what a socket received is read, and handed to whoever waits for it. A write to a
    connection that the server has closed ends it, and what was not read by then is lost: the answer, perhaps.
    """
    for _ in range(3):
        await checkpoint()
