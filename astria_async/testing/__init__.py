"""A stand-in Astria for tests: the service in memory, a transport without a network, and time that passes at once.

    clock = VirtualClock()
    fake = FakeAstria(clock=clock)
    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock)

Nothing here imports a server, a test runner or an event loop that is not yet there.
"""

from .callbacks import CallbackCall, CallbackRecord, Callbacks, Sink
from .calls import HttpCall
from .clock import VirtualClock
from .fake import FakeAstria
from .faults import Fault, delayed, drop, fail, ok, processed_later, processed_then, rate_limited, truncated
from .journal import RequestLog, RequestRecord
from .multipart import UploadedFile
from .scaled import ScaledClock
from .sinks import deliver_over, deliver_to
from .state import Account, StoredPrompt, StoredTune
from .stored import StoredPack, StoredTemplate, StoredWorkspace
from .timings import Timings
from .transport import Handler, MockTransport, StreamedResponse

__all__ = [
    "Account",
    "CallbackCall",
    "CallbackRecord",
    "Callbacks",
    "FakeAstria",
    "Fault",
    "Handler",
    "HttpCall",
    "MockTransport",
    "RequestLog",
    "RequestRecord",
    "ScaledClock",
    "Sink",
    "StoredPack",
    "StoredPrompt",
    "StoredTemplate",
    "StoredTune",
    "StoredWorkspace",
    "StreamedResponse",
    "Timings",
    "UploadedFile",
    "VirtualClock",
    "delayed",
    "deliver_over",
    "deliver_to",
    "drop",
    "fail",
    "ok",
    "processed_later",
    "processed_then",
    "rate_limited",
    "truncated",
]
