"""The shop of docs/examples: from the form to the images, with a callback lost, one doubled and one forged."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio
import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from astria_async import HttpxTransport
from astria_async.testing import Callback, FakeAstria, Timings, http_receiver

pytestmark = [pytest.mark.network, pytest.mark.browser]

SHOP = Path(__file__).parent.parent.parent / "docs" / "examples" / "portraits"
PHOTOS = sorted((Path(__file__).parent.parent.parent / "astria_async/cli/demo/samples").glob("*.jpg"))


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Service:
    """The fake behind a socket, in a thread. The first callback is lost, each further one comes twice."""

    def __init__(self) -> None:
        self.port = free_port()
        origin = f"http://localhost:{self.port}"
        self.fake = FakeAstria(timings=Timings().scaled(1 / 400), images_origin=origin)
        self.calls = 0
        self.fake.callbacks.receiver = http_receiver(HttpxTransport())
        self.fake.callbacks.arrange = self.arrange
        config = uvicorn.Config(self.fake.asgi(), host="127.0.0.1", port=self.port, log_level="error")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=anyio.run, args=(self.serve,))

    def arrange(self, calls: Sequence[Callback]) -> list[Callback]:
        self.calls += len(calls)
        return [] if self.calls == len(calls) else [call for call in calls for _ in range(2)]

    async def serve(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.fake.run)
            await self.server.serve()
            tasks.cancel_scope.cancel()


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    service.thread.start()
    yield service
    service.server.should_exit = True
    service.thread.join(timeout=30)


@pytest.fixture
def shop(service: Service, tmp_path: Path) -> Iterator[str]:
    """The shop's URL; two workers."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "shop:app",
        "--app-dir",
        str(SHOP),
        "--workers",
        "2",
        "--port",
        str(port),
    ]
    environment = {
        **os.environ, "ASTRIA_API_KEY": "sd_portraits", "ASTRIA_BASE_URL": f"http://127.0.0.1:{service.port}",
        "PORTRAITS_SECRET": "0123456789abcdef-not-for-production", "PORTRAITS_URL": url,
        "PORTRAITS_DATA": str(tmp_path / "data"), "PORTRAITS_RECONCILE_SECONDS": "1",
    }  # fmt: skip
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        started = 0
        for line in process.stderr:
            started += "Application startup complete" in line
            if started == 2:
                break
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.extend(process.stderr or ()))
        reader.start()
        yield url
        process.terminate()
        reader.join(timeout=30)
        print("".join(said))  # pytest shows it if the test fails


def forge(url: str) -> int:
    request = urllib.request.Request(f"{url}/astria/done?order=1", b'{"tune": {"id": 1}}', method="POST")
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_portraits_arrive_with_callbacks_lost_doubled_and_forged(
    shop: str, service: Service, chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto(shop)
    page.set_input_files("input[type=file]", [str(path) for path in PHOTOS])
    page.click("button")
    expect(page.locator("h1")).to_have_text("Your portraits")
    assert forge(shop) == 403
    expect(page.locator("img")).to_have_count(4, timeout=20_000)
    assert page.locator("img").first.evaluate("image => image.naturalWidth") > 0
    assert service.calls >= 2
    assert (len(service.fake.tunes), len(service.fake.prompts)) == (1, 1)
    page.close()
