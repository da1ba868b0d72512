"""astria-async: the asyncio Python SDK for the Astria fine-tuning API.

resources/    what Astria offers: tunes, prompts
models/       what goes out and comes back: frozen values
middleware/   how a request is sent: idempotency, retry, limits, auth
transports/   who carries it: httpx, or anything with `send`, `stream` and `aclose`
waiting/      when it is done: polling, downloads
testing/      a stand-in Astria for your tests
cli/          the command `astria-async`
errors        everything that can go wrong, as a tree
"""

from . import errors
from ._client import AsyncAstria
from ._clock import SystemClock
from ._version import __version__
from ._wire import (
    Body,
    Clock,
    Effect,
    FilePart,
    Middleware,
    RandomSource,
    Request,
    Response,
    ResponseStream,
    Send,
    Timeout,
    Transport,
)
from .errors import (
    APIError,
    AstriaError,
    Attempt,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    DecodeError,
    DownloadError,
    GatewayTimeoutError,
    GenerationFailedError,
    InsufficientBalanceError,
    NotFoundError,
    ParameterError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
    UnknownOutcomeError,
    ValidationError,
    WaitTimeoutError,
)
from .middleware import Limits, RetryPolicy
from .middleware.idempotency import idempotency_title
from .middleware.limits import LimiterStatistics
from .models import FileInput, Prompt, PromptParams, PromptState, Tune, TuneParams, TuneState
from .resources import Listing
from .transports import HttpxTransport

__all__ = [
    "APIError",
    "AstriaError",
    "AsyncAstria",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "Body",
    "Clock",
    "ConfigurationError",
    "DecodeError",
    "DownloadError",
    "Effect",
    "FileInput",
    "FilePart",
    "GatewayTimeoutError",
    "GenerationFailedError",
    "HttpxTransport",
    "InsufficientBalanceError",
    "LimiterStatistics",
    "Limits",
    "Listing",
    "Middleware",
    "NotFoundError",
    "ParameterError",
    "PermissionDeniedError",
    "Prompt",
    "PromptParams",
    "PromptState",
    "RandomSource",
    "RateLimitError",
    "Request",
    "Response",
    "ResponseStream",
    "RetryPolicy",
    "Send",
    "ServerError",
    "SystemClock",
    "Timeout",
    "Transport",
    "TransportError",
    "Tune",
    "TuneParams",
    "TuneState",
    "UnknownOutcomeError",
    "ValidationError",
    "WaitTimeoutError",
    "__version__",
    "errors",
    "idempotency_title",
]
