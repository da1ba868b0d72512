"""A state machine is played in parts, each a test of its own, so that no test takes long on a slow machine."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

#: Runs of each machine on each loop. `nox -s deep` asks for more of them.
EXAMPLES = int(os.environ.get("ASTRIA_TEST_EXAMPLES", "200"))
#: Runs in one part.
IN_ONE_PART = 10
PARTS = range(-(-EXAMPLES // IN_ONE_PART))

_CHECKS = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)


def play(machine: type[RuleBasedStateMachine], backend: str, part: int, *, steps: int) -> None:
    """Play one part. Hypothesis derives the runs from the machine's name, so each part has a name of its own."""
    name = f"{machine.__name__}{backend.capitalize()}{part}"
    run_state_machine_as_test(
        type(name, (machine,), {"backend": backend}),
        settings=settings(
            max_examples=min(IN_ONE_PART, EXAMPLES - part * IN_ONE_PART),
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=_CHECKS,
        ),
    )
