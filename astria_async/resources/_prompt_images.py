"""The images of a prompt: onto the disk, into memory, or piped on. Nothing here costs money or changes anything."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import overload

import anyio

from .._codec import measure
from .._runtime.threads import in_thread
from ..downloads import DownloadedImage, check_template, folder_of
from ..errors import ParameterError
from ..models import Prompt, Tune
from ..models.parameters.scalars import as_whole
from ._resource import Resource, id_of


class PromptImages(Resource):
    """What fetches images and videos."""

    async def download(
        self, prompt: Prompt | int, folder: str | os.PathLike[str], template: str | None = None
    ) -> list[Path]:
        """Fetch a prompt's images or videos into a folder, side by side. The folder is made if it is missing.

        Returns their paths, in the order of `prompt.images`. Each is streamed to disk without the key, and has its name
        only once it is whole. What is there already is not fetched again, and what was broken off goes on where it
        ended, also in a later process. A URL that is too old is read anew from the prompt, once. Given an id, or a prompt
        without images, the prompt is read first.

        `Timeout.total` (else the retry policy's `max_elapsed`) bounds the whole call, `Timeout.attempt` each silence; less
        than 1,000 bytes a second over that time counts as silence. Nothing but images and videos of at most 2 GB is
        accepted, by their first bytes. Nothing is fetched from a private network, by the address that the host's name
        resolves to, at each redirect; from loopback only if the base URL is there.

        Raises ParameterError if it has no images yet, DownloadError for what cannot be fetched, OSError if the disk
        refuses.

        Args:
            prompt: The prompt, or its id.
            folder: Where the files go. It is made if it is missing.
            template: Their names, with `{id}` of the prompt, `{n}` from 1, and `{ext}`. None means "{id}-{n}.{ext}".
        """
        core, path, names = self._core, folder_of(folder), check_template(template)
        deadline = core.downloads.deadline(core.timeout)
        prompt = await self._with_images(prompt, deadline)

        async def refresh() -> tuple[str, ...]:
            return (await self._with_images(prompt.id, deadline)).images

        return await core.downloads.save(
            prompt.images, path, prompt.id, names, core.timeout, deadline=deadline, refresh=refresh
        )

    @overload
    async def read(self, prompt: Prompt | int, n: None = None) -> list[bytes]: ...
    @overload
    async def read(self, prompt: Prompt | int, n: int) -> bytes: ...
    async def read(self, prompt: Prompt | int, n: int | None = None) -> list[bytes] | bytes:
        """Fetch a prompt's images or videos into memory, as `download` does: checked, resumed, without the key.

        Raises what `download` raises.

        Args:
            prompt: The prompt, or its id.
            n: The number of one image, from 1; None fetches all of them, as a list.
        """
        number = None if n is None else as_whole(n, "n")
        deadline = self._core.downloads.deadline(self._core.timeout)
        prompt = await self._with_images(prompt, deadline)
        if number is not None and not 1 <= number <= len(prompt.images):
            raise ParameterError(f"n: {number} is not one of its images; give 1 to {len(prompt.images)}")
        numbers = range(1, len(prompt.images) + 1) if number is None else (number,)
        async with _temporary_folder() as folder:
            paths = [path for each in numbers for path in await self._fetch(prompt, each, folder, deadline)]
            contents = [await in_thread(path.read_bytes) for path in paths]
        return contents if number is None else contents[0]

    async def stream(self, prompt: Prompt | int) -> AsyncIterator[DownloadedImage]:
        """Fetch a prompt's images or videos one after the other, to pipe them on: `async for image in prompts.stream(prompt)`.

        Each lies in a temporary file until the next one is asked for, so nothing is piped on that is not whole, and memory
        holds a piece at a time. `image.name`, `image.content_type` and `image.size` tell what it is, `image.chunks()`
        gives its bytes. Raises what `download` raises.

        Args:
            prompt: The prompt, or its id.
        """
        deadline = self._core.downloads.deadline(self._core.timeout)
        prompt = await self._with_images(prompt, deadline)
        for number in range(1, len(prompt.images) + 1):
            async with _temporary_folder() as folder:
                deadline = self._core.downloads.deadline(self._core.timeout)  # of each image: the caller takes its time
                (path,) = await self._fetch(prompt, number, folder, deadline)
                part = await in_thread(measure, path, parameter="image")
                assert part.size is not None
                yield DownloadedImage(name=path.name, content_type=part.content_type, size=part.size, path=path)

    async def _fetch(self, prompt: Prompt, number: int, folder: Path, deadline: float) -> list[Path]:
        """One image."""

        async def refresh() -> tuple[str, ...]:
            return (await self._with_images(prompt.id, deadline)).images[number - 1 : number]

        core = self._core
        return await core.downloads.save(
            prompt.images[number - 1 : number], folder, prompt.id, check_template(None), core.timeout, deadline=deadline,
            refresh=refresh, first=number,
        )  # fmt: skip

    async def _with_images(self, prompt: Prompt | int, deadline: float) -> Prompt:
        """The prompt, read if it is an id or has no images. Raises ParameterError if it has none then."""
        if not isinstance(prompt, Prompt) or not prompt.images:
            path, number = self._path(prompt, None), id_of(prompt, "prompt")
            request = self._core.about("GET", path, number, operation="prompts.retrieve", deadline=deadline)
            prompt = await self._one(request, Prompt)
        if not prompt.images:
            raise ParameterError(f"prompt: {prompt.id} has no images ({prompt.state.value}); wait for it first")
        return prompt

    @staticmethod
    def _path(prompt: Prompt | int, tune: Tune | int | None) -> str:
        within = "" if tune is None else f"/tunes/{id_of(tune, 'tune')}"
        return f"{within}/prompts/{id_of(prompt, 'prompt')}"


@asynccontextmanager
async def _temporary_folder() -> AsyncIterator[Path]:
    folder = await in_thread(lambda: TemporaryDirectory(prefix="astria-"))
    try:
        yield Path(folder.name)
    finally:
        with anyio.CancelScope(shield=True):
            await in_thread(folder.cleanup)
