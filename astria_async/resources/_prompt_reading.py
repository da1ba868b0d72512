"""Prompts as they are read: retrieve, list, find, wait for one, all or each. Nothing here costs money or changes anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any, Literal, TypeAlias, Unpack, overload

from ..errors import GenerationFailedError, NotFoundError, WaitTimeoutError
from ..models import Prompt, Tune
from ..models.parameters.filters import PromptFilters
from ..models.parameters.scalars import as_flag, as_whole, each
from ..waiting import AsCompleted, OnProgress, Wait, seconds, wait_all, wait_one
from ._creates.requests import belongs_to
from ._prompt_images import PromptImages
from ._resource import check_aware, id_of
from ._sources import prompt_source
from .filters import query_of
from .listing import MAX_PAGE, Listing

AllPrompts: TypeAlias = list[Prompt]
PromptsOrErrors: TypeAlias = list[Prompt | GenerationFailedError | WaitTimeoutError | NotFoundError]


class PromptReading(PromptImages):
    """What reads prompts."""

    async def retrieve(self, prompt: Prompt | int, tune: Tune | int | None = None) -> Prompt:
        """Read a prompt, with its tune's id [D] or without [V]. Raises NotFoundError if it does not exist.

        Args:
            prompt: The prompt, or its id.
            tune: The tune that it was posted to, or its id; not needed.
        """
        request = self._core.about(
            "GET", self._path(prompt, tune), id_of(prompt, "prompt"), operation="prompts.retrieve"
        )
        return await self._one(request, Prompt)

    def list(
        self,
        tune: Tune | int | None = None,
        *,
        page_size: int = MAX_PAGE,
        limit: int | None = None,
        **filters: Unpack[PromptFilters],
    ) -> Listing[Prompt]:
        """A tune's prompts, or with None the account's, newest first: `async for prompt in astria.prompts.list()`. [D]

        The prompts of an adapter lie on base models, among others': they are those of the account whose text mentions
        it, which reads all of the account's. A bare id is taken for a model that draws itself.

        `page_size` is the number of items a page, 1 to 120; `limit` is the number of items altogether, None means all.
        The filters are those of `PromptFilters` [V].

        Args:
            tune: The tune, or its id; None lists those of the account.
            page_size: The number of items a page, 1 to 120.
            limit: The number of items altogether; None means all.
            **filters: The fields of `PromptFilters`.
        """
        path, keep, what = "/prompts", None, None
        if isinstance(tune, Tune) and (tune.is_adapter or tune.is_partial):  # a callback's may be one
            number = tune.id
            keep, what = lambda prompt: belongs_to(prompt, number), f"/prompts that mention the tune {number}"
        elif tune is not None:
            path = f"/tunes/{id_of(tune, 'tune')}/prompts"
        return self._listing(
            path, Prompt, operation="prompts.list", filters=query_of(filters), page_size=page_size, limit=limit,
            keep=keep, what=what,
        )  # fmt: skip

    async def find(self, tune: Tune | int, *, seed: int, since: datetime | None = None) -> Prompt | None:
        """The newest prompt of a tune with this seed; None if none has it. [I]

        It is looked for in the account's prompts, newest first, as those of an adapter lie on its base model. `tune` is
        the one that the prompt mentions, or the model that drew it. `since`, by the service's clock, ends the search;
        None looks through all. After an `UnknownOutcomeError`, or a restart:
        `await astria.prompts.find(tune, seed=idempotency_seed("order", 1234), since=yesterday)`.

        Args:
            tune: The tune that the prompt mentions, or the model that drew it, or its id.
            seed: The prompt's seed, 0 to 2**32.
            since: An aware time, by the service's clock, that ends the search; None looks through all.
        """
        number, seed = id_of(tune, "tune"), as_whole(seed, "seed")
        check_aware("since", since)
        async for page in self.list().pages():
            for prompt in page:
                if prompt.seed == seed and belongs_to(prompt, number):
                    return prompt
            times = [prompt.created_at for prompt in page]
            if since is not None and all(moment is not None and moment < since for moment in times):
                break
        return None

    async def wait(
        self,
        prompt: Prompt | int,
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> Prompt:
        """Wait until a prompt has its images, and return it as it is then.

        It is looked at at once, and then after 2 s to 15 s: a tenth of its age. All waits of a client share what they
        read, and `astria.notify` wakes them. Nothing but `timeout` bounds a wait: if the service cannot be reached, or
        answers 429 or 5xx, it goes on. A `user_error` may go away while the service tries again [V], so it counts after
        60 s, or once the prompt has ended.

        Args:
            prompt: The prompt, or its id. One that is known to have ended is not read again.
            timeout: Seconds, 0 or more; None waits for ever. If its tune is waited for, too, and is still training, the
                time begins when the tune is trained.
            interval: Seconds between two looks, 0 or more; None leaves it to the schedule.
            on_progress: Called with a `WaitProgress` after each look. What it raises ends the wait. None tells nothing.

        Raises:
            GenerationFailedError: It ended without images.
            WaitTimeoutError: It was not done in time; with the prompt as last seen, the last failure, and how to go on.
            APIError: Any other status, such as 401; NotFoundError if it was created more than 60 s ago.
        """
        core = self._core
        done: Prompt = await wait_one(
            core.watches.here(), prompt_source(core), *_wanted(prompt, "prompt"),
            timeout=timeout, interval=interval, on_progress=on_progress,
        )  # fmt: skip
        return done

    @overload
    async def wait_all(
        self,
        prompts: Iterable[Prompt | int],
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
        return_exceptions: Literal[False] = False,
    ) -> AllPrompts: ...
    @overload
    async def wait_all(
        self,
        prompts: Iterable[Prompt | int],
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
        return_exceptions: Literal[True],
    ) -> PromptsOrErrors: ...
    async def wait_all(
        self,
        prompts: Iterable[Prompt | int],
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
        return_exceptions: bool = False,
    ) -> Any:
        """Wait until all prompts have ended, and return them in the given order. 10,000 take 84 requests a round.

        Args:
            prompts: Prompts, or their ids, in any order; none of them may be of another workspace.
            timeout: Seconds for all together, as in `wait`.
            interval: Seconds between two looks, as in `wait`.
            on_progress: Called with a `WaitProgress` after each look at each prompt.
            return_exceptions: True puts GenerationFailedError, WaitTimeoutError and NotFoundError in the place of the
                prompt. False raises the first one; `error.results` is what there was until then, None for what was still
                waited for, and the other prompts are left alone.

        Raises what `wait` raises.
        """
        wanted = each(prompts, "prompts", "prompts or their ids", _wanted)
        flag = as_flag(return_exceptions, "return_exceptions")
        core, timeout, interval = self._core, seconds("timeout", timeout), seconds("interval", interval)
        return await wait_all(
            core.watches.here(), prompt_source(core), wanted,
            timeout=timeout, interval=interval, on_progress=on_progress, return_exceptions=flag,
        )  # fmt: skip

    def as_completed(
        self,
        prompts: Iterable[Prompt | int],
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> AsyncIterator[Prompt]:
        """The prompts as they end: `async for prompt in astria.prompts.as_completed(prompts)`.

        A prompt that failed comes as it is: look at `prompt.state`.

        Args:
            prompts: Prompts, or their ids, in any order.
            timeout: Seconds for all together, from the begin of the loop on; None waits for ever.
            interval: Seconds between two looks, as in `wait`.
            on_progress: Called with a `WaitProgress` after each look at each prompt.

        Raises WaitTimeoutError at the deadline, if prompts are left then; NotFoundError after all others, if one does not
        exist (any more); APIError for any other status, such as 401.
        """
        wanted = [*dict(each(prompts, "prompts", "prompts or their ids", _wanted)).items()]
        core, timeout, interval = self._core, seconds("timeout", timeout), seconds("interval", interval)
        return AsCompleted(
            lambda: Wait(
                core.watches.here(), prompt_source(core), wanted,
                timeout=timeout, interval=interval, on_progress=on_progress,
            )
        )  # fmt: skip


def _wanted(prompt: Prompt | int, label: str) -> tuple[int, Prompt | None]:
    """The id of a prompt, and what is known of it. Raises ParameterError."""
    return id_of(prompt, label), prompt if isinstance(prompt, Prompt) else None
