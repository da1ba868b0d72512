"""What a test can set, plan and look at: the half of `FakeAstria` that is not a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from .._wire import Clock
from ._api.packs import add_template, free_slug
from ._assumptions import DEFAULT_CLASSES
from ._images import image_store
from ._store import state
from ._store.records import StoredPack, StoredPrompt, StoredTune, StoredVideo, StoredWorkspace
from ._store.store import Account, Store
from ._store.timestamps import moment_of
from ._store.timings import Timings
from .callbacks import Callbacks
from .faults import Fault, Faults
from .request_log import RequestLog


class HasId(Protocol):
    """A prompt: the SDK's, or the fake's own."""

    @property
    def id(self) -> int: ...


class Controls:
    """The settings, the plan of what goes wrong, and the state, by name."""

    _clock: Clock
    _store: Store
    _faults: Faults
    _log: RequestLog
    _leaks: RequestLog
    _callbacks: Callbacks

    def _now(self) -> int:
        return moment_of(self._clock.now())

    @property
    def timings(self) -> Timings:
        """How long things take; a change concerns what is created from then on."""
        return self._store.timings

    @timings.setter
    def timings(self, timings: Timings) -> None:
        self._store.timings = timings

    @property
    def account_idempotency(self) -> bool:
        """The account setting: creates that agree return what is there [D]."""
        return self._store.account_idempotency

    @account_idempotency.setter
    def account_idempotency(self, on: bool) -> None:
        self._store.account_idempotency = on

    @property
    def images_origin(self) -> str:
        """Where images lie: scheme, host, port."""
        return self._store.images_origin

    @images_origin.setter
    def images_origin(self, origin: str) -> None:
        self._store.images_origin = origin.rstrip("/")

    @property
    def failure_marker(self) -> str:
        """What makes a prompt fail if its text contains it, and a video's inspection if its URL or name does; "" for none."""
        return self._store.failure_marker

    @failure_marker.setter
    def failure_marker(self, marker: str) -> None:
        self._store.failure_marker = marker

    @property
    def tunes(self) -> tuple[StoredTune, ...]:
        """Every tune there is, of all accounts, oldest first."""
        self._store.schedule.run_until(self._now())
        return tuple(self._store.tunes.values())

    @property
    def prompts(self) -> tuple[StoredPrompt, ...]:
        """Every prompt there is, of all accounts, oldest first."""
        self._store.schedule.run_until(self._now())
        return tuple(self._store.prompts.values())

    @property
    def inspections(self) -> tuple[StoredVideo, ...]:
        """Every inspection of a video that was begun, of all accounts, oldest first."""
        return tuple(self._store.videos.values())

    @property
    def packs(self) -> tuple[StoredPack, ...]:
        """Every pack that was made, of all accounts, oldest first; not those that the gallery has from the start."""
        return tuple(pack for pack in self._store.packs.values() if not pack.built_in)

    @property
    def workspaces(self) -> tuple[StoredWorkspace, ...]:
        """Every workspace there is, of all accounts, oldest first. Its `payer` may be set to another key."""
        return tuple(self._store.workspaces.values())

    @property
    def pack_runs_answer(self) -> Literal["order", "message"]:
        """What a pack that is run for `tune_ids` is answered with: an order and its prompts' ids, or a message [V]."""
        return self._store.pack_runs_answer

    @pack_runs_answer.setter
    def pack_runs_answer(self, kind: Literal["order", "message"]) -> None:
        self._store.pack_runs_answer = kind

    @property
    def callbacks(self) -> Callbacks:
        """What is called back, how, and what became of it."""
        return self._callbacks

    @property
    def requests(self) -> RequestLog:
        """What arrived, in order."""
        return self._log

    @property
    def leaks(self) -> RequestLog:
        """Requests for images, and uploads, that carried a key: there should be none."""
        return self._leaks

    def account(self, key: str) -> Account:
        """What a key owns. Its `balance_mc` may be set.

        Args:
            key: An API key; it begins with `sd_`.
        """
        return self._store.account(key)

    def add_pack(
        self,
        *,
        title: str,
        slug: str | None = None,
        prompts: Sequence[str] = (),
        subtitle: str | None = None,
        base_tune_id: int = 1_504_944,
        model_type: str | None = "lora",
        classes: Sequence[str] = DEFAULT_CLASSES,
        num_images: int = 4,
        multi: bool = False,
        public: bool = True,
        listed: bool = True,
        key: str = "",
    ) -> StoredPack:
        """Make a pack. The gallery shows what is `public` and `listed`.

        Args:
            title: Its title.
            slug: Its name in a URL; None makes one of the title.
            prompts: The texts of its prompts.
            subtitle: A second line; None for none.
            base_tune_id: What tunes are trained on for it.
            model_type: What is trained for it; None is a checkpoint.
            classes: The classes of tunes that it is for.
            num_images: The images of each prompt, 1 to 8.
            multi: True for one that can only be run for tunes that exist.
            public: Whether others see it.
            listed: Whether the gallery lists it.
            key: Its owner's API key; "" is nobody, whose packs everybody finds in `GET /packs`.

        Raises ValueError for a slug that another pack has.
        """
        store, now = self._store, self._now()
        if slug is not None and any(pack.slug == slug for pack in store.packs.values()):
            raise ValueError(f"slug={slug!r}: another pack has it")
        pack = StoredPack(
            id=next(store.other_ids),
            key=key,
            title=title,
            slug=slug or free_slug(store, title),
            subtitle=subtitle,
            base_tune_id=base_tune_id,
            model_type=model_type,
            classes=tuple(classes),
            multi=multi,
            public_at=now if public else None,
            unlisted_at=None if listed else now,
            created=now,
        )
        store.packs[pack.id] = pack
        for text in prompts:
            add_template(store, pack, text, num_images)
        return pack

    def persons_of(self, prompt: int | HasId) -> tuple[int, ...]:
        """The ids of the tunes that a prompt's images show: `assert fake.persons_of(prompt) == (tune.id,)`.

        `prompt` is an id, or an object with one: a `Prompt` of the SDK, a `StoredPrompt`. Each tune is one person, who is
        there only if the text mentions the tune as its family asks for. Empty is an image with nobody in it. Raises
        KeyError if there is no such prompt.

        Args:
            prompt: A prompt's id, or an object with one.
        """
        return self._store.prompts[prompt if isinstance(prompt, int) else prompt.id].persons

    def image(self, name: str) -> tuple[bytes, str] | None:
        """The bytes and the media type of the image with this name (see `image_names`); None if there is none now.

        It is not a request: no fault meets it, and no log holds it.

        Args:
            name: One of `image_names`.
        """
        return image_store.content_of(self._store, name, self._now())

    def image_names(self, thing: StoredTune | StoredPrompt) -> tuple[str, ...]:
        """The names of a tune's training images, or of a prompt's images, that can be fetched now.

        Empty for a prompt that is pending or has failed, and once its images are deleted.

        Args:
            thing: A stored tune, or a stored prompt.
        """
        return image_store.names_of(self._store, thing, self._now())

    def dump(self) -> dict[str, Any]:
        """All that was made, ready for JSON: tunes, prompts, packs, workspaces, balances. "now" is the fake's time, ISO.

        It holds API keys: it is as secret as they are. Faults, the request log, uploads and inspections are not in it.
        """
        return state.dump(self._store, self._now())

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what `dump` gave, in a fake that is new, and whose clock goes on from `data["now"]`.

        What comes next gets higher ids; callbacks that were still to come are planned again. Raises
        `InvalidStateError` (a ValueError) if this is not such data, and changes nothing then.

        Args:
            data: What `dump` returned.
        """
        state.load(self._store, data)

    def fail_prompt(self, prompt_id: int, message: str = "The prompt was made to fail") -> None:
        """Let a prompt end with this `user_error`. Raises KeyError if there is no such prompt.

        Args:
            prompt_id: The prompt's id.
            message: Its `user_error`.
        """
        self._store.prompts[prompt_id].error = message

    def fail_inspection(self, inspection_id: int, message: str = "The video was made to fail") -> None:
        """Let the inspection of a video end with this `error`. Raises KeyError if there is no such inspection.

        Args:
            inspection_id: The inspection's id.
            message: Its `error`.
        """
        self._store.videos[inspection_id].error = message

    def script(self, pattern: str, *faults: Fault) -> None:
        """One fault for each of the next requests that match `POST /tunes/:id/prompts`, `GET *`, `* *`; then all is well.

        Args:
            pattern: A method and a path, such as `POST /tunes/:id/prompts`, `GET *` or `* *`.
            *faults: One for each of the next requests that match.
        """
        self._faults.script(pattern, *faults)

    def rule(self, pattern: str, fault: Fault, *, probability: float = 1.0, seed: int = 0) -> None:
        """A fault for each matching request, with this probability, in a sequence that `seed` fixes.

        Args:
            pattern: A method and a path, such as `GET *`.
            fault: What happens to a request that matches.
            probability: 0 to 1.
            seed: Fixes which requests it meets.
        """
        self._faults.rule(pattern, fault, probability=probability, seed=seed)

    def clear_faults(self) -> None:
        """Forget every script and rule."""
        self._faults.clear()

    @property
    def faults_left(self) -> Mapping[str, list[Fault]]:
        """The scripted faults that no request has met yet, by pattern."""
        return self._faults.left
