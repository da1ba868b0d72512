"""Whatever is sent, by whatever route: an answer below 500, and no exception."""

from __future__ import annotations

import asyncio
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from astria_async._wire import Response
from astria_async.testing import FakeAstria, HttpRequest, VirtualClock
from astria_async.testing._api._table import ROUTES
from astria_async.testing._store.timestamps import NEVER

TYPES = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=X",
        "multipart/form-data",
        "",
    ]
) | st.text(max_size=30)
TARGETS = st.sampled_from([(route.method, route.pattern) for route in ROUTES])
IDS = st.sampled_from(["1504944", "690204", "2000001", "30000001", "0", "x", "", "-1", "..", "²", "9" * 25])

#: The names that the handlers look at: so that examples reach behind "not found" and "missing".
NAMES = st.sampled_from(
    ["tune", "prompt", "name", "title", "images", "image_urls", "text", "seed", "num_images", "cfg_scale", "callback",
     "prompts_attributes", "base_tune_id", "branch", "model_type", "w", "video_model", "image_reference_urls", "steps", "input_image",
     "tune_ids", "prompt_ids", "prompt_attributes", "theme", "file", "file_url", "names", "image_index", "slug",
     "filename", "byte_size", "checksum", "blob_signed_id"]
) | st.text(max_size=5)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=10)
    | st.just("https://e.com"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
ROOTS = ["tune", "prompt", "pack", "theme", "blob", "workspace", "file", "names", "image_index"]
PARTS = st.lists(st.tuples(NAMES, st.lists(NAMES | st.sampled_from(["", "0", "1"]), max_size=3), st.binary(max_size=9)))


def answer_to(method: str, target: str, content_type: str, body: bytes) -> Response:
    async def main() -> Response:
        fake = FakeAstria(clock=VirtualClock(), callback_receiver=lambda call: None, callback_style="form")
        fake.add_pack(title="A pack", slug="x", prompts=["in a park"])
        headers = {"authorization": "Bearer sd_x", "content-type": content_type}
        for path, data in (
            ("/tunes", {"tune": {"name": "man", "title": "T", "image_urls": ["https://e.com/1"], "branch": "fast"}}),
            ("/tunes/690204/prompts", {"prompt": {"text": "x"}}),
        ):
            create = {**headers, "content-type": "application/json"}
            await fake.handle(HttpRequest.of("POST", f"https://api.astria.ai{path}", create, json.dumps(data).encode()))
        path, _, query = target.partition("?")
        call = HttpRequest(
            method=method, host="api.astria.ai", path=path, query=query, headers=headers, body=body
        )  # as a server hands it over: HttpRequest.of would have an opinion on some targets
        response = await fake.handle(call)
        await fake.handle(HttpRequest.of("GET", "https://api.astria.ai/tunes", headers))
        await fake.handle(HttpRequest.of("GET", "https://api.astria.ai/prompts", headers))
        fake._store.schedule.run_until(NEVER)
        return response

    return asyncio.run(main())


def filled(pattern: str, ids: list[str]) -> str:
    """A pattern with its names replaced, one after the other."""
    parts = iter(ids)
    return "/".join(next(parts) if part.startswith(":") else part for part in pattern.split("/"))


def check(response: Response) -> None:
    assert response.status < 500
    if response.headers["content-type"].startswith("application/json"):
        json.loads(response.body)


@settings(max_examples=150)
@given(target=TARGETS, ids=st.tuples(IDS, IDS), content_type=TYPES, body=st.binary(max_size=200))
@example(target=("POST", "/tunes"), ids=("", ""), content_type="application/json", body=b'{"tune":' * 400)
def test_any_bytes_of_any_type(target: tuple[str, str], ids: tuple[str, str], content_type: str, body: bytes) -> None:
    check(answer_to(target[0], filled(target[1], [*ids]), content_type, body))


@settings(max_examples=200)
@given(target=TARGETS, ids=st.tuples(IDS, IDS), root=st.sampled_from(ROOTS), inner=VALUES)
@example(
    target=("POST", "/tunes"), ids=("", ""), root="tune", inner={"name": "\ud800", "images": ["x"], "title": "\ud800"}
)
def test_any_json(target: tuple[str, str], ids: tuple[str, str], root: str, inner: object) -> None:
    check(answer_to(target[0], filled(target[1], [*ids]), "application/json", json.dumps({root: inner}).encode()))


@settings(max_examples=150)
@given(target=TARGETS, parts=PARTS, is_file=st.booleans())
def test_any_form(target: tuple[str, str], parts: list[tuple[str, list[str], bytes]], is_file: bool) -> None:
    body = bytearray()
    for root, keys, value in parts:
        name = root + "".join(f"[{key}]" for key in keys)
        head = f'--X\r\nContent-Disposition: form-data; name="{name}"' + ('; filename="a.jpg"' if is_file else "")
        body += head.encode(errors="replace") + b"\r\n\r\n" + value + b"\r\n"
    check(
        answer_to(
            target[0], filled(target[1], ["690204", "1"]), "multipart/form-data; boundary=X", bytes(body + b"--X--")
        )
    )


@settings(max_examples=150)
@given(
    path=st.sampled_from(["/tunes", "/prompts", "/tunes/690204/prompts", "/packs", "/gallery/tunes"]),
    name=st.sampled_from(
        [
            "before_id",
            "limit",
            "offset",
            "title",
            "name[]",
            "text",
            "tune_id",
            "a[b][]",
            "expand[]",
            "liked",
            "today",
            "order_id",
            "user_id",
            "pack_id",
            "public",
            "listed",
        ]
    ),
    value=st.text(max_size=12) | st.integers().map(str),
    method=st.sampled_from(["GET", "POST", "PUT", "\0"]),
)
def test_any_query(path: str, name: str, value: str, method: str) -> None:
    check(answer_to(method, f"{path}?{name}={value}", "", b""))


@settings(max_examples=100)
@given(name=st.text(max_size=20), asked=st.text(max_size=20) | st.from_regex(r"bytes=\d*-\d*", fullmatch=True))
def test_any_picture_and_range(name: str, asked: str) -> None:
    async def main() -> Response:
        fake = FakeAstria(clock=VirtualClock())
        headers = {"range": asked}
        return await fake.handle(
            HttpRequest(method="GET", host="mp.astria.ai", path=f"/pictures/{name}", headers=headers)
        )

    check(asyncio.run(main()))
