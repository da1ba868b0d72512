"""Clients of the user's own, whose answers were read before they reach the SDK."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest

from astria_async import HttpxTransport

from .conftest import get

pytestmark = pytest.mark.anyio


async def answered(respond: Any, **given: Any) -> Any:
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond), **given) as client:
        return await HttpxTransport(client=client).send(get("https://api.example.com/tunes"))


async def test_an_answer_of_httpxs_own_mock_is_taken() -> None:
    response = await answered(lambda request: httpx.Response(200, json={"id": 1}))
    assert (response.status, response.json()) == (200, {"id": 1})


async def test_a_packed_answer_that_was_read_already_is_unpacked_once() -> None:
    packed = gzip.compress(b'{"id": 1}')
    response = await answered(lambda request: httpx.Response(200, content=packed, headers={"content-encoding": "gzip"}))
    assert response.json() == {"id": 1}
    assert "content-encoding" not in response.headers


async def test_a_hook_may_read_the_answer() -> None:
    read: list[bytes] = []

    async def hook(response: httpx.Response) -> None:
        read.append(await response.aread())

    async def pieces() -> Any:
        yield b'{"id": '
        yield b"1}"

    response = await answered(lambda request: httpx.Response(200, content=pieces()), event_hooks={"response": [hook]})
    assert (response.json(), read) == ({"id": 1}, [b'{"id": 1}'])
