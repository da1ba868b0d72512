"""The fake behind a real server, called by a client that knows nothing of ours."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from astria_async.testing import (
    FakeAstria,
    Timings,
    drop,
    processed_then,
    truncated,
)

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeAstria, str]]:
    """A fake for which everything takes no time, and where it listens. Connections wait until the server is up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        fake = FakeAstria(timings=Timings().scaled(0), images_origin=f"http://localhost:{port}")
        server = uvicorn.Server(uvicorn.Config(fake.asgi(max_body=1_000_000), log_level="critical", lifespan="on"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield fake, f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def fake(served: tuple[FakeAstria, str], request: pytest.FixtureRequest) -> FakeAstria:
    served[0].clear_faults()
    return served[0]


@pytest.fixture
def client(served: tuple[FakeAstria, str], request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Each test has an account of its own."""
    headers = {"Authorization": f"Bearer sd_{request.node.name}"}
    with httpx.Client(base_url=served[1], headers=headers, trust_env=False) as client:
        yield client


def test_a_tune_a_prompt_and_its_pictures(client: httpx.Client, fake: FakeAstria) -> None:
    data = {"tune": {"name": "man", "title": "T", "branch": "fast", "image_urls": ["https://e.com/1"]}}
    tune = client.post("/tunes", json=data).raise_for_status().json()
    assert tune["trained_at"]
    prompt = client.post(f"/tunes/{tune['id']}/prompts", json={"prompt": {"text": "x", "num_images": 2}}).json()
    assert client.get(f"/prompts/{prompt['id']}").json()["images"] == prompt["images"]
    assert len(prompt["images"]) == 2
    with httpx.Client(trust_env=False) as anyone:
        for url in prompt["images"]:
            picture = anyone.get(url).raise_for_status()
            assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
        head = anyone.head(url)
        assert (head.status_code, head.content, int(head.headers["content-length"])) == (200, b"", len(picture.content))
    assert not fake.leaks
    client.get(prompt["images"][0])
    assert fake.leaks


def test_a_multipart_form(client: httpx.Client, fake: FakeAstria) -> None:
    form: Any = {
        "tune[name]": "woman",
        "tune[title]": "T",
        "tune[branch]": "fast",
        "tune[face_crop]": "True",
        "tune[image_urls][]": ["https://e.com/1", "https://e.com/2"],
        "tune[prompts_attributes][0][text]": "first",
        "tune[prompts_attributes][1][text]": "second",
    }
    files = [("tune[images][]", (f"{number}.jpg", bytes(number * 1000), "image/jpeg")) for number in (1, 2)]
    response = client.post("/tunes", data=form, files=files)
    tune = response.json()
    assert (response.status_code, tune["face_crop"], len(tune["orig_images"])) == (201, True, 4)
    assert [file.size for file in fake.tunes[-1].files] == [1000, 2000]
    assert [prompt["text"] for prompt in client.get(f"/tunes/{tune['id']}/prompts").json()] == ["second", "first"]


def test_an_urlencoded_form(client: httpx.Client) -> None:
    form = {"prompt[text]": "a portrait", "prompt[num_images]": "3", "prompt[super_resolution]": "1"}
    prompt = client.post("/tunes/690204/prompts", data=form).json()
    assert (prompt["num_images"], prompt["super_resolution"], prompt["text"]) == (3, True, "a portrait")


def test_errors_look_as_they_do(client: httpx.Client) -> None:
    assert client.get("/tunes", headers={"Authorization": "x"}).text.strip() == "HTTP Token: Access denied."
    assert client.post("/tunes", json={"tune": {"name": ""}}).status_code == 422
    assert client.get("/nothing").json() == {"status": 404, "error": "Not Found"}
    assert client.post("/tunes", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert client.post("/tunes", content=bytes(1_000_001)).status_code == 413


def test_faults_come_over_the_wire(client: httpx.Client, fake: FakeAstria) -> None:
    fake.script("GET /tunes", processed_then(504), drop(), truncated())
    assert client.get("/tunes").status_code == 504
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/tunes")
    assert client.get("/tunes").content == b"["
    assert client.get("/tunes").json() == []
