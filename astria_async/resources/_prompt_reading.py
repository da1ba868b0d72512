"""Prompts as they are read: retrieve, list, find, wait. Nothing here costs money or changes anything."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from ..models import Prompt, Tune
from ..models.parameters.filters import PromptFilters
from ..models.parameters.scalars import as_whole
from ..waiting import PromptProgress, poll
from ._creates.requests import belongs_to
from ._prompt_images import PromptImages
from ._resource import check_aware, id_of
from .filters import query_of
from .listing import MAX_PAGE, Listing


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
        self, prompt: Prompt | int, *, timeout: float | None = 1800.0, interval: float | None = None
    ) -> Prompt:
        """Wait until a prompt has its images, and return it as it is then.

        `timeout` is in seconds, None waits for ever. Nothing else bounds a wait: if the service cannot be reached, or
        answers 429 or 5xx, it goes on. `interval` is the seconds between two reads; None asks often at first, then every
        15 s. A `user_error` may go away while the service tries again [V], so it counts after 60 s, or once the prompt
        has ended. Raises GenerationFailedError if the prompt ended without images; WaitTimeoutError, with the prompt as
        last seen and the last failure; APIError for any other status, such as 401 or 404.

        Args:
            prompt: The prompt, or its id.
            timeout: Seconds, above 0; None waits for ever. Default: half an hour.
            interval: Seconds between two reads, 0 or more. None asks often at first, then every 15 s.
        """
        number = id_of(prompt, "prompt")
        return await poll(
            self._core.request("GET", f"/prompts/{number}", operation="prompts.wait", is_poll=True),
            number,
            PromptProgress(),
            known=prompt if isinstance(prompt, Prompt) else None,
            send=self._core.send,
            clock=self._core.clock,
            timeout=timeout,
            interval=interval,
        )
