"""What happened: the events of a client, for whoever listens, and the answer to "why is it slow now"."""

from .events import (
    AttemptBegan,
    AttemptEnded,
    CallbackHandled,
    CallbackReceived,
    CallBegan,
    CallEnded,
    DownloadBegan,
    DownloadEnded,
    Event,
    LookUpAwaited,
    Polled,
    RetryAwaited,
    SlotAwaited,
    SlotTaken,
)
from .explanation import Explanation
from .pauses import Pauses
from .trace import CallTrace, Tracing, listener

__all__ = [
    "AttemptBegan",
    "AttemptEnded",
    "CallBegan",
    "CallEnded",
    "CallTrace",
    "CallbackHandled",
    "CallbackReceived",
    "DownloadBegan",
    "DownloadEnded",
    "Event",
    "Explanation",
    "LookUpAwaited",
    "Pauses",
    "Polled",
    "RetryAwaited",
    "SlotAwaited",
    "SlotTaken",
    "Tracing",
    "listener",
]
