"""The subjects of the peer benchmark that are SDKs: ours on each of its transports, and four of other services.

Each is an async context manager that takes the server's URL and yields its calls, by workload. The others do the same
request through their public API, or what comes nearest; `subjects.py` says for each of them how. None retries.
"""

from __future__ import annotations

import functools
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal
from unittest.mock import patch

from bare import CREATE_PATH, RETRIEVE, SLOW_PATH, TIMEOUT, TUNES, Calls, files
from bodies import CREATE, FAST, ITEMS, LIST, MOMENT, ORDER, PROMPT, SEED, SLOW, TEXT, TITLE, TUNE_FIELDS, pictures

#: Attempts in flight, and connections, that each of them may have.
MOST = 1000


@asynccontextmanager
async def ours(url: str, transport: Literal["httpx", "aiohttp", "pyreqwest"]) -> AsyncIterator[Calls]:
    """This SDK with all its default middleware."""
    from astria_async import AsyncAstria, Limits

    async with AsyncAstria(
        "sd_bench",
        base_url=url,
        transport=transport,
        limits=Limits(max_in_flight=MOST, adaptive=False),
    ) as astria:

        async def page() -> object:
            return [prompt async for prompt in astria.prompts.list(FAST, page_size=ITEMS, limit=ITEMS)]

        yield {
            "retrieve": lambda: astria.prompts.retrieve(PROMPT["id"]),
            "create": lambda: astria.prompts.create(FAST, text=TEXT, seed=SEED),
            "slow-create": lambda: astria.prompts.create(SLOW, text=TEXT, seed=SEED),
            "list": page,
            "upload": lambda: astria.tunes.create(name="woman", title=TITLE, images=pictures()),
        }


ours_on_httpx = functools.partial(ours, transport="httpx")
ours_on_aiohttp = functools.partial(ours, transport="aiohttp")
ours_on_pyreqwest = functools.partial(ours, transport="pyreqwest")


@asynccontextmanager
async def openai(url: str) -> AsyncIterator[Calls]:
    """OpenAI's client, asked for paths that it does not know."""
    import httpx2
    import openai as library

    http = library.DefaultAsyncHttpxClient(limits=httpx2.Limits(max_connections=MOST, max_keepalive_connections=MOST))
    async with library.AsyncOpenAI(api_key="sd_bench", base_url=url, max_retries=0, http_client=http) as client:
        yield _by_cast_to(client, library.BaseModel)


@asynccontextmanager
async def anthropic(url: str) -> AsyncIterator[Calls]:
    """Anthropic's client, asked for paths that it does not know."""
    import anthropic as library
    import httpx2

    http = library.DefaultAsyncHttpxClient(limits=httpx2.Limits(max_connections=MOST, max_keepalive_connections=MOST))
    async with library.AsyncAnthropic(api_key="sd_bench", base_url=url, max_retries=0, http_client=http) as client:
        yield _by_cast_to(client, library.BaseModel)


def _by_cast_to(client: Any, base: type[Any]) -> Calls:
    """The calls of the clients that take a model of one's own: here one with the 40 fields, and one of a tune."""
    import pydantic

    fields: Any = {name: (kind, ...) for name, kind in _kinds().items()}
    prompt: Any = pydantic.create_model("Prompt", __base__=base, **fields)
    page: Any = list[prompt]
    tune = pydantic.create_model("Tune", __base__=base, id=(int, ...), title=(str, ...), name=(str, ...))
    form = {"headers": {"content-type": "multipart/form-data"}}
    return {
        "retrieve": lambda: client.get(RETRIEVE, cast_to=prompt),
        "create": lambda: client.post(CREATE_PATH, body=CREATE, cast_to=prompt),
        "slow-create": lambda: client.post(SLOW_PATH, body=CREATE, cast_to=prompt),
        "list": lambda: client.get(LIST, cast_to=page),
        "upload": lambda: client.post(TUNES, body=dict(TUNE_FIELDS), files=files(), options=form, cast_to=tune),
    }


def _kinds() -> dict[str, Any]:
    """Each field of a prompt, with its type, as a model of these SDKs has them: what may be empty is a union."""
    kinds: dict[str, Any] = {}
    for name, value in PROMPT.items():
        kind = datetime if value == MOMENT else float if name == "cfg_scale" else type(value)
        kinds[name] = str | None if value is None else list[str] if isinstance(value, list) else kind
    return kinds


@asynccontextmanager
async def replicate(url: str) -> AsyncIterator[Calls]:
    """Replicate's client: a prompt is a prediction."""
    import httpx
    from replicate.client import Client

    limits = httpx.Limits(max_connections=MOST, max_keepalive_connections=MOST)
    transport = httpx.AsyncHTTPTransport(limits=limits)
    client = Client(api_token="sd_bench", base_url=url, timeout=httpx.Timeout(TIMEOUT), transport=transport)
    content = functools.cache(lambda: b"".join(content for _, content in pictures()))
    predictions = client.predictions
    yield {
        "retrieve": lambda: predictions.async_get("1"),
        "create": lambda: predictions.async_create(model="astria/fast", input=ORDER),
        "slow-create": lambda: predictions.async_create(model="astria/slow", input=ORDER),
        "list": predictions.async_list,
        "upload": lambda: client.files.async_create(io.BytesIO(content()), filename="a.jpg"),
    }
    await transport.aclose()


@asynccontextmanager
async def fal(url: str) -> AsyncIterator[Calls]:
    """fal's client: `run`, with the address it is made for replaced, and the limit of its pool."""
    import fal_client.client as library
    import httpx

    limits = httpx.Limits(max_connections=MOST, max_keepalive_connections=MOST)
    transport = httpx.AsyncHTTPTransport(limits=limits)
    pooled = functools.partial(library.AsyncBackupDomainTransport, transport=transport)
    client = library.AsyncClient(key="sd_bench", default_timeout=TIMEOUT)
    with patch.multiple(library, RUN_URL_FORMAT=f"{url}/", AsyncBackupDomainTransport=pooled):
        yield {
            "retrieve": lambda: client.run(RETRIEVE[1:], {}, method="GET"),
            "create": lambda: client.run(CREATE_PATH[1:], CREATE),
            "slow-create": lambda: client.run(SLOW_PATH[1:], CREATE),
            "list": lambda: client.run(LIST[1:], {}, method="GET"),
        }
    await transport.aclose()
