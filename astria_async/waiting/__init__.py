"""WHEN it is done: one watch for all that is waited for up to a deadline."""

from .as_completed import AsCompleted
from .progress import InspectionProgress, PromptProgress, TuneProgress
from .reading import Source
from .waits import OnProgress, Wait, WaitProgress, seconds, wait_all, wait_one
from .watch import Watches

__all__ = [
    "AsCompleted",
    "InspectionProgress",
    "OnProgress",
    "PromptProgress",
    "Source",
    "TuneProgress",
    "Wait",
    "WaitProgress",
    "Watches",
    "seconds",
    "wait_all",
    "wait_one",
]
