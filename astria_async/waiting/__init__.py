"""WHEN it is done: one watch for all that is waited for up to a deadline, and downloading what came of it."""

from .as_completed import AsCompleted
from .download import Downloads, folder_of
from .progress import InspectionProgress, PromptProgress, TuneProgress
from .reading import Source
from .waits import OnProgress, Wait, WaitProgress, seconds, wait_all, wait_one
from .watch import Watches

__all__ = [
    "AsCompleted",
    "Downloads",
    "InspectionProgress",
    "OnProgress",
    "PromptProgress",
    "Source",
    "TuneProgress",
    "Wait",
    "WaitProgress",
    "Watches",
    "folder_of",
    "seconds",
    "wait_all",
    "wait_one",
]
