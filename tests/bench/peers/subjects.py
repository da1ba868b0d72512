"""What the peer benchmark compares, and by what: the subjects, the workloads, and at which concurrency."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import bare
import sdks


class Cell(NamedTuple):
    """A workload at a concurrency."""

    workload: str
    concurrency: int


#: By workload: what it is, and the concurrencies that say something about it.
WORKLOADS: dict[str, tuple[str, tuple[int, ...]]] = {
    "retrieve": ("GET, answered with a prompt of 40 fields", (1, 10, 100, 1000)),
    "create": ("POST of JSON, answered at once with a prompt of 40 fields", (1, 10, 100, 1000)),
    "list": ("GET, answered with a page of 120 prompts of 40 fields", (1, 10, 100)),
    "upload": ("Multipart POST of 4 files of 2 MB from memory, answered with a tune", (1, 10)),
    "slow-create": ("POST of JSON, answered after 200 ms with a prompt of 40 fields", (100, 1000)),
}


@dataclass(frozen=True)
class Subject:
    """One of those compared: `packages` are those it needs, the first is the one it is named after."""

    title: str
    opened: Callable[[str], AbstractAsyncContextManager[bare.Calls]]
    packages: tuple[str, ...] = ()
    note: str = ""
    judged_only: bool = False
    leaves_out: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """The packages that are not installed."""
        return [name for name in self.packages if version_of(name) is None]


OURS = "all default middleware, models; `Limits(max_in_flight=1000, adaptive=False)`"
BY_CAST_TO = (
    "`client.get` and `client.post` with `cast_to`, a pydantic model with the same fields; `max_retries=0`; a pool of "
    "1,000 connections, all kept alive (its default keeps 100)"
)
SUBJECTS: dict[str, Subject] = {
    "socket": Subject(
        "socket loop",
        bare.socket_loop,
        note="the limit: an asyncio protocol of about 40 lines, requests made beforehand, `json.loads`",
    ),
    "pyreqwest": Subject("pyreqwest", bare.pyreqwest_client, ("pyreqwest",), "its defaults; `json.loads`"),
    "aiohttp": Subject("aiohttp", bare.aiohttp_client, ("aiohttp",), "a connector without a limit; `json.loads`"),
    "httpx2": Subject("httpx2", bare.httpx2_client, ("httpx2",), "a pool without limits; `json.loads`"),
    "httpx": Subject("httpx", bare.httpx_client, ("httpx",), "a pool without limits; `json.loads`"),
    "httpx-64": Subject(
        "httpx, semaphore 64",
        bare.httpx_behind_a_semaphore,
        ("httpx",),
        "as httpx, each request behind an `asyncio.Semaphore(64)`; a request's time includes the wait for it",
        judged_only=True,
    ),
    "ours-pyreqwest": Subject(
        "ours on pyreqwest",
        sdks.ours_on_pyreqwest,
        ("astria-async", "pyreqwest"),
        OURS,
    ),
    "ours-aiohttp": Subject("ours on aiohttp", sdks.ours_on_aiohttp, ("astria-async", "aiohttp"), OURS),
    "ours-httpx": Subject("ours on httpx", sdks.ours_on_httpx, ("astria-async", "httpx"), OURS),
    "openai": Subject("openai", sdks.openai, ("openai", "httpx2"), BY_CAST_TO),
    "anthropic": Subject("anthropic", sdks.anthropic, ("anthropic", "httpx2"), BY_CAST_TO),
    "replicate": Subject(
        "replicate",
        sdks.replicate,
        ("replicate", "httpx"),
        "`predictions.async_get`, `async_create`, `async_list`; its model demands `model`, `version` and `status`, so "
        "its answers carry these in the place of three empty fields, and the page is in an object; of its 13 fields "
        "the answers fill 5; it sends the order as `input`; a pool of 1,000; it repeats after a 429, 503 or 504 only, "
        "which the server never gives; uploads one file of 8 MB, for its API takes one at a time",
    ),
    "fal": Subject(
        "fal-client",
        sdks.fal,
        ("fal-client", "httpx"),
        "`AsyncClient.run`, returns what JSON holds; it is made for one address, a constant that is replaced here, and "
        "for a pool of 100 connections, of which 20 are kept alive, here 1,000; it has no multipart upload",
        leaves_out=("upload",),
    ),
}
#: What every ratio in the tables is to.
REFERENCE = "httpx"


def version_of(package: str) -> str | None:
    """The installed version of a distribution; None where there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def here(name: str) -> str:
    """The path of a script in this folder."""
    return str(Path(__file__).resolve().parent / name)
