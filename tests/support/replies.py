"""Answers in memory: in turn, or with bodies that come as a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from attrs import define, field, frozen

from astria_async import Clock, Request, Response

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 1000 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"pixels" * 1000 + b"\xff\xd9"


def image(body: bytes = PNG, kind: str = "image/png", **headers: str) -> Response:
    return Response(status=200, headers={"content-type": kind, "content-length": str(len(body)), **headers}, body=body)


class Replies:
    """Gives its replies in turn, the last for ever, and keeps the requests. An exception is raised."""

    def __init__(self, *replies: Response | Exception) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply.with_traceback(None)
        return reply


@frozen
class Pause:
    """Seconds for which nothing comes."""

    seconds: float


@define
class SlowTransport:
    """A transport whose only answer has this body: chunks, pauses, and exceptions, which are raised."""

    clock: Clock
    body: Callable[[], Any]
    headers: Mapping[str, str] = field(factory=dict)
    status: int = 200
    requests: list[Request] = field(factory=list)
    resolves_names: bool = False

    async def send(self, request: Request) -> Response:
        raise AssertionError(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[SlowTransport]:
        self.requests.append(request)
        yield self

    async def chunks(self) -> AsyncIterator[bytes]:
        for item in self.body():
            if isinstance(item, Pause):
                await self.clock.sleep(item.seconds)
            elif isinstance(item, Exception):
                raise item
            else:
                yield item

    async def aclose(self) -> None: ...
