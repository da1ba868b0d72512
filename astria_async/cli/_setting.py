"""Against what the demo runs: the stand-in, or the service itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import evolve, frozen

from .. import AsyncAstria, Limits, RetryPolicy
from ._journey import Plan
from ._tally import Tally

#: How many times shorter everything is against the stand-in: training, rendering, and the SDK's waits.
FASTER = 100
#: Seconds between two reads while waiting, against the stand-in.
INTERVAL = 0.2


@frozen(kw_only=True)
class Setting:
    """Against what it runs: a key and base URL (None: the user's own), how patiently, and what is said about it.

    `staged` is whether faults are made on purpose.
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

    def client(self, tally: Tally) -> AsyncAstria:
        """The client, as any user makes it."""
        return AsyncAstria(
            self.api_key,
            base_url=self.base_url,
            workspace_id=self.workspace_id,
            retry=self.retry,
            limits=self.limits,
            middleware=[tally],
        )


@contextmanager
def against_stand_in(plan: Plan) -> Iterator[Setting]:
    """The stand-in, started; it is stopped at the block's end."""
    from ._standin import running_stand_in

    with running_stand_in(FASTER) as base_url:
        yield Setting(
            plan=evolve(plan, interval=INTERVAL, tune_timeout=120, prompt_timeout=60),
            api_key="sd_demo",
            base_url=base_url,
            workspace_id="personal",
            retry=RetryPolicy().scaled(1 / FASTER),
            limits=Limits(cooldown=Limits().cooldown / FASTER),
            staged=True,
            about=f"A stand-in for Astria listens on {base_url}, in a process of its own: nothing leaves this machine, "
            "and nothing costs money. It answers some calls with 500 or 429, and some with 504 after having done what "
            f"was asked. Training, rendering and the SDK's waits are {FASTER} times shorter than with the service.",
            pace=f"all waits were {FASTER} times shorter",
            credit="The pictures were drawn by the stand-in, not by Astria.",
        )


def live(plan: Plan, base_url: str) -> Setting:
    """The service itself, with the user's key."""
    return Setting(
        plan=evolve(plan, branch="fast"),
        retry=RetryPolicy(),
        limits=Limits(),
        staged=False,
        about=f"The service itself, {base_url}, with branch=fast: free of charge, and the pictures are mocks. "
        "The SDK's waits are not shortened; the tune and its prompts stay in your account.",
        pace="no wait was shortened",
        credit="The pictures are the mocks that Astria gives for branch=fast.",
    )
