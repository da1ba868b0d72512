"""One step of a job. It never waits: it does what can be done now, and says when to come again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

from attrs import evolve, field, frozen

from .._client import AsyncAstria
from .._wire import Timeout
from ..errors import AstriaError, DownloadError, ParameterError, UnknownOutcomeError
from ..models import Prompt
from ..waiting import PromptProgress
from ..waiting.schedule import pause
from .failures import pause_after
from .generation import Generation

#: Seconds that each of a step's requests may take: a step with two of them ends within 90 s.
REQUEST = 40.0
#: The share of `settled_in` that lies between two looks without which nothing counts as not made: 10 s of 60.
APART = 1 / 6


@frozen
class Done:
    """The job has ended well: the prompt, and the paths of its files if they were to be fetched."""

    prompt: Prompt
    files: tuple[Path, ...] = ()


@frozen
class Later:
    """Come again after so many seconds, with this job. `why` is what failed, `prompt` what was read; None for nothing."""

    seconds: float
    job: Generation
    why: AstriaError | None = field(default=None, eq=False)
    prompt: Prompt | None = field(default=None, eq=False)


_views: WeakKeyDictionary[AsyncAstria, AsyncAstria] = WeakKeyDictionary()


async def advance(astria: AsyncAstria, job: Generation, *, fresh: bool) -> Done | Later:
    """Make one step of a job: at most one attempt to create it, within 90 s, without any wait.

    A job that may have been handed to somebody before is looked for first. It is created only once two looks, 60 s after
    the last attempt began and 10 s apart, did not find it. So whoever carries jobs must not hand out one again while a
    step of it may still be under way: give it a lease of 150 s or more.

    Args:
        astria: The client, of the account and workspace that the job was prepared for.
        job: The job, as the last step returned it.
        fresh: True only if this job was certainly never handed to anybody before.

    Returns:
        `Done`, or `Later` with what to hand to the next step, and when.

    Raises:
        GenerationFailedError: The service ended the prompt without images.
        APIError: The service refused it for good; InsufficientBalanceError if money is missing.
        UnknownOutcomeError: It cannot be told whether it was made.
        ParameterError: It belongs to another account, workspace or service, or one of its files has changed.
    """
    if not isinstance(job, Generation):
        raise ParameterError(f"job: a {type(job).__name__} is not a job; pass a Generation")
    if not isinstance(fresh, bool):
        raise ParameterError(f"fresh: {fresh!r} is not True or False; pass False if the job may have been sent before")
    view = _views.get(astria)
    if view is None:
        view = _views[astria] = astria.with_options(waits="nothing", timeout=Timeout(total=REQUEST, attempt=None))
    return await step(view, job, fresh=fresh)


async def step(view: AsyncAstria, job: Generation, *, fresh: bool) -> Done | Later:
    """`advance`, with a client that does not wait."""
    if not fresh and job.prompt is None and job.attempted_at is None:
        job = evolve(job, is_doubtful=True)  # also if this step fails: the next one may be fresh, the prompt is not
    try:
        if job.prompt is not None:
            return await _follow(view, job, job.prompt)
        if job.attempted_at is None and not job.is_doubtful:
            return await _send(view, job)
        return await _look(view, job)
    except AstriaError as error:
        seconds = pause_after(error, job.failures)
        if seconds is None:
            raise
        error.__traceback__ = None  # it would hold this frame for as long as the job is parked
        return Later(seconds, evolve(job, failures=job.failures + 1), error)


async def _send(view: AsyncAstria, job: Generation) -> Later:
    """The one attempt. If it may have made the prompt, that is looked for from now on."""
    try:
        prompt = await view.send(job.prepared)
    except AstriaError as error:
        if error.outcome != "unknown":
            raise
        took = error.attempts[-1].seconds if error.attempts else view.settled_in
        began = await view.service_time() - timedelta(seconds=took)
        changed = evolve(job, attempted_at=began, absent_at=None, failures=0)
        return Later(max(0.0, view.settled_in - took), changed, error)
    return _made(job, prompt)


async def _look(view: AsyncAstria, job: Generation) -> Later:
    """Look for it before it is paid for."""
    now = await view.service_time()
    job = evolve(job, attempted_at=job.attempted_at or now, is_doubtful=False)
    assert job.attempted_at is not None
    try:
        prompt = await view.recover(job.prepared)
    except UnknownOutcomeError as error:
        if isinstance(error.__cause__, AstriaError):  # the list could not be read: nothing was found out
            seconds = pause_after(error.__cause__, job.failures)
            return Later(seconds or view.settled_in, evolve(job, failures=job.failures + 1), error.__cause__)
        raise
    if prompt is not None:
        return _made(job, prompt)
    left = _seconds(job.attempted_at, now, view.settled_in)
    if left > 0:
        return Later(left, evolve(job, absent_at=None, failures=0))
    apart = view.settled_in * APART
    if job.absent_at is None:
        return Later(apart, evolve(job, absent_at=now, failures=0))
    left = _seconds(job.absent_at, now, apart)
    if left > 0:
        return Later(left, job)
    return await _send(view, evolve(job, attempted_at=None, absent_at=None, failures=0))


async def _follow(view: AsyncAstria, job: Generation, number: int) -> Done | Later:
    """It exists: read it, and fetch its images once it has them."""
    prompt = await view.prompts.retrieve(number)
    now = await view.service_time()
    progress = PromptProgress(has_read_empty=job.suspect_at is not None, error_since=job.suspect_at)
    if not progress.is_done(prompt, now.timestamp()):
        suspect = progress.error_since or (now.timestamp() if progress.has_read_empty else None)
        age = 0.0 if prompt.created_at is None else max(0.0, (now - prompt.created_at).total_seconds())
        seconds = pause(age, expected=None, pending=1)
        return Later(seconds, evolve(job, suspect_at=suspect, failures=0), prompt=prompt)
    if job.folder is None:
        return Done(prompt)
    try:
        with view.clock.fail_after(REQUEST):
            return Done(prompt, tuple(await view.prompts.download(prompt, job.folder, job.template)))
    except TimeoutError:  # what has come stays, and the next step goes on there
        url = prompt.images[0]
        raise DownloadError("the images did not come within a step", url=url) from None


def _made(job: Generation, prompt: Prompt) -> Later:
    made = evolve(job, prompt=prompt.id, attempted_at=None, absent_at=None, failures=0)
    return Later(pause(0.0, expected=None, pending=1), made, prompt=prompt)


def _seconds(since: datetime, now: datetime, length: float) -> float:
    """How many of so many seconds since then are left."""
    return length - (now - since).total_seconds()
