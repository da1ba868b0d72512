"""FakeAstria as a server: keys, routes, pages, its clock, and its way in for a transport."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tracemalloc
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from astria_async._wire import Body, Effect, FilePart, Request
from astria_async.testing import FakeAstria, MockTransport, Timings, VirtualClock

pytestmark = pytest.mark.anyio

SD15 = 690204


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer other", "Basic sd_test"])
async def test_a_key_that_nobody_has_is_refused_in_plain_text(api: Any, authorization: str) -> None:
    response = await api("GET", "/tunes", Authorization=authorization)
    assert (response.status, response.headers["content-type"]) == (401, "text/plain; charset=utf-8")
    assert response.body.strip() == b"HTTP Token: Access denied."


async def test_each_key_sees_its_own_alone(api: Any, fake: FakeAstria) -> None:
    other = type(api)(fake, "sd_other")
    tune = await api.tune()
    prompt = await api.prompt(tune["id"])
    assert await other.get("/tunes") == await other.get("/prompts") == []
    for method, path in (
        ("GET", f"/tunes/{tune['id']}"), ("DELETE", f"/tunes/{tune['id']}"), ("GET", f"/prompts/{prompt['id']}"),
        ("GET", f"/tunes/{tune['id']}/prompts"), ("POST", f"/tunes/{tune['id']}/prompts"),
    ):  # fmt: skip
        assert (await other(method, path)).status == 404
    mine = await other.prompt(SD15)
    assert [prompt["id"] for prompt in await other.get(f"/tunes/{SD15}/prompts")] == [mine["id"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"), ("GET", "/tune"), ("PUT", "/tunes"), ("POST", "/tunes/1"), ("GET", "/tunes/"), ("GET", "/tunes/x"),
        ("GET", "/tunes/1"), ("GET", "/tunes/²"), ("GET", f"/tunes/{'9' * 30}"), ("GET", "/prompts/1.json"),
        ("GET", "/tunes/1/prompts"), ("PATCH", "/tunes/1/prompts/1"), ("HEAD", "/tunes"), ("GET", "//"),
    ],
)  # fmt: skip
async def test_what_is_not_there_is_not_found(api: Any, method: str, path: str) -> None:
    response = await api(method, path)
    assert (response.status, response.json()) == (404, {"status": 404, "error": "Not Found"})


async def test_a_json_suffix_makes_no_difference(api: Any) -> None:
    tune = await api.tune()
    assert await api.get("/tunes.json") == await api.get("/tunes")
    assert await api.get(f"/tunes/{tune['id']}.json") == await api.get(f"/tunes/{tune['id']}")
    assert await api.get(f"/tunes/{tune['id']}/prompts.json") == []


@pytest.mark.parametrize("target", ["/tunes?a=1&a[b]=2", "/prompts?text=%ff"])
async def test_a_query_that_cannot_be_read_is_a_bad_request(api: Any, target: str) -> None:
    assert (await api("GET", target)).status == 400


async def test_a_body_that_cannot_be_read_is_a_bad_request(api: Any) -> None:
    assert (await api("POST", "/tunes", b"{")).status == 400


async def test_text_that_utf8_cannot_say_comes_back_as_it_came(api: Any) -> None:
    tune = await api.tune(title="half \ud800")
    assert tune["title"] == "half \ud800"


# --- Pages


async def test_lists_are_newest_first_and_paged_by_id(api: Any) -> None:
    ids = [(await api.prompt(SD15))["id"] for _ in range(45)][::-1]
    first = [prompt["id"] for prompt in await api.get("/prompts")]
    second = [prompt["id"] for prompt in await api.get(f"/tunes/{SD15}/prompts?before_id={first[-1]}&limit=20")]
    third = [prompt["id"] for prompt in await api.get(f"/prompts?before_id={second[-1]}")]
    assert (first, second, third) == (ids[:20], ids[20:40], ids[40:])
    assert await api.get(f"/prompts?before_id={third[-1]}") == []
    assert [prompt["id"] for prompt in await api.get("/prompts?offset=40&limit=3")] == ids[40:43]
    assert await api.get("/prompts?offset=45") == []


async def test_a_page_has_at_most_120_items(api: Any) -> None:
    await api.tune(prompts_attributes=[{"text": "x"}] * 130)
    for limit, length in (("121", 120), ("7", 7), ("0", 20), ("-3", 20), ("many", 20), ("", 20)):
        assert len(await api.get(f"/prompts?limit={limit}")) == length


async def test_an_id_that_is_none_comes_before_everything(api: Any) -> None:
    await api.prompt(SD15)
    assert await api.get("/prompts?before_id=x") == []
    assert len(await api.get("/prompts?before_id=")) == 1


async def test_a_deep_offset_is_refused_and_told_of_before_id(api: Any) -> None:
    for path, deepest in (("/tunes", 200), ("/prompts", 10_000)):
        assert (await api("GET", f"{path}?offset={deepest}")).status == 200
        response = await api("GET", f"{path}?offset={deepest + 1}")
        assert response.status == 400
        assert b"before_id" in response.body


# --- Time, and the way in


async def test_scaled_timings_make_a_day_shorter(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    fake.timings = Timings().scaled(1 / 60)
    assert fake.timings.tune_trained == 7
    tune = await api.tune(branch="sd15")
    await clock.sleep(7)
    assert (await api.get(f"/tunes/{tune['id']}"))["trained_at"]


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_a_time_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="prompt_trained"):
        Timings(prompt_trained=seconds)


async def test_without_a_clock_it_keeps_real_time() -> None:
    fake = FakeAstria(timings=Timings().scaled(0))
    transport = MockTransport(fake)
    tree = {"tune": {"name": "man", "title": "T", "image_urls": ["https://e.com/1"]}}
    response = await transport.send(request("POST", "/tunes", tree))
    assert response.json()["trained_at"] == response.json()["created_at"]


def request(method: str, path: str, tree: dict[str, Any] | None = None) -> Request:
    return Request(
        method=method,
        url=f"https://api.astria.ai{path}",
        effect=Effect.READ,
        body=None if tree is None else Body(tree),
        headers={"Authorization": "Bearer sd_test"},
    )


async def test_as_a_transports_handler_it_reads_the_files(fake: FakeAstria, tmp_path: Path) -> None:
    picture = tmp_path / "one.jpg"
    picture.write_bytes(b"\xff\xd8\xff" + bytes(1000))
    parts = [
        FilePart(name="one.jpg", content_type="image/jpeg", source=picture, size=1003),
        FilePart(name='tw"o.png', content_type="image/png", source=b"\x89PNG\r\n--", size=8),
        FilePart(name="three.txt", content_type="text/plain", source=io.BytesIO(b"a caption"), size=9),
    ]
    tree = {"tune": {"name": "man", "title": "T", "branch": "fast", "images": parts,
                     "characteristics": {"eye_color": "blue"},
                     "prompts_attributes": [{"text": "a"}, {"text": "b", "super_resolution": True}]}}  # fmt: skip
    response = await MockTransport(fake).send(request("POST", "/tunes", tree))
    assert response.status == 201, response.body
    (tune,) = fake.tunes
    assert [(file.name, file.content_type, file.size) for file in tune.files] == [
        ("one.jpg", "image/jpeg", 1003), ('tw"o.png', "image/png", 8), ("three.txt", "text/plain", 9)
    ]  # fmt: skip
    assert tune.files[0].sha256 == sha256(picture.read_bytes()).hexdigest()
    assert tune.params["characteristics"] == {"eye_color": "blue"}
    assert [prompt.text for prompt in fake.prompts] == ["a", "b"]
    assert fake.prompts[1].params["super_resolution"] == "true"


async def test_uploaded_inputs_lie_where_pictures_lie(fake: FakeAstria) -> None:
    part = FilePart(name="a.png", content_type="image/png", source=b"x", size=1)
    video = {"video_model": "kling", "video_prompt": "she walks"}
    tree = {"prompt": {"text": "x", **video, "input_image": part, "image_references": [part, part]}}
    transport = MockTransport(fake)
    prompt = (await transport.send(request("POST", f"/tunes/{SD15}/prompts", tree))).json()
    assert len(prompt["image_references"]) == 2
    for url in [prompt["input_image"], *prompt["image_references"]]:
        assert (await transport.send(Request(method="GET", url=url))).status == 200


async def test_a_long_log_of_requests_can_be_bounded(clock: VirtualClock, api: Any) -> None:
    fake = FakeAstria(clock=clock, keep_requests=3)
    caller = type(api)(fake)
    for _ in range(10):
        await caller.get("/tunes")
    assert len(fake.requests) == 3


async def test_a_hundred_thousand_prompts_take_less_than_150_mb(api: Any) -> None:
    await api.prompt(SD15)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(1000):
        await api.prompt(
            SD15, f"ohwx man in style number {number}", seed=number, callback=f"https://e.com/?id={number}"
        )
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) * 100 < 150_000_000


@pytest.mark.process
def test_import_brings_no_server_or_test_runner_along() -> None:
    code = "import sys, json, astria_async.testing; print(json.dumps(sorted(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert not {"uvicorn", "starlette", "pytest", "trio"} & set(json.loads(found))
