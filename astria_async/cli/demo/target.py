"""Against what the demo runs: a fake, or the service itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import evolve, frozen

from ... import AsyncAstria, Limits, RetryPolicy
from .attempt_counter import AttemptCounter
from .scenario import Plan

#: How many times shorter everything is against the fake: training, rendering, and the SDK's waits.
FASTER = 100
#: Seconds between two reads while waiting, against the fake.
INTERVAL = 0.2


@frozen(kw_only=True)
class Target:
    """Where the demo runs, how patiently, and what it says about that.

    Args:
        plan: how much is asked for.
        api_key, base_url, workspace_id: None for the user's own.
        retry, limits: the client's.
        staged: whether faults are made on purpose.
        about: what is said at the start.
        pace: what the table says about waits.
        credit: what the contact sheet says about the images.
    """

    plan: Plan
    api_key: str | None = None
    base_url: str | None = None
    workspace_id: str | None = None
    retry: RetryPolicy
    limits: Limits
    staged: bool
    about: str
    pace: str
    credit: str

    def client(self, counter: AttemptCounter) -> AsyncAstria:
        """The client, as any user makes it."""
        return AsyncAstria(
            self.api_key,
            base_url=self.base_url,
            workspace_id=self.workspace_id,
            retry=self.retry,
            limits=self.limits,
            middleware=[counter],
        )


@contextmanager
def fake_target(plan: Plan) -> Iterator[Target]:
    """A fake, which runs for as long as the block lasts. The SDK logs nothing meanwhile: a fake's objects cost nothing."""
    from .server_process import run_fake_server

    with run_fake_server(FASTER) as base_url, _silent_log():
        yield Target(
            plan=evolve(plan, interval=INTERVAL, tune_timeout=120, prompt_timeout=60),
            api_key="sd_demo",
            base_url=base_url,
            workspace_id="personal",
            retry=RetryPolicy().scaled(1 / FASTER),
            limits=Limits(cooldown=Limits().cooldown / FASTER),
            staged=True,
            about=f"A fake Astria listens on {base_url}, in a process of its own: nothing leaves this machine, "
            "and nothing costs money. It answers some calls with 500 or 429, and some with 504 although it did what "
            f"was asked. Training, rendering and the SDK's waits are {FASTER} times shorter than with the service.",
            pace=f"all waits were {FASTER} times shorter",
            credit="The images were drawn by the fake, not by Astria: each tune is one invented person. An image whose "
            "prompt does not mention the tune correctly shows nobody.",
        )


@contextmanager
def _silent_log() -> Iterator[None]:
    """Within the block the SDK's warnings are not logged, such as one for each create that Ctrl-C cancels."""
    logger = logging.getLogger("astria_async")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def live_target(plan: Plan, base_url: str) -> Target:
    """The service itself, with the user's key."""
    return Target(
        plan=evolve(plan, branch="fast"),
        retry=RetryPolicy(),
        limits=Limits(),
        staged=False,
        about=f"This uses the service itself, {base_url}, with branch=fast: it is free, and the images are mock images. "
        "The SDK's waits are not shortened. The tune and its prompts stay in your account.",
        pace="no wait was shortened",
        credit="The images are the mock images that Astria gives for branch=fast.",
    )
