"""After construction nothing holds up the event loop: no import, no file, no name looked up in its thread."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ...support.transports import OURS, Carrier

#: Runs in a process of its own, where nothing has been imported before. Prints what happened in the loop's thread.
CODE = """
import json, sys, threading
import anyio
from anyio.abc import SocketAttribute
import trio  # installed, as it is here, it is what httpx would import late
from astria_async import AsyncAstria

BODY = json.dumps({"id": 1, "images": ["https://example.com/1"], "created_at": "2026-01-01T00:00:00Z"}).encode()
seen, watching = [], threading.Event()


def watch(event, arguments):
    if watching.is_set() and threading.current_thread() is threading.main_thread():
        if event == "socket.getaddrinfo" and arguments[0] == "127.0.0.1":
            return  # trio asks whether it is an address already, which takes no time
        if event in ("import", "open", "socket.getaddrinfo", "time.sleep", "subprocess.Popen"):
            seen.append(f"{event} {arguments[0]}")


async def answer(stream):
    async with stream:
        while True:
            received = await stream.receive()
            while b"\\r\\n\\r\\n" not in received:
                received += await stream.receive()
            await stream.send(b"HTTP/1.1 201 Created\\r\\ncontent-length: %d\\r\\n\\r\\n%b" % (len(BODY), BODY))


async def main():
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(SocketAttribute.local_port)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, answer)
        await anyio.to_thread.run_sync(int)  # what anyio itself imports with its first thread
        async with AsyncAstria("sd_test", base_url=f"http://127.0.0.1:{port}", transport=sys.argv[1]) as astria:
            watching.set()
            await astria.prompts.create(1, text="a lake")
            await astria.prompts.retrieve(1)
            watching.clear()
        tasks.cancel_scope.cancel()

sys.addaudithook(watch)
anyio.run(main, backend=sys.argv[2])
print("\\n".join(seen))
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("carrier", "backend"),
    [pytest.param(carrier, backend, id=f"{carrier}-{backend}") for carrier in OURS for backend in carrier.backends],
)
def test_the_first_call_of_a_client_blocks_nobody(carrier: Carrier, backend: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, carrier.name, backend], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
