"""astria-async: the asyncio Python SDK for the Astria fine-tuning API.

resources/    what Astria offers: tunes, prompts, packs, gallery, images, videos, themes, account
models/       what goes out and comes back: frozen values
middleware/   how a request is sent: idempotency, retry, limits, auth
transports/   who carries it: httpx, or anything with `send`, `stream` and `aclose`
telemetry/    what happened: the events that `on_event` is told of
waiting/      when it is done: one watch for all waiters
downloads/    images and videos onto the disk, resumed after a break
display       bars for scripts that wait
callbacks/    when Astria calls: signed URLs, and the bodies of its calls
jobs/         one of many: a prompt as a job that travels, and one step of it
batch/        many of them on one machine: a ledger, a budget, and a run that can be killed and goes on
testing/      a fake Astria for your tests
cli/          the command `astria-async`
bases         ids of the models that draw
errors        everything that can go wrong, as a tree
"""

from typing import TYPE_CHECKING

from . import bases, errors, telemetry
from ._client import AsyncAstria
from ._clock import SystemClock
from ._version import __version__
from ._wire import (
    Body,
    Clock,
    Effect,
    FilePart,
    Middleware,
    Observer,
    RandomSource,
    Request,
    Response,
    ResponseStream,
    Send,
    Timeout,
    Transport,
)
from .downloads import DownloadedImage
from .errors import (
    APIError,
    AstriaError,
    AstriaWarning,
    Attempt,
    AuthenticationError,
    BadRequestError,
    BatchStoppedError,
    CallbackError,
    ConfigurationError,
    DecodeError,
    DownloadError,
    GatewayTimeoutError,
    GenerationFailedError,
    ImmutableError,
    InspectionFailedError,
    InsufficientBalanceError,
    NameResolutionError,
    NotFoundError,
    ParameterError,
    PermissionDeniedError,
    RateLimitError,
    RedirectError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnexpectedError,
    UnknownOutcomeError,
    ValidationError,
    WaitTimeoutError,
    WorkspaceMismatchWarning,
)
from .middleware import Limits, RawResponse, RetryPolicy
from .middleware.idempotency import idempotency_seed, idempotency_title, prompt_fingerprint
from .middleware.limits import LimiterStatistics
from .models import (
    Catalog,
    Description,
    FileInput,
    Inspection,
    Order,
    Pack,
    PackCost,
    PackRun,
    PackRunParams,
    Prompt,
    PromptParams,
    PromptState,
    Tune,
    TuneParams,
    TuneState,
    UploadedFile,
    User,
    VideoInspection,
    VideoInspectionState,
    Workspace,
)
from .resources import Listing, Prepared, PromptFilters
from .waiting import WaitProgress

if TYPE_CHECKING:
    from .transports import HttpxTransport
else:

    def __getattr__(name: str) -> object:
        """`HttpxTransport` is imported once it is asked for: httpx imports click and rich where they are installed."""
        if name != "HttpxTransport":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from .transports import HttpxTransport

        return HttpxTransport


del TYPE_CHECKING

__all__ = [
    "APIError",
    "AstriaError",
    "AstriaWarning",
    "AsyncAstria",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "BatchStoppedError",
    "Body",
    "CallbackError",
    "Catalog",
    "Clock",
    "ConfigurationError",
    "DecodeError",
    "Description",
    "DownloadError",
    "DownloadedImage",
    "Effect",
    "FileInput",
    "FilePart",
    "GatewayTimeoutError",
    "GenerationFailedError",
    "HttpxTransport",
    "ImmutableError",
    "Inspection",
    "InspectionFailedError",
    "InsufficientBalanceError",
    "LimiterStatistics",
    "Limits",
    "Listing",
    "Middleware",
    "NameResolutionError",
    "NotFoundError",
    "Observer",
    "Order",
    "Pack",
    "PackCost",
    "PackRun",
    "PackRunParams",
    "ParameterError",
    "PermissionDeniedError",
    "Prepared",
    "Prompt",
    "PromptFilters",
    "PromptParams",
    "PromptState",
    "RandomSource",
    "RateLimitError",
    "RawResponse",
    "RedirectError",
    "Request",
    "RequestTimeoutError",
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
    "UnexpectedError",
    "UnknownOutcomeError",
    "UploadedFile",
    "User",
    "ValidationError",
    "VideoInspection",
    "VideoInspectionState",
    "WaitProgress",
    "WaitTimeoutError",
    "Workspace",
    "WorkspaceMismatchWarning",
    "__version__",
    "bases",
    "errors",
    "idempotency_seed",
    "idempotency_title",
    "prompt_fingerprint",
    "telemetry",
]
