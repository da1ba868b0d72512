"""`astria-async mock`: the stand-in, served in the foreground."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from math import isfinite

from ._errors import require

PORT = 8787


def configure(parser: ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--port", type=_port, default=PORT, help=f"where to listen (default {PORT}; 0: any free one)")
    parser.add_argument("--idempotency", action="store_true", help="turn the account's idempotency setting on")
    parser.add_argument(
        "--fast", type=_factor, default=1.0, metavar="FACTOR", help="train and render so many times faster (default 1)"
    )


def run(arguments: Namespace) -> int:
    """Serve until Ctrl-C."""
    require("mock", "uvicorn", extra="server")
    from ._serving import HOST, listen, port_of, server_for, stand_in

    with listen(arguments.port) as sock:
        port = port_of(sock)
        fake = stand_in(port, faster=arguments.fast, idempotency=arguments.idempotency)
        print(f"The stand-in listens on http://{HOST}:{port}, for this machine only.")
        print("Point a client at it:")
        print(f"  ASTRIA_BASE_URL=http://{HOST}:{port} ASTRIA_API_KEY=sd_anything")
        print(
            f"Training and rendering are {arguments.fast:g} times as fast as the service's."
            if arguments.fast != 1
            else "Training and rendering take as long as the service's; --fast 100 shortens them."
        )
        print("Ctrl-C stops it, and forgets everything.", flush=True)
        server_for(fake.asgi()).run(sockets=[sock])
    return 0


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 2**16:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is no port; give 1 to 65535, or 0 for any free one")


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if factor > 0 and isfinite(factor):
        return factor
    raise ArgumentTypeError(f"{text!r} is no factor; give a number above 0")
