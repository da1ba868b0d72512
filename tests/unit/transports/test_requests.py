"""What goes on the wire, the same on every transport."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from astria_async import ParameterError, Request, Transport

from ...support.transports import ALL, Carrier, over
from .conftest import always, get, post

pytestmark = over(ALL)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/tunes?limit=1&text=a%20b", b"/tunes?limit=1&text=a%20b"),
        ("/a%2Fb%2Bc?sig=x%2By%3D", b"/a%2Fb%2Bc?sig=x%2By%3D"),
        ("/ä b?ö", b"/%C3%A4%20b?%C3%B6"),
        ("/a/../b/.", b"/b/"),
        ("/x[]|?y[]=1|2", b"/x[]|?y[]=1|2"),
        ("/it's?q='\"<>", b"/it's?q=%27%22%3C%3E"),
        ("/a~b!c*(d);e=@$&,+", b"/a~b!c*(d);e=@$&,+"),
    ],
)
async def test_a_urls_escapes_are_kept(
    serve: Any, transport: Transport, carrier: Carrier, path: str, sent: bytes
) -> None:
    async with serve(always) as server:
        await transport.send(get(server.url + path))
    came = server.requests[0].split(b" ")[1]
    if carrier.name == "client of httpx-aiohttp":  # it escapes anew, which only its owner could help
        assert unquote(came.decode()) == unquote(sent.decode())
    else:
        assert came == sent


async def test_each_request_carries_each_header_once(serve: Any, transport: Transport) -> None:
    async with serve(always) as server:
        await transport.send(post(server.url, {"a": 1}).replace(headers={"Authorization": "Bearer x", "accept": "a/b"}))
    head = server.requests[0].partition(b"\r\n\r\n")[0].lower().split(b"\r\n")[1:]
    names = [line.partition(b":")[0] for line in head]
    assert sorted(set(names)) == sorted(names)
    sent = dict(line.split(b": ", 1) for line in head)
    assert sent[b"host"] == server.url.removeprefix("http://").encode()
    assert (sent[b"authorization"], sent[b"accept"]) == (b"bearer x", b"a/b")
    assert (sent[b"accept-encoding"], sent[b"content-length"]) == (b"gzip, deflate", b"7")


async def test_another_accept_encoding_goes_before_the_usual_one(serve: Any, transport: Transport) -> None:
    async with serve(always) as server:
        await transport.send(get(server.url, headers={"accept-encoding": "identity"}))
    assert b"accept-encoding: identity\r\n" in server.requests[0].lower()


@pytest.mark.parametrize(
    "headers",
    [{"x-a": "1\r\nx-b: 2"}, {"x-a": "\0"}, {"x a": "1"}, {"x-a:": "1"}],
    ids=["lines", "null", "space", "colon"],
)
async def test_a_header_that_breaks_the_request_is_refused(transport: Transport, headers: dict[str, str]) -> None:
    with pytest.raises(ParameterError, match=r"^headers\['x.a:?'\]: a name is made of letters"):
        await transport.send(Request(method="GET", url="http://127.0.0.1:9/", headers=headers))
