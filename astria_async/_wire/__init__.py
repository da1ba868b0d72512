"""The values that pass between the rooms, and the protocols at their doors.

Every room below the client speaks in these types and in nothing else: no HTTP library's type, no resource's name. A
`Request` goes down, a `Response` comes back, and `TransportError` is raised only when no answer came.
"""

from .body import Body, FilePart, Tree
from .headers import USER_AGENT, Headers
from .lookup import Identity, LookFirst, Lookup
from .messages import MAX_RESPONSE_BYTES, Effect, Request, Response
from .protocols import CallRecord, Middleware, Observer, ResponseStream, Send, Trace, Transport
from .timing import SERVER_TIMEOUT, Clock, Progress, RandomSource, Timeout, Waits

__all__ = [
    "MAX_RESPONSE_BYTES",
    "SERVER_TIMEOUT",
    "USER_AGENT",
    "Body",
    "CallRecord",
    "Clock",
    "Effect",
    "FilePart",
    "Headers",
    "Identity",
    "LookFirst",
    "Lookup",
    "Middleware",
    "Observer",
    "Progress",
    "RandomSource",
    "Request",
    "Response",
    "ResponseStream",
    "Send",
    "Timeout",
    "Trace",
    "Transport",
    "Tree",
    "Waits",
]
