"""The default carrier: a task for each job, in this process. Nothing else is needed; on asyncio and trio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

import anyio
from anyio.abc import TaskGroup
from attrs import define, evolve, field

from .._client import AsyncAstria
from .._wire import Clock
from ..errors import AstriaError, DownloadError, InsufficientBalanceError
from ..jobs import Deliver, Generation, Handed, Later, Report
from ..jobs.advance import step
from ..models import Prompt

#: Seconds between two tries while the account cannot pay.
BALANCE_PAUSE = 60.0


@define
class Health:
    """Since when nothing goes well, and why."""

    clock: Clock
    since: float | None = None
    error: AstriaError | None = None

    def fail(self, error: AstriaError) -> None:
        """A step failed for a passing reason."""
        self.error = error
        if self.since is None:
            self.since = self.clock.monotonic()

    def succeed(self) -> None:
        """Something went well."""
        self.since = self.error = None

    @property
    def failing_for(self) -> float:
        """Seconds since the first failure after which nothing went well; 0 if all is well."""
        return 0.0 if self.since is None else self.clock.monotonic() - self.since

    @property
    def reason(self) -> Literal["balance", "outage"]:
        """What is missing."""
        return "balance" if isinstance(self.error, InsufficientBalanceError) else "outage"


class Local:
    """Carries each job in a task of this process. Slots, waits and look-ups are shared, as for all calls of a client.

    Args:
        astria: The client.
        timeout: Seconds that a prompt may take to be drawn; None waits for ever.
    """

    def __init__(self, astria: AsyncAstria, *, timeout: float | None = 1800.0) -> None:
        self._astria, self._timeout = astria, timeout
        self._stepping = astria.with_options(waits="slot")
        self.health: Health = Health(astria.clock)
        self._rests: set[anyio.CancelScope] = set()
        self._is_stopped = False
        self._tasks: TaskGroup | None = None
        self._deliver: Deliver | None = None

    @asynccontextmanager
    async def open(self, deliver: Deliver, /) -> AsyncIterator[None]:
        """Ready to carry, within the block; at its end what is being sent may end."""
        async with anyio.create_task_group() as self._tasks:
            self._deliver, self._is_stopped = deliver, False
            yield
            self.stop()

    async def submit(self, handed: Handed, /) -> None:
        """Begin a job."""
        assert self._tasks is not None
        self._tasks.start_soon(self._carry, handed)

    def stop(self) -> None:
        """Begin nothing more, and wait for nothing."""
        self._is_stopped = True
        for scope in [*self._rests]:
            scope.cancel()

    async def _carry(self, handed: Handed) -> None:
        report = _Course(handed, self._astria.clock)
        try:
            prompt = await self._create(report)
            if prompt is not None and not self._is_stopped:
                await self._finish(report, prompt)
        except AstriaError as error:
            error.__traceback__ = None
            await self._tell(report.end(error=error))
        except OSError as error:  # the disk refuses: the prompt is there, and its images are fetched by the next run
            text = f"{error.filename or 'the images'}: {error.strerror or error}; the next run fetches them"
            await self._tell(report.end(error=DownloadError(text, url="")))
        else:
            await self._tell(report.end() if report.is_over else report.stop())

    async def _create(self, course: _Course) -> Prompt | int | None:
        """The prompt, or its id, once it exists; None if the batch is stopped before."""
        while course.job.prompt is None:
            if self._is_stopped:
                return None
            pause = BALANCE_PAUSE
            course.attempts += 1
            try:
                taken = await step(self._stepping, course.job, fresh=course.is_fresh)
                assert isinstance(taken, Later)
                pause, why, course.job = taken.seconds, taken.why, taken.job
                course.is_fresh = True  # the job itself says what may have been sent
                if course.job.prompt is not None:
                    self.health.succeed()
                    course.prompt = taken.prompt
                    await self._tell(course.made())
                    return taken.prompt or course.job.prompt
            except InsufficientBalanceError as error:
                error.__traceback__ = None
                why = error
            if why is not None:
                self.health.fail(why)
            with self._rest():
                await self._astria.clock.sleep(pause)
        return course.job.prompt

    async def _finish(self, course: _Course, prompt: Prompt | int) -> None:
        with self._rest():
            done = await self._astria.prompts.wait(prompt, timeout=self._timeout)
            course.prompt = done
            if course.job.folder is not None:
                paths = await self._astria.prompts.download(done, course.job.folder, course.job.template)
                course.files = tuple(map(str, paths))
            course.is_over = True

    async def _tell(self, report: Report) -> None:
        assert self._deliver is not None
        await self._deliver(report)

    @contextmanager
    def _rest(self) -> Iterator[None]:
        """Something that may be broken off at any time."""
        with anyio.CancelScope() as scope:
            if self._is_stopped:
                scope.cancel()
            self._rests.add(scope)
            try:
                yield
            finally:
                self._rests.discard(scope)


@define
class _Course:
    """How far a job has come in this process."""

    handed: Handed
    clock: Clock
    job: Generation = field(init=False)
    is_fresh: bool = field(init=False)
    prompt: Prompt | None = None
    files: tuple[str, ...] = ()
    attempts: int = 0
    is_over: bool = False
    _began: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.job, self.is_fresh, self._began = self.handed.row.job, self.handed.fresh, self.clock.monotonic()

    def made(self) -> Report:
        """Its prompt exists."""
        return evolve(self.end(), is_over=False)

    def stop(self) -> Report:
        """It is left for the next run."""
        return evolve(self.end(), is_over=False, is_left=True)

    def end(self, error: AstriaError | None = None) -> Report:
        """It is over."""
        prompt = getattr(error, "prompt", None) or self.prompt
        return Report(
            row=self.handed.row, job=self.job, prompt=prompt, files=self.files, error=error, attempts=self.attempts,
            seconds=self.clock.monotonic() - self._began,
        )  # fmt: skip
