"""What the fake knows: tunes, prompts, accounts, and the settings that its handlers follow."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import count
from typing import Literal

from attrs import Factory, define

from .._assumptions import KEPT
from .records import (
    StoredPack,
    StoredPrompt,
    StoredTemplate,
    StoredTune,
    StoredUpload,
    StoredVideo,
    StoredWorkspace,
)
from .schedule import Schedule
from .timestamps import later
from .timings import Timings

#: The path of every image, on its own host, and on whichever host serves them beside the API.
IMAGES_PREFIX = "/pictures/"


@define(eq=False)
class Account:
    """What one API key owns: ids in the order of creation, so that a page is found by bisection.

    `balance_mc` is money in mc; None never runs out. `spent_mc` is what was taken of it so far. `workspaces` are ids.
    `titles` and `same_prompts` serve idempotency, and are None until they are needed.
    """

    key: str
    balance_mc: int | None
    id: int = 0
    spent_mc: int = 0
    workspaces: list[int] = Factory(list)
    tunes: list[int] = Factory(list)
    prompts: list[int] = Factory(list)
    prompts_of: dict[int, list[int]] = Factory(dict)
    titles: dict[str, int] | None = None
    same_prompts: dict[object, int] | None = None

    def pay(self, cost_mc: int) -> bool:
        """Take the money; False, and nothing taken, where it does not suffice."""
        if self.balance_mc is not None:
            if cost_mc and self.balance_mc < cost_mc:
                return False
            self.balance_mc -= cost_mc
        self.spent_mc += cost_mc
        return True


@define(eq=False)
class Store:
    """All of the service's state, and the settings that its handlers follow.

    `call_back` takes each callback that is due: a kind, a URL, ids, and the moment; None if nobody listens.
    """

    timings: Timings
    balance_mc: int | None
    account_idempotency: bool
    images_origin: str
    failure_marker: str
    tunes: dict[int, StoredTune] = Factory(dict)
    prompts: dict[int, StoredPrompt] = Factory(dict)
    accounts: dict[str, Account] = Factory(dict)
    tune_ids: Iterator[int] = Factory(lambda: count(2_000_001))
    prompt_ids: Iterator[int] = Factory(lambda: count(30_000_001))
    other_ids: Iterator[int] = Factory(lambda: count(1_001))
    gallery: dict[int, StoredTune] = Factory(dict)
    packs: dict[int, StoredPack] = Factory(dict)
    templates: dict[int, StoredTemplate] = Factory(dict)
    workspaces: dict[int, StoredWorkspace] = Factory(dict)
    uploads: dict[str, StoredUpload] = Factory(dict)
    uploads_by_token: dict[str, StoredUpload] = Factory(dict)
    videos: dict[int, StoredVideo] = Factory(dict)
    schedule: Schedule = Factory(Schedule)
    pack_runs_answer: Literal["order", "message"] = "order"
    call_back: Callable[[str, str, tuple[int, ...], int], None] | None = None

    def account(self, key: str) -> Account:
        """The account of a key; a new one where the key was not seen before."""
        found = self.accounts.get(key)
        if found is None:
            found = self.accounts[key] = Account(key, self.balance_mc, 501 + len(self.accounts))
        return found

    def tune(self, tune_id: int, key: str, *, or_base: bool = True) -> StoredTune | None:
        """A tune that the key may use: its own, or one of the gallery, base tunes among them."""
        tune = self.tunes.get(tune_id)
        if tune is None:
            return self.gallery.get(tune_id) if or_base else None
        return tune if tune.key == key else None

    def prompt(self, prompt_id: int, key: str) -> StoredPrompt | None:
        """A prompt of this key."""
        prompt = self.prompts.get(prompt_id)
        return prompt if prompt is not None and prompt.key == key else None

    def images_expire(self, prompt: StoredPrompt) -> int:
        """When a prompt's images are deleted: with its tune's [D]; of a tune of the gallery, 30 days after itself [I]."""
        tune = self.tunes.get(prompt.tune_id)
        return later(prompt.ends, KEPT) if tune is None else tune.expires

    def image_url(self, name: str) -> str:
        """Where the image of a name is: see `_images.image_store`."""
        return f"{self.images_origin}{IMAGES_PREFIX}{name}"

    def add_tune(self, tune: StoredTune) -> None:
        self.tunes[tune.id] = tune
        account = self.account(tune.key)
        account.tunes.append(tune.id)
        if account.titles is not None and tune.title:
            account.titles[tune.title] = tune.id

    def add_prompt(self, prompt: StoredPrompt) -> None:
        self.prompts[prompt.id] = prompt
        account = self.account(prompt.key)
        account.prompts.append(prompt.id)
        account.prompts_of.setdefault(prompt.tune_id, []).append(prompt.id)

    def remove_tune(self, tune: StoredTune, *, with_prompts: bool) -> None:
        account = self.account(tune.key)
        _drop(account.tunes, tune.id)
        del self.tunes[tune.id]
        if with_prompts:
            for prompt_id in account.prompts_of.pop(tune.id, []):
                _drop(account.prompts, prompt_id)
                del self.prompts[prompt_id]

    def forget_template(self, template_id: int) -> None:
        """A pack that has this template has it no more."""
        if self.templates.pop(template_id, None) is not None:
            for pack in self.packs.values():
                pack.templates[:] = [one for one in pack.templates if one.id != template_id]

    def remove_prompt(self, prompt: StoredPrompt) -> None:
        account = self.account(prompt.key)
        _drop(account.prompts, prompt.id)
        _drop(account.prompts_of[prompt.tune_id], prompt.id)
        del self.prompts[prompt.id]
        self.forget_template(prompt.id)


def _drop(ids: list[int], gone: int) -> None:
    del ids[bisect_left(ids, gone)]
