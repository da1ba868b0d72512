"""Images and videos onto the disk: streamed, retried, without the key, and under their final name only once whole."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
from attrs import define, field

from .._runtime.threads import in_thread
from .._wire import Clock, Middleware, RandomSource, Request, Timeout, Transport
from ..errors import AstriaError, Attempt, DownloadError, ParameterError
from ..middleware.compose import compose
from ._addresses import HostCheck, Resolve, resolve_name
from ._fetch import MAX_BYTES, Fetch
from ._part_file import PartFile
from ._urls import hide_secrets, show_url


@define
class Downloads:
    """Fetches URLs into files.

    `layers` are the middleware that suits a download: none that knows the key. `max_elapsed` is the seconds for a call
    whose `Timeout.total` is None. `base_url` is the API's: downloads from loopback are allowed only if it is there itself.
    `resolve` finds the addresses of a name. It is used only if the transport says that it carries over a network, by an
    attribute `resolves_names = True`: a transport in memory needs no name server, and so does one that leaves names to
    something of its own. A transport that wraps another one should pass the attribute on.
    """

    transport: Transport
    layers: Sequence[Middleware]
    clock: Clock
    random: RandomSource
    headers: Mapping[str, str]
    base_url: str
    max_elapsed: float
    resolve: Resolve = resolve_name
    max_bytes: int = MAX_BYTES
    _hosts: HostCheck = field(init=False)

    def __attrs_post_init__(self) -> None:
        resolve = self.resolve if getattr(self.transport, "resolves_names", False) else None
        self._hosts = HostCheck(self.base_url, self.clock, resolve)

    def deadline(self, timeout: Timeout) -> float:
        """When a call that begins now has to end: after `timeout.total`, else after `max_elapsed`."""
        return self.clock.monotonic() + (self.max_elapsed if timeout.total is None else timeout.total)

    async def save(
        self, urls: Sequence[str], folder: Path, stem: str, timeout: Timeout, *, deadline: float
    ) -> list[Path]:
        """Fetch each URL as `folder/<stem>-<number from 1>.<extension>`, side by side. The folder is made if missing.

        The extension follows from the first bytes: the URLs have none [D]. A file of the same name is replaced. At the
        first failure the others end, too; files that are whole by then stay. Raises DownloadError for what cannot be
        fetched, also if `deadline` (by the clock) comes first, and OSError if the disk refuses.
        """
        await in_thread(lambda: folder.mkdir(parents=True, exist_ok=True))
        fetches = [
            Fetch(
                self.transport,
                self.clock,
                self._hosts,
                PartFile(folder, f"{stem}-{number}", self.random),
                self.max_bytes,
            )
            for number in range(1, len(urls) + 1)
        ]
        results: list[Path | Exception | None] = [None] * len(urls)

        async def save_one(index: int) -> None:
            try:
                results[index] = await self._save_one(urls[index], fetches[index], timeout, deadline)
            except Exception as error:  # noqa: BLE001 -- a task group would wrap it; it is raised below
                results[index] = error
                tasks.cancel_scope.cancel()

        is_late = False
        try:
            with self.clock.fail_after(deadline - self.clock.monotonic()):
                async with anyio.create_task_group() as tasks:
                    for index in range(len(urls)):
                        tasks.start_soon(save_one, index)
        except TimeoutError:
            is_late = True
        for result in results:
            if isinstance(result, Exception):
                raise result
        if is_late and None in results:
            index = results.index(None)
            bound = "Timeout.total" if timeout.total is not None else "RetryPolicy.max_elapsed"
            problem, before = f"the call's time is over ({bound}); give it more", fetches[index].last_error
            raise _error(urls[index], problem if before is None else f"{problem}. The attempt before failed: {before}")
        return [result for result in results if isinstance(result, Path)]

    async def _save_one(self, url: str, fetch: Fetch, timeout: Timeout, deadline: float) -> Path:
        request = Request(
            method="GET",
            url=url,
            operation="download",
            # Images are packed already, and only the length of an answer as it is can be compared.
            headers={**self.headers, "accept-encoding": "identity"},
            timeout=timeout,
            deadline=deadline,
            credentials=False,
        )
        status: int | None = None
        attempts: tuple[Attempt, ...] = ()
        try:
            response = await compose(self.layers, fetch)(request)
            if response.status == 200 and fetch.failure is None:
                return await in_thread(fetch.part.keep, fetch.extension)
            status, attempts = response.status, response.attempts
            problem = f"answered {status}"
        except AstriaError as error:
            problem, attempts = str(error), error.attempts
        finally:
            with anyio.CancelScope(shield=True):
                await in_thread(fetch.part.discard)
        if isinstance(fetch.failure, OSError):
            raise fetch.failure
        if fetch.failure is not None:
            problem, status = str(fetch.failure), None
        elif status in (403, 404, 410):
            problem += " (it may be deleted or its link too old: read the prompt again, and try with that)"
        raise _error(url, problem, status, attempts)


def folder_of(value: str | os.PathLike[str]) -> Path:
    """The folder to save in. Raises ParameterError if it is not a path."""
    if isinstance(value, (str, os.PathLike)):
        path = os.fspath(value)
        if isinstance(path, str) and path and "\0" not in path:
            return Path(path)
    raise ParameterError(f"folder: {value!r} is not a path; give a str or a Path, such as 'images'")


def _error(url: str, problem: str, status: int | None = None, attempts: tuple[Attempt, ...] = ()) -> DownloadError:
    shown = show_url(url)
    error = DownloadError(f"{shown} could not be fetched: {hide_secrets(problem)}", url=shown, status=status)
    error.attempts = attempts
    return error
