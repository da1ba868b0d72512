"""What the stand-in knows: tunes, prompts, accounts. Where a thing is in its life follows from its times at each look."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any, Literal

from attrs import Factory, define, field

from .agenda import Agenda
from .moments import NEVER, later, time_of
from .multipart import UploadedFile
from .stored import StoredPack, StoredTemplate, StoredUpload, StoredVideo, StoredWorkspace
from .timings import Timings

#: A tune's pictures and model are deleted so many seconds after its training [D].
KEPT = 30 * 24 * 3600.0


def uploads_in(node: object) -> Iterator[UploadedFile]:
    """Every uploaded file in some parameters, in order."""
    if isinstance(node, UploadedFile):
        yield node
    elif isinstance(node, (Mapping, list)):
        for child in node.values() if isinstance(node, Mapping) else node:
            yield from uploads_in(child)


@define(kw_only=True, eq=False)
class Stored:
    """What tunes and prompts have in common. `created`, `starts`, `ends`, `edited` are moments: see `moments`.

    `params` are the parameters as they were sent: those of a form as text, a file as an `UploadedFile`.
    """

    id: int
    key: str
    params: Mapping[str, Any] = field(repr=False)
    cost_mc: int
    created: int = field(repr=False)
    starts: int = field(repr=False)
    ends: int = field(repr=False)
    edited: int = field(default=0, repr=False)
    workspace_id: int | None = None

    @property
    def files(self) -> tuple[UploadedFile, ...]:
        """The files that came with it."""
        return tuple(uploads_in(self.params))

    @property
    def created_at(self) -> datetime:
        """When it was created."""
        time = time_of(self.created)
        assert time is not None
        return time

    @property
    def started_at(self) -> datetime | None:
        """When its work began, or will begin; None for never."""
        return time_of(self.starts)

    @property
    def ended_at(self) -> datetime | None:
        """When it was done, or will be; None for never."""
        return time_of(self.ends)

    def changed(self, now: int) -> int:
        """The moment of the last change up to now."""
        return max(self.created, self.edited, *(moment for moment in (self.starts, self.ends) if moment <= now))


@define(kw_only=True, eq=False)
class StoredTune(Stored):
    """A tune. `key` is its owner's API key, or "" for a base tune, which everybody can use."""

    title: str | None
    name: str | None
    branch: str
    model_type: str | None
    base_tune_id: int | None
    token: str
    is_flux: bool = field(repr=False)
    auto_extend: bool = field(default=False, repr=False)

    @property
    def expires(self) -> int:
        """When it will be deleted: 30 days after its training, or never."""
        return NEVER if self.auto_extend or self.ends >= NEVER else later(self.ends, KEPT)


@define(kw_only=True, eq=False)
class StoredPrompt(Stored):
    """A prompt. `error` is what it fails with once it ends; None where it succeeds.

    `taken` is (prompt id, index) of the picture that a duplicate took over instead of drawing anew.
    """

    tune_id: int
    seed: int
    num_images: int
    error: str | None = None
    order_id: int | None = None
    orig_prompt_id: int | None = None
    liked: bool = False
    taken: tuple[int, int] | None = field(default=None, repr=False)

    @property
    def text(self) -> str | None:
        """Its text, as it was sent."""
        return self.params.get("text")

    @property
    def is_video(self) -> bool:
        """Whether it makes a video."""
        return bool(self.params.get("video_model"))


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
class World:
    """All of the service's state, and the settings that its handlers follow.

    `call_back` takes what is to be called back: a kind, a URL, ids, and the moment; None where nobody listens.
    """

    timings: Timings
    balance_mc: int | None
    account_idempotency: bool
    pictures_origin: str
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
    agenda: Agenda = Factory(Agenda)
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

    def pictures_expire(self, prompt: StoredPrompt) -> int:
        """When a prompt's pictures are deleted: with its tune's [D]; of a tune of the gallery, 30 days after itself [I]."""
        tune = self.tunes.get(prompt.tune_id)
        return later(prompt.ends, KEPT) if tune is None else tune.expires

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

    def remove_prompt(self, prompt: StoredPrompt) -> None:
        account = self.account(prompt.key)
        _drop(account.prompts, prompt.id)
        _drop(account.prompts_of[prompt.tune_id], prompt.id)
        del self.prompts[prompt.id]


def _drop(ids: list[int], gone: int) -> None:
    del ids[bisect_left(ids, gone)]
