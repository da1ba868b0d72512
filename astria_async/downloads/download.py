"""Images and videos onto the disk: streamed, retried, without the key, and under their final name only once whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import anyio
from attrs import define, field

from .._runtime.threads import in_thread
from .._wire import Clock, Middleware, Observer, Request, Response, Timeout, Transport
from ..errors import AstriaError, Attempt, DownloadError, TransportError
from ..middleware.compose import compose
from ..telemetry import DownloadBegan, DownloadEnded
from ._addresses import HostCheck, Resolve, resolve_name
from ._fetch import MAX_BYTES, Fetch
from ._part_file import PartFile
from ._urls import RefusedError, hide_secrets, show_url

Refresh: TypeAlias = Callable[[], Awaitable[Sequence[str]]]

#: What a URL answers that is too old, or whose file was deleted.
_GONE = (403, 404, 410)
#: Seconds until it is looked again whether another task or process is done with a file.
_LOOK_AGAIN = 0.2


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
    headers: Mapping[str, str]
    base_url: str
    max_elapsed: float
    resolve: Resolve = resolve_name
    max_bytes: int = MAX_BYTES
    observer: Observer | None = None
    _hosts: HostCheck = field(init=False)

    def __attrs_post_init__(self) -> None:
        resolve = self.resolve if getattr(self.transport, "resolves_names", False) else None
        self._hosts = HostCheck(self.base_url, self.clock, resolve)

    def deadline(self, timeout: Timeout) -> float:
        """When a call that begins now has to end: after `timeout.total`, else after `max_elapsed`."""
        return self.clock.monotonic() + (self.max_elapsed if timeout.total is None else timeout.total)

    async def save(
        self,
        urls: Sequence[str],
        folder: Path,
        prompt_id: int,
        template: str,
        timeout: Timeout,
        *,
        deadline: float,
        refresh: Refresh | None = None,
        first: int = 1,
    ) -> list[Path]:
        """Fetch each URL into the folder, side by side, under the name that the template gives. The folder is made if missing.

        The extension follows from the first bytes: the URLs have none [D]. A whole file of the same name is not fetched
        again. `refresh` reads the URLs anew, once, if some are too old; `first` is the number of the first one. At the first failure the others end, too; files
        that are whole by then stay. Raises DownloadError for what cannot be fetched, also if `deadline` (by the clock)
        comes first, and OSError if the disk refuses.
        """
        await in_thread(lambda: folder.mkdir(parents=True, exist_ok=True))
        fetches = [self._fetch(folder, prompt_id, number, template) for number in range(first, first + len(urls))]
        results: list[Path | Exception | None] = [None] * len(urls)
        renewed = None if refresh is None else _Renewed(refresh)

        async def save_one(index: int) -> None:
            try:
                results[index] = await self._save_or_renew(
                    urls[index], index, fetches[index], timeout, deadline, renewed
                )
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

    def _fetch(self, folder: Path, prompt_id: int, number: int, template: str) -> Fetch:
        def name_of(extension: str) -> str:
            return template.format(id=prompt_id, n=number, ext=extension)

        part = PartFile(folder, name_of("").rstrip("."), name_of)
        return Fetch(self.transport, self.clock, self._hosts, part, self.max_bytes)

    async def _save_or_renew(
        self, url: str, index: int, fetch: Fetch, timeout: Timeout, deadline: float, renewed: _Renewed | None
    ) -> Path:
        try:
            return await self._save_one(url, fetch, timeout, deadline)
        except DownloadError as error:
            fresh = await renewed.url_at(index) if renewed is not None and error.status in _GONE else None
            if fresh is None or fresh == url:
                raise
        return await self._save_one(fresh, fetch, timeout, deadline)

    async def _save_one(self, url: str, fetch: Fetch, timeout: Timeout, deadline: float) -> Path:
        """Fetch one, and tell the observer of it, if there is one."""
        if self.observer is None:
            path, _ = await self._whole(url, fetch, timeout, deadline)
            return path
        began, size, result = self.clock.monotonic(), 0, "skipped"
        name = fetch.part.stem
        self.observer(DownloadBegan(operation="download", at=began, name=name))
        try:
            path, is_new = await self._whole(url, fetch, timeout, deadline)
            name, size, result = path.name, fetch.part.size, "done" if is_new else "skipped"
            return path
        except BaseException as error:
            result = type(error).__name__
            raise
        finally:
            now = self.clock.monotonic()
            ended = DownloadEnded(
                operation="download", at=now, name=name, size=size, seconds=now - began, result=result
            )
            self.observer(ended)

    async def _whole(self, url: str, fetch: Fetch, timeout: Timeout, deadline: float) -> tuple[Path, bool]:
        """(the whole file, whether it was fetched now)."""
        part = fetch.part
        try:
            while (whole := await in_thread(part.open)) is None and not part.is_open:
                await self.clock.sleep(_LOOK_AGAIN)  # another task or process fetches it
            if whole is not None:
                return whole, False
            if part.total is not None and part.size == part.total:  # whole, but its process ended before its name
                return await in_thread(part.keep, part.kind()[1]), True
            return await self._send(url, fetch, timeout, deadline), True
        finally:
            if part.is_open:
                with anyio.CancelScope(shield=True):
                    await in_thread(lambda: part.release(forget=isinstance(fetch.failure, RefusedError)))

    async def _send(self, url: str, fetch: Fetch, timeout: Timeout, deadline: float) -> Path:
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
            response = await self._while_it_grows(request, fetch)
            if response.status in (200, 206) and fetch.failure is None and fetch.is_whole:
                return await in_thread(fetch.part.keep, fetch.extension)
            status, attempts = response.status, response.attempts
            problem = f"answered {status}"
        except AstriaError as error:
            problem, attempts = str(error), error.attempts
        if isinstance(fetch.failure, OSError):
            raise fetch.failure
        if fetch.failure is not None:
            problem, status = str(fetch.failure), None
        elif status in _GONE:
            problem += " (it may be deleted or its link too old: read the prompt again, and try with that)"
        raise _error(url, problem, status, attempts)

    async def _while_it_grows(self, request: Request, fetch: Fetch) -> Response:
        """Send it, and again if all attempts of a call have failed, but the file has grown. The deadline bounds it."""
        send, part = compose(self.layers, fetch), fetch.part
        while True:
            size = part.size
            try:
                return await send(request)
            except TransportError:
                if part.validator is None or part.size <= size:
                    raise


class _Renewed:
    """The URLs of a prompt, read anew once for all of its images."""

    def __init__(self, refresh: Refresh) -> None:
        self._refresh = refresh
        self._lock = anyio.Lock()
        self._urls: Sequence[str] | None = None

    async def url_at(self, index: int) -> str | None:
        """The new URL of an image; None if the prompt cannot be read, or has fewer now."""
        async with self._lock:
            if self._urls is None:
                try:
                    self._urls = await self._refresh()
                except AstriaError:
                    self._urls = ()
        return self._urls[index] if index < len(self._urls) else None


def _error(url: str, problem: str, status: int | None = None, attempts: tuple[Attempt, ...] = ()) -> DownloadError:
    shown = show_url(url)
    error = DownloadError(f"{shown} could not be fetched: {hide_secrets(problem)}", url=shown, status=status)
    error.attempts = attempts
    return error
