"""What the machine starts: calls, each with an intent of its own, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from attrs import define, field

from astria_async import AstriaError, AsyncAstria, Clock, Prompt, Request, Response, Tune, UnknownOutcomeError
from astria_async.testing import FakeAstria, StoredPrompt, StoredTune

#: A tune that everybody can use: prompts are made of it.
BASE_TUNE = 690204
PICTURE = "https://example.com/1.jpg"


def mark_of(stored: StoredTune | StoredPrompt) -> str:
    """What tells which call made it, whatever title or seed it has."""
    return str(stored.params["text"] if isinstance(stored, StoredPrompt) else stored.params["characteristics"]["mark"])


class Watch:
    """The stand-in as a transport's handler, which takes its time, counting what is under way."""

    def __init__(self, fake: FakeAstria, clock: Clock, takes: float) -> None:
        self.fake = fake
        self.busy = self.most = 0
        self._clock, self._takes = clock, takes

    async def __call__(self, request: Request) -> Response:
        self.busy += 1
        self.most = max(self.most, self.busy)
        try:
            await self._clock.sleep(self._takes)
            return await self.fake(request)
        finally:
            self.busy -= 1


@define(eq=False)
class Call:
    """A call under way, or what came of it. `mark` tells a create's object from all others, whatever became of it."""

    kind: str
    mark: str
    begin: Callable[[AsyncAstria, str], Coroutine[Any, Any, Any]]
    cancel: Callable[[], object] = field(default=lambda: None)
    began: float = 0.0
    is_under_way: bool = False
    ended: float | None = None
    was_cancelled: bool = False
    result: Any = None
    error: BaseException | None = None

    async def run(self, astria: AsyncAstria, clock: Clock) -> None:
        self.is_under_way = self.was_cancelled = True
        try:
            self.result = await self.begin(astria, self.mark)
            self.was_cancelled = False
        except Exception as error:  # noqa: BLE001 -- whatever it is, the machine judges it
            self.error, self.was_cancelled = error, False
        finally:
            self.ended = clock.monotonic()

    @property
    def makes(self) -> bool:
        return self.kind in ("tune", "prompt")

    def wrongs(self, made: set[int]) -> Iterator[str]:
        """What is wrong with how it ended; `made` are the ids of the objects that it made."""
        if self.error is not None and not isinstance(self.error, AstriaError):
            yield f"raised {self.error!r}"
            return
        if not self.makes:
            return
        if len(made) > 1:
            yield f"made {sorted(made)}"
        if self.ended is None or self.was_cancelled:
            return
        if self.error is None and made != {self.result.id}:
            yield f"returned {self.result.id}, but made {sorted(made)}"
        outcome = getattr(self.error, "outcome", None)
        if outcome in ("not_sent", "rejected") and made:
            yield f"said {outcome} ({self.error!r}), but made {sorted(made)}"
        if outcome == "unknown":
            if not isinstance(self.error, UnknownOutcomeError):
                yield f"an unknown outcome, and no UnknownOutcomeError: {self.error!r}"
            elif not self.error.looked_for:
                yield "does not say what to look for"


async def create_tune(astria: AsyncAstria, mark: str) -> Tune:
    return await astria.tunes.create(name="woman", image_urls=[PICTURE], branch="fast", characteristics={"mark": mark})


async def create_prompt(astria: AsyncAstria, mark: str) -> Prompt:
    return await astria.prompts.create(BASE_TUNE, text=mark)


async def list_tunes(astria: AsyncAstria, mark: str) -> list[Tune]:
    return [tune async for tune in astria.tunes.list()]
