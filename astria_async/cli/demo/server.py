"""The demo's fake, in a process of its own: `python -m astria_async.cli.demo.server FACTOR`.

It prints one line of JSON, `{"port": ...}`, when it accepts connections. It ends on SIGTERM, and when its standard input
ends: so it never outlives the demo, however the demo ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import TYPE_CHECKING

from ..._wire import SERVER_TIMEOUT
from .._shared.fake_server import listen, make_fake, port_of, server_for

if TYPE_CHECKING:
    from ...testing import FakeAstria


def main() -> int:
    """Serve until the standard input ends."""
    with listen(0) as sock:
        faster = float(sys.argv[1])
        fake = make_fake(port_of(sock), faster=faster)
        plan_faults(fake, faster)
        server = server_for(fake.asgi())

        def end_with_stdin() -> None:
            while os.read(0, 1024):
                pass
            server.should_exit = True

        threading.Thread(target=end_with_stdin, daemon=True).start()
        print(json.dumps({"port": port_of(sock)}), flush=True)
        server.run(sockets=[sock])
    return 0


def plan_faults(fake: FakeAstria, faster: float) -> None:
    """Plan what goes wrong in the demo, by the number of the call. A demo with one prompt still meets each kind of fault."""
    from ...testing import fail, ok, processed_then, rate_limited

    fine = [ok()] * 3
    too_late = processed_then(504, after=SERVER_TIMEOUT / faster)
    fake.script("POST /tunes", too_late)
    fake.script("GET /tunes/:id", ok(), fail(500))
    fake.script(
        "POST /tunes/:id/prompts",
        *(fail(500), rate_limited(), too_late, *fine),
        *(fail(500), *fine, too_late, *fine),
        *(rate_limited(), *fine, too_late, *fine, fail(500)),
    )


if __name__ == "__main__":
    sys.exit(main())
