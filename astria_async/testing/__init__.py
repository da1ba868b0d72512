"""A stand-in Astria for tests: the service in memory, a transport without a network, and time that passes at once.

    clock = VirtualClock()
    fake = FakeAstria(clock=clock)
    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock)

Nothing here imports a server, a test runner or an event loop that is not yet there.
"""

from .calls import HttpCall
from .clock import VirtualClock
from .fake import FakeAstria
from .faults import Fault, delayed, drop, fail, ok, processed_later, processed_then, rate_limited, truncated
from .journal import RequestLog, RequestRecord
from .multipart import UploadedFile
from .state import Account, StoredPrompt, StoredTune
from .timings import Timings
from .transport import Handler, MockTransport, StreamedResponse

__all__ = [
    "Account",
    "FakeAstria",
    "Fault",
    "Handler",
    "HttpCall",
    "MockTransport",
    "RequestLog",
    "RequestRecord",
    "StoredPrompt",
    "StoredTune",
    "StreamedResponse",
    "Timings",
    "UploadedFile",
    "VirtualClock",
    "delayed",
    "drop",
    "fail",
    "ok",
    "processed_later",
    "processed_then",
    "rate_limited",
    "truncated",
]
