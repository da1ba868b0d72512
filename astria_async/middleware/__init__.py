"""HOW a request is sent: small layers, each usable alone, each `async (request, call_next) -> response`."""

from .attempt_timeout import AttemptTimeout
from .auth import Auth
from .budget import RetryBudget
from .compose import compose
from .idempotency import Idempotency
from .limits import Limiter, Limits
from .policy import RetryPolicy
from .raw_response import RawResponse
from .retry import Retry

__all__ = [
    "AttemptTimeout",
    "Auth",
    "Idempotency",
    "Limiter",
    "Limits",
    "RawResponse",
    "Retry",
    "RetryBudget",
    "RetryPolicy",
    "compose",
]
