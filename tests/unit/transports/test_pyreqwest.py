"""What is pyreqwest's own: its clients are few, a fork is told of, and its times never come before ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async import ConfigurationError, Timeout
from astria_async.transports import PyreqwestTransport
from astria_async.transports._pyreqwest import _CLIENTS, _rounded_up

from .conftest import always, get

pytestmark = [pytest.mark.anyio, pytest.mark.network, pytest.mark.usefixtures("no_proxy")]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """It runs on no other."""
    return "asyncio"


async def test_views_with_times_of_their_own_share_few_clients(serve: Any) -> None:
    transport = PyreqwestTransport()
    async with serve(always) as server:
        for number in range(50):
            await transport.send(get(server.url, timeout=Timeout(attempt=60 + number / 10)))
        assert len(transport._pools.get().clients) == 2  # of 64 s, and of 128 s from 63 s on
        for number in range(50):
            await transport.send(get(server.url, timeout=Timeout(connect=1 + number / 10)))
        assert len(transport._pools.get().clients) == _CLIENTS
        await transport.aclose()


async def test_a_request_goes_on_whose_client_is_let_go(serve: Any) -> None:
    transport, go_on, arrived = PyreqwestTransport(), anyio.Event(), anyio.Event()

    async def late_first(connection: Any) -> None:
        if connection.number == 1:
            await connection.request()
            arrived.set()
            await go_on.wait()
            await connection.answer(b"late")
        await always(connection)

    got: list[bytes] = []

    async def ask() -> None:
        got.append((await transport.send(get(server.url))).body)

    async with serve(late_first) as server:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await arrived.wait()
            for number in range(_CLIENTS + 1):
                await transport.send(get(server.url, timeout=Timeout(connect=1 + number)))
            go_on.set()
        await transport.aclose()
    assert got == [b"late"]


@pytest.mark.parametrize(
    ("attempt", "silence"), [(0.001, 2), (1, 2), (1.5, 4), (60, 64), (63.5, 128), (10_000, 16_384)]
)
def test_its_own_time_comes_after_the_attempts(attempt: float, silence: float) -> None:
    assert _rounded_up(attempt) == silence


CODE = """
import os, sys, anyio
from astria_async import AsyncAstria, AstriaError

async def call():
    async with AsyncAstria("sd_test", base_url="http://127.0.0.1:9", transport="pyreqwest", max_elapsed=0) as astria:
        pass
    transport = __import__("astria_async.transports").transports.PyreqwestTransport()
    from astria_async import Request
    try:
        await transport.send(Request(method="GET", url="http://127.0.0.1:9/"))
    except AstriaError as error:
        print(error, flush=True)

if sys.argv[1] == "used":
    anyio.run(call)
if os.fork() == 0:
    anyio.run(call)
    os._exit(0)
os.wait()
""".replace(", max_elapsed=0", "")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize(
    ("before", "told"), [("used", "pyreqwest was used before this process was forked"), ("", "gave no answer")]
)
def test_after_a_fork_it_works_or_says_why_not(before: str, told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE, before], check=True, capture_output=True, text=True, timeout=60
    )
    assert told in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("is_folder", [False, True], ids=["SSL_CERT_FILE-is-empty", "SSL_CERT_DIR-is-empty"])
def test_settings_that_name_no_certificate_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_folder: bool
) -> None:
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR" if is_folder else "SSL_CERT_FILE", str(tmp_path) if is_folder else "")
    with pytest.raises(ConfigurationError, match="^SSL_CERT_FILE, SSL_CERT_DIR: they name no certificate in PEM"):
        PyreqwestTransport()
