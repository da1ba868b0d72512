"""Time for tests: `VirtualClock` jumps while every task waits, `ScaledClock` is real time that runs faster."""

from ._scaled import ScaledClock
from ._virtual import VirtualClock

__all__ = ["ScaledClock", "VirtualClock"]
