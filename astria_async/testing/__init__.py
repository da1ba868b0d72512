"""A fake Astria for tests: the service in memory, a transport without a network, and time that passes at once.

    clock = VirtualClock()
    fake = FakeAstria(clock=clock)
    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock)

Nothing here imports a server, a test runner or an event loop that is not yet there.
"""

from ._server.http import HttpRequest
from ._server.multipart import ReceivedFile
from ._store.records import StoredPack, StoredPrompt, StoredTemplate, StoredTune, StoredVideo, StoredWorkspace
from ._store.state import InvalidStateError
from ._store.store import Account
from ._store.timings import Timings
from .callbacks import Callback, CallbackRecord, Callbacks, PlannedCallback, Receiver
from .clock._scaled import ScaledClock
from .clock._virtual import VirtualClock
from .fake import FakeAstria
from .faults import (
    Fault,
    delayed,
    drop,
    fail,
    ok,
    processed_later,
    processed_then,
    rate_limited,
    truncated,
)
from .receivers import asgi_receiver, http_receiver
from .request_log import RequestLog, RequestRecord
from .transport import Handler, MockTransport, StreamedResponse

__all__ = [
    "Account",
    "Callback",
    "CallbackRecord",
    "Callbacks",
    "FakeAstria",
    "Fault",
    "Handler",
    "HttpRequest",
    "InvalidStateError",
    "MockTransport",
    "PlannedCallback",
    "ReceivedFile",
    "Receiver",
    "RequestLog",
    "RequestRecord",
    "ScaledClock",
    "StoredPack",
    "StoredPrompt",
    "StoredTemplate",
    "StoredTune",
    "StoredVideo",
    "StoredWorkspace",
    "StreamedResponse",
    "Timings",
    "VirtualClock",
    "asgi_receiver",
    "delayed",
    "drop",
    "fail",
    "http_receiver",
    "ok",
    "processed_later",
    "processed_then",
    "rate_limited",
    "truncated",
]
