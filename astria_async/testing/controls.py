"""What a test may set, plan and look at: the half of `FakeAstria` that is no server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from .._wire import Clock
from .callbacks import Callbacks
from .faults import Fault, Faults
from .journal import RequestLog
from .moments import moment_of
from .packs import DEFAULT_CLASSES, add_template, free_slug
from .state import Account, StoredPrompt, StoredTune, World
from .stored import StoredPack, StoredWorkspace
from .timings import Timings


class Controls:
    """The settings, the plan of what goes wrong, and the state, by name."""

    _clock: Clock
    _world: World
    _faults: Faults
    _log: RequestLog
    _leaks: RequestLog
    _callbacks: Callbacks

    def _now(self) -> int:
        return moment_of(self._clock.now())

    @property
    def timings(self) -> Timings:
        """How long things take; a change concerns what is created from then on."""
        return self._world.timings

    @timings.setter
    def timings(self, timings: Timings) -> None:
        self._world.timings = timings

    @property
    def account_idempotency(self) -> bool:
        """The account setting: creates that agree return what is there [D]."""
        return self._world.account_idempotency

    @account_idempotency.setter
    def account_idempotency(self, on: bool) -> None:
        self._world.account_idempotency = on

    @property
    def pictures_origin(self) -> str:
        """Where pictures lie: scheme, host, port."""
        return self._world.pictures_origin

    @pictures_origin.setter
    def pictures_origin(self, origin: str) -> None:
        self._world.pictures_origin = origin.rstrip("/")

    @property
    def failure_marker(self) -> str:
        """What makes a prompt fail if its text contains it; "" for none."""
        return self._world.failure_marker

    @failure_marker.setter
    def failure_marker(self, marker: str) -> None:
        self._world.failure_marker = marker

    @property
    def tunes(self) -> tuple[StoredTune, ...]:
        """Every tune there is, of all accounts, oldest first."""
        self._world.agenda.run_until(self._now())
        return tuple(self._world.tunes.values())

    @property
    def prompts(self) -> tuple[StoredPrompt, ...]:
        """Every prompt there is, of all accounts, oldest first."""
        self._world.agenda.run_until(self._now())
        return tuple(self._world.prompts.values())

    @property
    def packs(self) -> tuple[StoredPack, ...]:
        """Every pack there is, of all accounts, oldest first."""
        return tuple(self._world.packs.values())

    @property
    def workspaces(self) -> tuple[StoredWorkspace, ...]:
        """Every workspace there is, of all accounts, oldest first. Its `payer` may be set to another key."""
        return tuple(self._world.workspaces.values())

    @property
    def pack_runs_answer(self) -> Literal["order", "message"]:
        """What a pack that is run for `tune_ids` is answered with: an order and its prompts' ids, or a message [V]."""
        return self._world.pack_runs_answer

    @pack_runs_answer.setter
    def pack_runs_answer(self, kind: Literal["order", "message"]) -> None:
        self._world.pack_runs_answer = kind

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
        """Requests for pictures, and uploads, that carried a key: there should be none."""
        return self._leaks

    def account(self, key: str) -> Account:
        """What a key owns. Its `balance_mc` may be set."""
        return self._world.account(key)

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
        """A new pack with these texts as its prompts, each of `num_images` pictures, for tunes of these `classes`.

        `key` is its owner's API key; "" is nobody, whose packs everybody finds in `GET /packs`. The gallery shows what is
        `public` and `listed`. A `multi` pack can only be run for tunes that exist. `slug` follows from the title.
        Raises ValueError for a slug that another pack has.
        """
        world, now = self._world, self._now()
        if slug is not None and any(pack.slug == slug for pack in world.packs.values()):
            raise ValueError(f"slug={slug!r}: another pack has it")
        pack = StoredPack(
            id=next(world.other_ids),
            key=key,
            title=title,
            slug=slug or free_slug(world, title),
            subtitle=subtitle,
            base_tune_id=base_tune_id,
            model_type=model_type,
            classes=tuple(classes),
            multi=multi,
            public_at=now if public else None,
            unlisted_at=None if listed else now,
            created=now,
        )
        world.packs[pack.id] = pack
        for text in prompts:
            add_template(world, pack, text, num_images)
        return pack

    def fail_prompt(self, prompt_id: int, message: str = "The prompt was made to fail") -> None:
        """Let a prompt end with this `user_error`. Raises KeyError where there is none of this id."""
        self._world.prompts[prompt_id].error = message

    def script(self, pattern: str, *faults: Fault) -> None:
        """One fault for each of the next requests that match `POST /tunes/:id/prompts`, `GET *`, `* *`; then all is well."""
        self._faults.script(pattern, *faults)

    def rule(self, pattern: str, fault: Fault, *, probability: float = 1.0, seed: int = 0) -> None:
        """A fault for each matching request, with this probability, in a sequence that `seed` fixes."""
        self._faults.rule(pattern, fault, probability=probability, seed=seed)

    def clear_faults(self) -> None:
        """Forget every script and rule."""
        self._faults.clear()

    @property
    def faults_left(self) -> Mapping[str, list[Fault]]:
        """The scripted faults that no request has met yet, by pattern."""
        return self._faults.left
